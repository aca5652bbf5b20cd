"""The OpenAPI document as the mock uses it: find the operation of a request, and validate its form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from jsonschema_rs import Draft202012Validator, ReferencingError, ValidationError, ValidationErrorKind

from signalwire_streams.mock._api import fixes
from signalwire_streams.mock._api.errors import ApiError
from signalwire_streams.mock._records import RequestProblem

_NAME = "compat-calls-streams.yaml"
FORM = "application/x-www-form-urlencoded"
_MAX_REFERENCES = 100
MAX_SHOWN_NAME = 80

# The C version of the same loader is faster, but not every build of PyYAML has it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The document's table of errors has a code of its own for these fields. All others have 10000.
_CODES = {"Url": 31922, "StatusCallback": 21456, "StatusCallbackMethod": 21209}
_NOT_FULLY_QUALIFIED = 21402
_HAS_SCHEME_AND_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]")


def load_document(path: Path | None = None) -> dict[str, Any]:
    """Load an OpenAPI document.

    `path`: the document; None loads the one of this package.

    Raises OSError if it cannot be read, and ValueError if it is not YAML.
    """
    return _load(path) if path else load_packaged_document(_NAME)


def load_packaged_document(name: str) -> dict[str, Any]:
    """Load a document of this package by its file name."""
    packaged = files("signalwire_streams") / "openapi" / name
    # An editable install has no copy in the package, so take the original from the checkout.
    return _load(packaged if packaged.is_file() else Path(__file__).parents[4] / "openapi" / name)


def _load(source: Traversable) -> dict[str, Any]:
    try:
        document: dict[str, Any] = yaml.load(source.read_text("utf-8"), Loader=_Loader)  # noqa: S506  a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _UnusableError(f"{source} is not YAML in UTF-8: {' '.join(str(error).split())}.") from None
    return document


class _UnusableError(ValueError):
    def __init__(self, problem: str) -> None:
        super().__init__(f"The mock cannot work with the OpenAPI document. {problem} Compare it with this package's.")


class _Nodes:
    """Look nodes of a document up, and say which is missing."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        if not isinstance(document, Mapping):
            raise _UnusableError("It is no mapping.")
        self._document = document

    def get(self, node: Mapping[str, Any], key: str, where: str) -> Any:  # noqa: ANN401  a node is any YAML
        """Return a part of a node. Raises ValueError."""
        if key not in node:
            raise _UnusableError(f"{where} has no {key}.")
        return node[key]

    def resolve(self, node: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Follow the references of a node. Raises ValueError."""
        for _ in range(_MAX_REFERENCES):
            if "$ref" not in node:
                return dict(node)
            reference: str = node["$ref"]
            found: Any = self._document if reference.startswith("#/") else {}
            for step in reference.removeprefix("#/").split("/"):
                try:
                    found = found[step.replace("~1", "/").replace("~0", "~")]
                except (KeyError, TypeError):
                    found = None
            if not found:
                raise _UnusableError(f"{where} refers to {reference}, which it does not have.")
            node = found
        raise _UnusableError(f"{where} refers to itself.")

    def validator(self, schema: Mapping[str, Any], where: str) -> Draft202012Validator:
        """Return the validator of a schema. Raises ValueError."""
        try:
            return Draft202012Validator({**schema, "components": self._document.get("components", {})})
        except (ReferencingError, ValidationError) as error:
            raise _UnusableError(f"A schema of {where} is not valid: {str(error).splitlines()[0]}.") from None


class Operation:
    """An operation of the document.

    `where`: its method and path, for messages.
    `parameters`: those of its path and its own.
    """

    def __init__(self, where: str, operation: Mapping[str, Any], parameters: Sequence[Any], nodes: _Nodes) -> None:
        self.id: str = nodes.get(operation, "operationId", where)
        self.has_form = "requestBody" in operation
        self._nodes = nodes
        resolved = [nodes.resolve(each, where) for each in parameters]
        self.path_parameters = {each["name"]: each for each in resolved if each["in"] == "path"}
        if self.has_form:
            content = nodes.get(nodes.resolve(operation["requestBody"], where), "content", f"The body of {where}")
            form = nodes.get(content, FORM, f"The body of {where}")
            schema = nodes.get(form, "schema", f"The body of {where}")
        else:
            in_query = {each["name"]: each for each in resolved if each["in"] == "query"}
            schema = {
                "properties": {name: nodes.resolve(each["schema"], where) | each for name, each in in_query.items()},
                "required": [name for name, each in in_query.items() if each.get("required")],
                "additionalProperties": False,
            }
        self._fields = {name: nodes.resolve(field, where) for name, field in self._properties(schema, where).items()}
        self._patterned = {
            re.compile(pattern): nodes.resolve(field, where)
            for pattern, field in self._properties(schema, where, "patternProperties").items()
        }
        self._rule_of_names = _one_line(nodes.resolve(schema, where).get("description"))
        self._validator = nodes.validator(schema, where)
        self._sentences = {
            int(status)
            for status, response in nodes.get(operation, "responses", where).items()
            for body in nodes.resolve(response, where).get("content", {}).values()
            if "errors" in self._properties(body.get("schema", {}), where)
        }

    def _properties(self, schema: Mapping[str, Any], where: str, key: str = "properties") -> dict[str, Any]:
        """Return the properties of an object, with those of the schemas that it is made of."""
        resolved = self._nodes.resolve(schema, where)
        found: dict[str, Any] = {}
        for part in resolved.get("allOf", []):
            found |= self._properties(part, where, key)
        found.update(resolved.get(key, {}))
        return found

    def requires(self, field: str) -> bool:
        """Tell whether a request without this field is refused."""
        return any(
            isinstance(error.kind, ValidationErrorKind.Required) and error.kind.property == field
            for error in self._validator.iter_errors({})
        )

    def has_sentences(self, status: int) -> bool:
        """Tell whether an error response of this status is a list of sentences."""
        return status in self._sentences

    def _typed(self, name: str, text: str) -> str | int | bool:
        """Return the value that the text of a field stands for."""
        kind = self._fields.get(name, {}).get("type")
        if kind == "boolean" and text in {"true", "false"}:
            return text == "true"
        if kind == "integer" and re.fullmatch("-?[0-9]{1,100}", text):
            return int(text)
        return text

    def _schema_of(self, name: str) -> dict[str, Any] | None:
        """Return the schema of a field; None if the operation has no such field."""
        if name in self._fields:
            return self._fields[name]
        return next((field for pattern, field in self._patterned.items() if pattern.search(name)), None)

    def validate(self, form: Mapping[str, str]) -> None:
        """Raise ApiError for what the document does not allow in a form or query: a response tells the first of it."""
        found = list(self._find_problems(form))
        if found:
            code, first = found[0]
            raise ApiError(400, code, first.message, problems=[problem for _, problem in found])

    def _find_problems(self, form: Mapping[str, str]) -> Iterator[tuple[int, RequestProblem]]:
        """Yield the problems of a form or query, each with the API's error code."""
        is_first = True
        for error in self._validator.iter_errors({name: self._typed(name, text) for name, text in form.items()}):
            match error.kind:
                case ValidationErrorKind.Required(property=missing):
                    yield 10000, self._problem(missing, f"{missing} is required.", f"Add {missing}.")
                case ValidationErrorKind.PropertyNames(error=inner):
                    yield 10000, self._unknown(str(inner.instance))
                case (
                    ValidationErrorKind.AdditionalProperties(unexpected=names)
                    | ValidationErrorKind.UnevaluatedProperties(unexpected=names)
                ):
                    # If one field is not valid, JSON Schema counts the valid ones as unevaluated, too.
                    unknown = [name for name in names if is_first or self._schema_of(name) is None]
                    yield from ((10000, self._unknown(name)) for name in unknown)
                case _:
                    field = str(error.instance_path[0]) if error.instance_path else ""
                    yield self._invalid(field, form.get(field, ""), error)
            is_first = False

    def _invalid(self, field: str, value: str, error: ValidationError) -> tuple[int, RequestProblem]:
        fix = None
        match error.kind:
            case ValidationErrorKind.Enum(options=allowed):
                rule, fix = f"it must be one of {', '.join(map(str, allowed))}", fixes.for_value(value, allowed)
            case ValidationErrorKind.Constant(expected_value=only):
                rule, fix = f"it must be {only}", f"Use {only}."
            case _:
                description = (self._schema_of(field) or {}).get("description", "")
                rule = re.split(r"(?<=\.)\s", description)[0].rstrip(".")
        if field == "Url":
            fix = fixes.for_stream_url(value)
        return _code(field, value), self._problem(field, f"{field} is not valid: {rule}.", fix)

    def _unknown(self, name: str) -> RequestProblem:
        fix = fixes.for_field(name, [*self._fields, *self._parameter_fields])
        rule = self._rule_of_names if name.lower().startswith("parameter") and self._patterned else None
        message = f"{ascii(name)[:MAX_SHOWN_NAME]} is not a field of {self.id}."
        return RequestProblem(name[:MAX_SHOWN_NAME], rule, message, fix)

    @property
    def _parameter_fields(self) -> list[str]:
        return [name for name in ("Parameter1.Name", "Parameter1.Value") if self._schema_of(name) is not None]

    def _problem(self, field: str, message: str, fix: str | None) -> RequestProblem:
        schema = self._schema_of(field) or {}
        return RequestProblem(field or None, _one_line(schema.get("description")), message, fix)


@lru_cache(maxsize=1000)  # so that all records of a problem share the text
def _one_line(description: str | None) -> str | None:
    return None if description is None else " ".join(description.split())


class Document:
    """The paths and operations of an OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read a document. Raises ValueError for one that the mock cannot work with."""
        try:
            self._read(document)
        except _UnusableError:
            raise
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError, re.error) as error:
            raise _UnusableError(f"It has another structure: {type(error).__name__} {error}.") from error

    def _read(self, document: Mapping[str, Any]) -> None:
        nodes = _Nodes(document)
        url: str = nodes.get(document, "servers", "The document")[0]["url"]
        self.base_path = urlsplit(url).path
        """The part of the server's URL that all paths begin with."""
        self._paths: list[tuple[str, re.Pattern[str], dict[str, Operation], dict[str, Draft202012Validator]]] = []
        items: dict[str, dict[str, Any]] = nodes.get(document, "paths", "The document")
        for path, item in items.items():
            operations = {
                method.upper(): Operation(
                    f"{method.upper()} {path}",
                    operation,
                    [*item.get("parameters", []), *operation.get("parameters", [])],
                    nodes,
                )
                for method, operation in item.items()
                if method in {"get", "put", "post", "delete", "patch"}
            }
            if not operations:
                continue
            pattern = _pattern(self.base_path + path)
            described = {name: each for found in operations.values() for name, each in found.path_parameters.items()}
            validators = {
                name: nodes.validator(nodes.get(described, name, f"The list of parameters of {path}")["schema"], path)
                for name in pattern.groupindex
            }
            self._paths.append((self.base_path + path, pattern, operations, validators))
        ids = Counter(each.id for _, _, operations, _ in self._paths for each in operations.values())
        for operation_id, count in ids.items():
            if count > 1:
                raise _UnusableError(f"It has {count} operations {operation_id}.")

    def require(self, operation_id: str, path_parameters: Collection[str], fields: Collection[str]) -> None:
        """Raise ValueError unless the document has an operation, with what its handler reads."""
        found = {each.id: (each, pattern) for _, pattern, operations, _ in self._paths for each in operations.values()}
        if operation_id not in found:
            raise _UnusableError(f"It has no operation {operation_id}.")
        operation, pattern = found[operation_id]
        for name in path_parameters:
            if name not in pattern.groupindex:
                raise _UnusableError(f"The path of {operation_id} has no {{{name}}}.")
        for name in fields:
            if not operation.requires(name):
                raise _UnusableError(f"The form of {operation_id} does not require {name}.")

    def nearest(self, raw_path: str) -> str | None:
        """Return what to do about a path that the document does not have; None if no other looks alike."""
        return fixes.for_path(raw_path, [(method, path) for path, _, found, _ in self._paths for method in found])

    def find(self, raw_path: str) -> tuple[dict[str, Operation], dict[str, str]] | None:
        """Return the operations of a path, by method, and its path parameters; None if there is no such path.

        `raw_path`: the path as sent, because a percent-encoded slash is part of a name. A `.json` after a fixed end
        of the path is dropped. After a parameter it is kept, because a name may end in it.
        """
        for _, pattern, operations, validators in self._paths:
            if match := pattern.fullmatch(raw_path):
                try:
                    values = {name: unquote(text, errors="strict") for name, text in match.groupdict().items()}
                except UnicodeDecodeError:
                    return None
                dots = {".", ".."} & set(values.values())
                if not dots and all(validators[name].is_valid(text) for name, text in values.items()):
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
