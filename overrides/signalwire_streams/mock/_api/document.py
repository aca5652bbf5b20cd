"""The OpenAPI document as the mock uses it: find the operation of a request, and validate its form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from jsonschema_rs import Draft202012Validator, ValidationErrorKind

from signalwire_streams.mock._api.errors import ApiError

_NAME = "compat-calls-streams.yaml"
FORM = "application/x-www-form-urlencoded"

# The C version of the same loader is faster, but not every build of PyYAML has it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The document's table of errors has a code of its own for these fields. All others have 10000.
_CODES = {"Url": 31922, "StatusCallback": 21456, "StatusCallbackMethod": 21209}
_NOT_FULLY_QUALIFIED = 21402
_HAS_SCHEME_AND_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]")


def load_document(path: Path | None = None) -> dict[str, Any]:
    """Load an OpenAPI document.

    `path`: the document; None loads the one of this package.
    """
    packaged = files("signalwire_streams") / "openapi" / _NAME
    # An editable install has no copy in the package, so take the original from the checkout.
    source = path or (packaged if packaged.is_file() else Path(__file__).parents[4] / "openapi" / _NAME)
    document: dict[str, Any] = yaml.load(source.read_text("utf-8"), Loader=_Loader)  # noqa: S506  a safe loader
    return document


class Operation:
    """An operation of the document."""

    def __init__(self, operation: Mapping[str, Any], components: Mapping[str, Any]) -> None:
        self.id: str = operation["operationId"]
        schema = operation["requestBody"]["content"][FORM]["schema"]
        form = components["schemas"][schema["$ref"].rpartition("/")[2]]
        self._first_sentences = {
            name: re.split(r"(?<=\.)\s", field.get("description", ""))[0].rstrip(".")
            for name, field in form["properties"].items()
        }
        self._validator = Draft202012Validator({**schema, "components": components})

    def validate(self, form: Mapping[str, str]) -> None:
        """Raise ApiError for the first thing in the form that the document does not allow."""
        for error in self._validator.iter_errors(dict(form)):
            field = str(error.instance_path[0]) if error.instance_path else ""
            match error.kind:
                case ValidationErrorKind.Required(property=missing):
                    raise ApiError(400, 10000, f"{missing} is required.")
                case ValidationErrorKind.PropertyNames(error=inner):
                    raise ApiError(400, 10000, f"{ascii(inner.instance)[:80]} is not a field of {self.id}.")
                case ValidationErrorKind.AdditionalProperties(unexpected=names):
                    raise ApiError(400, 10000, f"{ascii(names[0])[:80]} is not a field of {self.id}.")
                case ValidationErrorKind.Enum(options=allowed):
                    rule = f"it must be one of {', '.join(map(str, allowed))}"
                case ValidationErrorKind.Constant(expected_value=only):
                    rule = f"it must be {only}"
                case _:
                    rule = self._first_sentences[field]
            raise ApiError(400, _code(field, str(error.instance)), f"{field} is not valid: {rule}.")


class Document:
    """The paths and operations of an OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        url: str = document["servers"][0]["url"]
        self.base_path = urlsplit(url).path
        """The part of the server's URL that all paths begin with."""
        self._parameters = {
            parameter["name"]: Draft202012Validator(parameter["schema"])
            for parameter in document["components"]["parameters"].values()
        }
        self._paths = [
            (
                _pattern(self.base_path + path),
                {
                    method.upper(): Operation(operation, document["components"])
                    for method, operation in item.items()
                    if method in {"get", "put", "post", "delete", "patch"}
                },
            )
            for path, item in document["paths"].items()
        ]

    def find(self, raw_path: str) -> tuple[dict[str, Operation], dict[str, str]] | None:
        """Return the operations of a path, by method, and its path parameters; None if there is no such path.

        `raw_path`: the path as sent, because a percent-encoded slash is part of a name. A `.json` after a fixed end
        of the path is dropped. After a parameter it is kept, because a name may end in it.
        """
        for pattern, operations in self._paths:
            if match := pattern.fullmatch(raw_path):
                try:
                    values = {name: unquote(text, errors="strict") for name, text in match.groupdict().items()}
                except UnicodeDecodeError:
                    return None
                dots = {".", ".."} & set(values.values())
                if not dots and all(self._parameters[name].is_valid(text) for name, text in values.items()):
                    return operations, values
        return None


def _code(field: str, value: str) -> int:
    if field == "Url" and not re.search(r"\s", value) and not _HAS_SCHEME_AND_HOST.match(value):
        return _NOT_FULLY_QUALIFIED
    return _CODES.get(field, 10000)


def _pattern(path: str) -> re.Pattern[str]:
    fixed_end = "" if path.endswith("}") else r"(?:\.json)?"
    pieces = re.split(r"\{([A-Za-z]+)\}", path)
    return re.compile(
        "".join(f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
        + fixed_end
    )
