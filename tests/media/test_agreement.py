"""Agreement of the typed messages with the AsyncAPI document."""

import json
from typing import Any, get_args

import msgspec
import pytest
from signalwire_streams.media import (
    Connected,
    Dtmf,
    Mark,
    Media,
    MediaFormat,
    Message,
    Start,
    Stop,
    Track,
    UnknownMessage,
    parse_message,
)
from signalwire_streams.media._messages import L16, PCMA, PCMU
from support.document import python_name
from support.message_document import EXAMPLES, PAYLOADS, SCHEMAS, follow, messages_of

KINDS: list[Any] = [Connected, Start, Media, Dtmf, Mark, Stop]
TWILIOS = {Connected: {"stream_sid"}, Media: {"stream_sid"}, Stop: {"stream_sid", "account_sid", "call_sid"}}


def fields_of_the_document(event: str) -> dict[str, bool]:
    """Map the Python name of each field of a message, and of the object inside it, to whether it is required."""
    schema = PAYLOADS[event.capitalize()]
    found: dict[str, bool] = {}
    for name, field in schema["properties"].items():
        inner = follow(field)
        if name == event:
            found |= {python_name(key): key in inner["required"] for key in inner["properties"]}
        elif name != "event":
            found[python_name(name)] = name in schema["required"]
    return found


@pytest.mark.parametrize("message_class", KINDS, ids=lambda message_class: message_class.__name__)
def test_each_message_class_has_exactly_the_documented_fields(message_class: Any) -> None:
    documented = fields_of_the_document(message_class.event)
    ours = {field.name: field.required for field in msgspec.structs.fields(message_class)}
    assert ours.keys() - TWILIOS.get(message_class, set()) == documented.keys()
    assert {name for name, required in ours.items() if required} == {
        name for name, required in documented.items() if required
    }
    assert PAYLOADS[message_class.__name__]["properties"]["event"]["const"] == message_class.event


def test_each_documented_message_has_a_class() -> None:
    assert messages_of("receive") == [message_class.__name__ for message_class in KINDS]
    assert get_args(Message) == (*KINDS, UnknownMessage)


def test_media_format_and_enumerations_match_the_document() -> None:
    assert [field.name for field in msgspec.structs.fields(MediaFormat)] == [
        python_name(name) for name in SCHEMAS["MediaFormat"]["properties"]
    ]
    assert list(get_args(Track)) == SCHEMAS["AudioTrack"]["enum"]
    assert SCHEMAS["AudioEncoding"]["enum"] == [PCMU, PCMA, L16]


@pytest.mark.parametrize("message_class", KINDS, ids=lambda message_class: message_class.__name__)
def test_each_documented_example_is_parsed_completely(message_class: Any) -> None:
    example = EXAMPLES[message_class.__name__]
    message = parse_message(json.dumps(example))
    assert type(message) is message_class
    flat = {key: value for key, value in example.items() if key not in {"event", message_class.event}} | example.get(
        message_class.event, {}
    )
    for name, value in flat.items():
        read = getattr(message, python_name(name))
        if name not in {"payload", "mediaFormat"}:
            assert read == (tuple(value) if isinstance(value, list) else type(read)(value)), name
