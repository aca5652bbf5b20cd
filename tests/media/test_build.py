"""Built messages compared with the AsyncAPI document, read back by the json module."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signalwire_streams import InputError
from signalwire_streams.media import build_clear, build_dtmf, build_mark, build_media
from support.message_document import PAYLOADS, is_message, messages_of

BUILT: list[tuple[str, str, dict[str, Any]]] = [
    (
        "ServerMedia",
        build_media("ST1", b"\xff\x00\x80"),
        {"event": "media", "streamSid": "ST1", "media": {"payload": "/wCA"}},
    ),
    (
        "ServerMark",
        build_mark("ST1", "Ende ☎"),
        {"event": "mark", "streamSid": "ST1", "mark": {"name": "Ende ☎"}},
    ),
    ("ServerDtmf", build_dtmf("ST1", "#"), {"event": "dtmf", "streamSid": "ST1", "dtmf": {"digit": "#"}}),
    ("Clear", build_clear("ST1"), {"event": "clear", "streamSid": "ST1"}),
]


@pytest.mark.parametrize(("name", "text", "message"), BUILT, ids=[name for name, _, _ in BUILT])
def test_each_built_message_matches_the_document(name: str, text: str, message: dict[str, Any]) -> None:
    assert json.loads(text) == message
    assert is_message(name, message)
    assert set(PAYLOADS[name]["required"]) == set(message)


def test_each_documented_message_has_a_builder() -> None:
    assert [name for name, _, _ in BUILT] == messages_of("send")


@given(st.binary(min_size=1))
def test_any_audio_survives_base64(payload: bytes) -> None:
    for buffer in (payload, bytearray(payload), memoryview(payload)):
        text = build_media("ST1", buffer)  # type: ignore[arg-type]
        assert base64.b64decode(json.loads(text)["media"]["payload"], validate=True) == payload


@pytest.mark.parametrize("digit", "0123456789*#ABCD")
def test_each_dtmf_digit_can_be_sent(digit: str) -> None:
    assert json.loads(build_dtmf("ST1", digit))["dtmf"]["digit"] == digit


@pytest.mark.parametrize(
    ("build", "arguments", "problem"),
    [
        (build_media, (None, b"a"), "^stream_sid must be a str; got NoneType.$"),
        (build_media, ("", b"a"), "^stream_sid must not be empty. Pass "),
        (build_media, ("ST1", "text"), "^payload must be bytes; got str.$"),
        (build_media, ("ST1", b""), "^payload must not be empty. "),
        (build_mark, ("", "x"), "^stream_sid must not be empty. Pass "),
        (build_mark, ("ST1", ""), "^name must not be empty. Pass "),
        (build_mark, ("ST1", "\ud800"), "^name must not hold a lone surrogate"),
        (build_mark, ("ST1", 1), "^name must be a str; got int.$"),
        (build_dtmf, ("", "1"), "^stream_sid must not be empty. Pass "),
        (build_dtmf, ("ST1", "12"), r"^digit must be one of #, \*, 0, .*, D; got '12'.$"),
        (build_dtmf, ("ST1", "E"), r"^digit must be one of #, \*, 0, .*, D; got 'E'.$"),
        (build_dtmf, ("ST1", 5), "^digit must be a str; got int.$"),
        (build_clear, ("",), "^stream_sid must not be empty. Pass "),
    ],
)
def test_an_invalid_argument_raises(build: Any, arguments: tuple[Any, ...], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        build(*arguments)
