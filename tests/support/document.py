"""The OpenAPI document, for tests that compare something with it."""

import re
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator
from signalwire_streams.mock import load_document

PATH = Path(__file__).parents[2] / "openapi" / "compat-calls-streams.yaml"
DOCUMENT = load_document(PATH)
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
(STATUS_CALLBACK,) = (
    body["schema"] for body in DOCUMENT["components"]["requestBodies"]["StreamEvent"]["content"].values()
)


def resolve(node: dict[str, Any], document: dict[str, Any] = DOCUMENT) -> dict[str, Any]:
    """Follow references to the node that they name."""
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def known_values(schema: dict[str, Any]) -> list[str]:
    """Return the values that the document lists for a field that can have others, too."""
    listed, other = schema["anyOf"]
    assert other == {"type": "string"}
    values: list[str] = resolve(listed)["enum"]
    return values


def is_valid(schema: dict[str, Any], value: object) -> bool:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]}).is_valid(value)


def properties_of(schema: dict[str, Any]) -> dict[str, Any]:
    """The properties of an object, with those of the schemas that it is made of."""
    found: dict[str, Any] = {}
    for part in schema.get("allOf", ()):
        found |= properties_of(resolve(part))
    return found | schema.get("properties", {})


def python_name(field: str) -> str:
    """`StatusCallback` as a Python keyword."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", field).lower()


def keyword_of(field: str, schema: dict[str, Any] | None = None) -> str:
    """The keyword of the clients for a field."""
    given: str = resolve(schema or {}).get("x-keyword", python_name(field))
    return given
