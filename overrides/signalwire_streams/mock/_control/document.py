"""The OpenAPI document of the control API: find the operation of a request, and validate its body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn, cast
from urllib.parse import unquote

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from signalwire_streams.mock._api import load_packaged_document
from signalwire_streams.mock._control.errors import ControlError

PREFIX = "/_mock"
"""What all paths begin with."""

_NAME = "mock-control.yaml"
_MAX_PARAMETER = 1000


class Operation:
    """An operation, and the schema of its body.

    `components`: those of the document.
    """

    def __init__(self, operation: Mapping[str, Any], components: Mapping[str, Any]) -> None:
        self.id: str = operation["operationId"]
        self.has_body = "requestBody" in operation
        if self.has_body:
            body = _resolve(operation["requestBody"], components)
            schema = _resolve(body["content"]["application/json"]["schema"], components)
            self._fields: dict[str, Any] = schema.get("properties", {})
            self._validator = Draft202012Validator({**schema, "components": components})

    def read(self, body: bytes) -> dict[str, Any]:
        """Return the fields of a body. Raises ControlError if the document does not allow it."""
        try:
            parsed = json.loads(body, parse_constant=_refuse)
            json.dumps(parsed, ensure_ascii=False).encode()  # refuses half of a surrogate pair
        except (ValueError, RecursionError):
            raise ControlError(400, "The body must be JSON in UTF-8. Send an object, such as {}.") from None
        if not isinstance(parsed, dict):
            raise ControlError(400, "The body must be a JSON object, such as {}.")
        fields = cast("dict[str, Any]", parsed)
        unknown = next((name for name in fields if name not in self._fields), None)
        if unknown is not None:
            known = f"Its fields are {', '.join(self._fields)}." if self._fields else "Send an empty object."
            raise ControlError(400, f"{ascii(unknown)[:80]} is not a field of {self.id}. {known}")
        for error in self._validator.iter_errors(fields):
            raise ControlError(400, self._explain(error))
        integers = {name for name, field in self._fields.items() if field.get("type") == "integer"}
        return {name: int(value) if name in integers else value for name, value in fields.items()}  # 2.0 is one, too

    def _explain(self, error: ValidationError) -> str:
        if isinstance(error.kind, ValidationErrorKind.Required):
            missing = error.kind.property
            return f"{missing} is missing. It must be {self._rule(missing)}"
        field = str(error.instance_path[0])
        return f"{field} must be {self._rule(field)}"

    def _rule(self, field: str) -> str:
        description: str = self._fields[field]["description"].replace("`", "")
        return description[0].lower() + description[1:]


class ControlDocument:
    """The paths and operations of the document."""

    def __init__(self) -> None:
        document = load_packaged_document(_NAME)
        self._paths = [
            (
                re.compile(PREFIX + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))),
                {
                    method.upper(): Operation(operation, document["components"])
                    for method, operation in item.items()
                    if method != "parameters"
                },
            )
            for path, item in document["paths"].items()
        ]

    def find(self, method: str, raw_path: str) -> tuple[Operation, dict[str, str]]:
        """Return the operation of a request, and its path parameters. Raises ControlError.

        `raw_path`: the path as sent, because a percent-encoded slash is part of a SID or name.
        """
        for pattern, operations in self._paths:
            if match := pattern.fullmatch(raw_path):
                if method not in operations:
                    allowed = ", ".join(operations)
                    raise ControlError(405, f"This path has only {allowed}.", {"Allow": allowed})
                parameters = {name: unquote(text) for name, text in match.groupdict().items()}
                if max(map(len, parameters.values()), default=0) > _MAX_PARAMETER:
                    raise ControlError(404, f"No sid or id has more than {_MAX_PARAMETER} characters.")
                return operations[method], parameters
        raise ControlError(404, f"There is no such path. Use one of the OpenAPI document {_NAME}.")


def _resolve(node: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow the reference of a node, if it is one."""
    if "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    found: Mapping[str, Any] = components[kind][name]
    return found


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)
