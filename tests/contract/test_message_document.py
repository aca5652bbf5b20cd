"""The AsyncAPI document by itself, and next to the OpenAPI document."""

from typing import Any

import pytest
from jsonschema_rs import Draft7Validator
from support.document import DOCUMENT as OPENAPI
from support.document import SCHEMAS as OPENAPI_SCHEMAS
from support.message_document import CHANNEL, DOCUMENT, PAYLOADS, follow, is_message, messages_of

NAMES = list(PAYLOADS)


def references(node: Any) -> list[str]:
    """All references in a part of the document."""
    if isinstance(node, list):
        return [found for each in node for found in references(each)]
    if isinstance(node, dict):
        return [node["$ref"]] if "$ref" in node else references(list(node.values()))
    return []


def test_both_documents_are_of_the_same_version_of_the_api() -> None:
    assert DOCUMENT["info"]["version"] == OPENAPI["info"]["version"]


def test_each_reference_leads_somewhere_and_each_component_is_referred_to() -> None:
    found = references(DOCUMENT)
    for reference in found:
        assert follow({"$ref": reference}), reference
    components = {f"#/components/{kind}/{name}" for kind, named in DOCUMENT["components"].items() for name in named}
    assert components <= set(found)


def test_each_message_is_received_or_sent() -> None:
    assert messages_of("receive") + messages_of("send") == NAMES
    assert all(name.startswith("Server") or name == "Clear" for name in messages_of("send"))


@pytest.mark.parametrize("name", NAMES)
def test_each_message_has_an_example_and_all_its_examples_are_valid(name: str) -> None:
    assert CHANNEL["messages"][name]["examples"]
    for example in CHANNEL["messages"][name]["examples"]:
        assert is_message(name, example["payload"])


@pytest.mark.parametrize("name", NAMES)
def test_a_message_of_another_event_or_without_a_required_field_is_not_valid(name: str) -> None:
    example = CHANNEL["messages"][name]["examples"][0]["payload"]
    assert not is_message(name, example | {"event": "other"})
    for field in PAYLOADS[name]["required"]:
        assert not is_message(name, {key: value for key, value in example.items() if key != field}), field


def test_the_socket_is_opened_with_the_token_or_without_credentials() -> None:
    headers = Draft7Validator(CHANNEL["bindings"]["ws"]["headers"])
    assert headers.is_valid({"Authorization": "Bearer a-token-of-yours"})
    assert headers.is_valid({})
    assert not headers.is_valid({"Authorization": "Basic a-token-of-yours"})
    (scheme,) = (follow(each) for server in CHANNEL["servers"] for each in follow(server)["security"])
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_the_token_in_the_header_is_one_that_a_start_can_give() -> None:
    token = OPENAPI_SCHEMAS["StreamFields"]["properties"]["AuthorizationBearerToken"]["pattern"]
    header = CHANNEL["bindings"]["ws"]["headers"]["properties"]["Authorization"]["pattern"]
    assert header == token.replace("^", "^Bearer ")
