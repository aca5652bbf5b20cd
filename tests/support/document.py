"""The document, for tests that hold something against it."""

import re
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator
from signalwire_streams.mock import load_document

PATH = Path(__file__).parents[2] / "openapi" / "compat-calls-streams.yaml"
DOCUMENT = load_document(PATH)
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Follow references to what they stand for."""
    while "$ref" in node:
        target: Any = DOCUMENT
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def is_valid(schema: dict[str, Any], value: object) -> bool:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]}).is_valid(value)


def python_name(field: str) -> str:
    """`StatusCallback` as a Python keyword."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", field).lower()
