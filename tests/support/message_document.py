"""The AsyncAPI document, for tests that compare something with it."""

from pathlib import Path
from typing import Any

import yaml
from jsonschema_rs import Draft7Validator

from support.document import resolve

PATH = Path(__file__).parents[2] / "openapi" / "media-streams.asyncapi.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(PATH.read_text("utf-8"))
(CHANNEL,) = DOCUMENT["channels"].values()
PAYLOADS: dict[str, dict[str, Any]] = {name: message["payload"] for name, message in CHANNEL["messages"].items()}
EXAMPLES: dict[str, Any] = {name: message["examples"][0]["payload"] for name, message in CHANNEL["messages"].items()}
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def messages_of(action: str) -> list[str]:
    """Return the names of the messages that a server has to `receive`, or can `send`."""
    (operation,) = (each for each in DOCUMENT["operations"].values() if each["action"] == action)
    return [message["$ref"].rpartition("/")[2] for message in operation["messages"]]


def follow(node: dict[str, Any]) -> dict[str, Any]:
    """Follow references to the node that they name."""
    return resolve(node, DOCUMENT)


def is_message(name: str, value: object) -> bool:
    return Draft7Validator({**PAYLOADS[name], "components": DOCUMENT["components"]}).is_valid(value)
