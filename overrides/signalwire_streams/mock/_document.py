"""The OpenAPI document, as the mock needs it: which paths and methods there are, and what a form must be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import attrs
import yaml
from jsonschema_rs import Draft202012Validator, ValidationErrorKind

_NAME = "compat-calls-streams.yaml"
FORM = "application/x-www-form-urlencoded"

# The same loader twice, in C where it was built.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The codes that the document's table gives to a field's bad value; all others are 10000.
_CODES = {"Url": 21402, "StatusCallback": 21402, "StatusCallbackMethod": 13221}


def load_document(path: Path | None = None) -> dict[str, Any]:
    """Return the OpenAPI document at `path`, else the one in the wheel, or in a checkout the one it is built from."""
    packaged = files("signalwire_streams") / "openapi" / _NAME
    source = path or (packaged if packaged.is_file() else Path(__file__).parents[3] / "openapi" / _NAME)
    document: dict[str, Any] = yaml.load(source.read_text("utf-8"), Loader=_Loader)  # noqa: S506  a safe loader
    return document


@attrs.frozen
class Problem:
    """What is wrong with a form, in words and as a code of the API. No value is in it, since it may be a secret."""

    code: int
    message: str


class Operation:
    """One operation of the document."""

    def __init__(self, operation: Mapping[str, Any], components: Mapping[str, Any]) -> None:
        self.id: str = operation["operationId"]
        schema = operation["requestBody"]["content"][FORM]["schema"]
        form = components["schemas"][schema["$ref"].rpartition("/")[2]]
        self._described = {
            name: re.split(r"(?<=\.)\s", field.get("description", ""))[0].rstrip(".")
            for name, field in form["properties"].items()
        }
        self._validator = Draft202012Validator({**schema, "components": components})

    def problem(self, form: Mapping[str, str]) -> Problem | None:
        """Return the first thing that the document does not allow in the form."""
        for error in self._validator.iter_errors(dict(form)):
            field = str(error.instance_path[0]) if error.instance_path else ""
            match error.kind:
                case ValidationErrorKind.Required(property=missing):
                    return Problem(10000, f"{missing} is required.")
                case ValidationErrorKind.PropertyNames(error=inner):
                    return Problem(10000, f"{ascii(inner.instance)[:80]} is not a field of {self.id}.")
                case ValidationErrorKind.AdditionalProperties(unexpected=names):
                    return Problem(10000, f"{ascii(names[0])[:80]} is not a field of {self.id}.")
                case ValidationErrorKind.Enum(options=allowed):
                    wanted = "one of " + ", ".join(map(str, allowed))
                case ValidationErrorKind.Constant(expected_value=only):
                    wanted = str(only)
                case _:
                    wanted = ""
            says = f"it must be {wanted}" if wanted else self._described[field]
            return Problem(_CODES.get(field, 10000), f"{field} is not valid: {says}.")
        return None


class Document:
    """The paths and operations of an OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        url: str = document["servers"][0]["url"]
        base = urlsplit(url).path
        self._parameters = {
            parameter["name"]: Draft202012Validator(parameter["schema"])
            for parameter in document["components"]["parameters"].values()
        }
        self._routes = [
            (
                _template(base + path),
                {
                    method.upper(): Operation(operation, document["components"])
                    for method, operation in item.items()
                    if method in {"get", "put", "post", "delete", "patch"}
                },
            )
            for path, item in document["paths"].items()
        ]

    def find(self, raw_path: str) -> tuple[dict[str, Operation], dict[str, str]] | None:
        """Return the operations of a path, by method, and the path's parameters; None if there is no such path.

        The path is as it was sent, since a percent-encoded slash is part of a name. A `.json` behind a fixed end of
        the path is dropped; behind a parameter it is kept, since a name may end so.
        """
        for template, operations in self._routes:
            if match := template.fullmatch(raw_path):
                try:
                    values = {name: unquote(text, errors="strict") for name, text in match.groupdict().items()}
                except UnicodeDecodeError:
                    return None
                dots = {".", ".."} & set(values.values())
                if not dots and all(self._parameters[name].is_valid(text) for name, text in values.items()):
                    return operations, values
        return None


def _template(path: str) -> re.Pattern[str]:
    fixed_end = "" if path.endswith("}") else r"(?:\.json)?"
    pieces = re.split(r"\{([A-Za-z]+)\}", path)
    return re.compile(
        "".join(f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
        + fixed_end
    )
