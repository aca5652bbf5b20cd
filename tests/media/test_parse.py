"""parse_message, with messages of SignalWire, messages of Twilio and invalid input."""

import base64
import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.pretty import pretty_repr
from signalwire_streams import InputError, MessageError, StreamsError
from signalwire_streams.media import (
    Connected,
    Dtmf,
    Mark,
    Media,
    MediaFormat,
    Message,
    Start,
    Stop,
    UnknownMessage,
    parse_message,
)
from support import messages

TWILIO_START = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC2",
        "streamSid": "MZ2",
        "callSid": "CA2",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {},
    },
    "streamSid": "MZ2",
}
PCMU = MediaFormat("audio/x-mulaw", 8000, 1)
READ: list[tuple[dict[str, Any], Message]] = [
    ({"event": "connected", "protocol": "Call", "version": "0.2.0"}, Connected("Call", "0.2.0")),
    (
        json.loads(messages.start()),
        Start(1, "ST1", "AC1", "CA1", ("inbound", "outbound"), PCMU, {"FirstName": "Jane"}),
    ),
    (TWILIO_START, Start(1, "MZ2", "AC2", "CA2", ("inbound",), PCMU, {})),
    (json.loads(messages.media(7, b"\xff\x00", chunk=3, timestamp=41)), Media(7, "inbound", 3, 41, b"\xff\x00")),
    (
        json.loads(messages.media(7, b"", chunk=3, timestamp=41, track="outbound", streamSid="MZ2")),
        Media(7, "outbound", 3, 41, b"", "MZ2"),
    ),
    (json.loads(messages.dtmf("5", 8)), Dtmf("5", 120, 8)),
    (
        {"event": "dtmf", "streamSid": "MZ2", "sequenceNumber": "5", "dtmf": {"track": "inbound_track", "digit": "#"}},
        Dtmf("#", None, 5, "MZ2"),
    ),
    ({"event": "dtmf", "streamSid": "ST1", "dtmf": {"duration": 2700, "digit": "8"}}, Dtmf("8", 2700, None, "ST1")),
    ({"event": "mark", "streamSid": "ST1", "mark": {"name": "end"}}, Mark("end", None, "ST1")),
    (
        {"event": "mark", "sequenceNumber": "4", "streamSid": "MZ2", "mark": {"name": "end"}},
        Mark("end", 4, "MZ2"),
    ),
    (json.loads(messages.stop(9)), Stop(9)),
    (
        {"event": "stop", "sequenceNumber": "5", "streamSid": "MZ2", "stop": {"accountSid": "AC2", "callSid": "CA2"}},
        Stop(5, "MZ2", "AC2", "CA2"),
    ),
    ({"event": "clear", "streamSid": "ST1"}, UnknownMessage("clear", {"event": "clear", "streamSid": "ST1"})),
]


@pytest.mark.parametrize(("sent", "read"), READ, ids=[type(read).__name__ for _, read in READ])
def test_each_message_of_signalwire_and_twilio_is_parsed(sent: dict[str, Any], read: Message) -> None:
    text = json.dumps(sent)
    assert parse_message(text) == read
    assert parse_message(text.encode()) == read
    assert parse_message(f" \r\n{text}\n") == read
    assert parse_message(json.dumps(sent | {"new": {"field": 1}})) == read or isinstance(read, UnknownMessage)
    assert read.event == sent["event"]


def test_missing_custom_parameters_are_an_empty_dict() -> None:
    without = json.loads(messages.start())
    del without["start"]["customParameters"]
    message = parse_message(json.dumps(without))
    assert isinstance(message, Start)
    assert message.custom_parameters == {}


def test_numbers_may_be_json_numbers() -> None:
    sent = json.loads(messages.media(7, b"a", chunk=3, timestamp=41))
    sent["sequenceNumber"] = 7
    sent["media"] |= {"chunk": 3, "timestamp": 41}
    assert parse_message(json.dumps(sent)) == Media(7, "inbound", 3, 41, b"a")
    assert parse_message(messages.start().replace("8000", '"16000"')).media_format.sample_rate == 16000  # type: ignore[union-attr]


def changed(text: str, path: str, value: Any) -> str:
    """Change the value at a path of a message, or remove it if the value is `...`."""
    message = json.loads(text)
    *steps, last = path.split(".")
    node = message
    for step in steps:
        node = node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return json.dumps(message)


MEDIA = messages.media(7, b"abc", chunk=3, timestamp=41, streamSid="ST1")
STOP = json.dumps({"event": "stop", "sequenceNumber": "5", "stop": {"accountSid": "AC2", "callSid": "CA2"}})
MARK = json.dumps({"event": "mark", "sequenceNumber": "5", "mark": {"name": "end"}})
REQUIRED = [
    (messages.connected(), "event protocol version"),
    (
        messages.start(),
        "event sequenceNumber start start.streamSid start.accountSid start.callSid start.tracks",
    ),
    (
        messages.start(),
        "start.mediaFormat start.mediaFormat.encoding start.mediaFormat.sampleRate start.mediaFormat.channels",
    ),
    (MEDIA, "event sequenceNumber media media.track media.chunk media.timestamp media.payload"),
    (messages.dtmf("5", 8), "event dtmf dtmf.digit"),
    (MARK, "event mark mark.name"),
    (STOP, "event sequenceNumber"),
]
OPTIONAL = [
    (messages.start(), "start.customParameters start.customParameters.FirstName"),
    (MEDIA, "streamSid"),
    (messages.dtmf("5", 8), "dtmf.duration sequenceNumber"),
    (MARK, "sequenceNumber"),
    (STOP, "stop stop.accountSid stop.callSid"),
]
FIELDS = [(text, path) for text, paths in REQUIRED for path in paths.split()]


@pytest.mark.parametrize(("text", "path"), FIELDS, ids=[path for _, path in FIELDS])
def test_a_missing_field_is_named(text: str, path: str) -> None:
    with pytest.raises(MessageError) as caught:
        parse_message(changed(text, path, ...))
    assert (caught.value.field, caught.value.problem) == (path, "is missing.")
    assert str(caught.value) == f"{path} is missing."


TYPED = FIELDS + [(text, path) for text, paths in OPTIONAL for path in paths.split()]


@pytest.mark.parametrize("value", [None, True, 1.5, -1, [], [{}]], ids=repr)
@pytest.mark.parametrize(("text", "path"), TYPED, ids=[path for _, path in TYPED])
def test_a_field_of_the_wrong_type_is_named(text: str, path: str, value: object) -> None:
    if path == "start.tracks" and value == []:
        assert parse_message(changed(text, path, value)).tracks == ()  # type: ignore[union-attr]
        return
    with pytest.raises(MessageError) as caught:
        parse_message(changed(text, path, value))
    assert caught.value.field == path
    assert caught.value.problem.startswith("must be ")
    assert "; got " in caught.value.problem


@pytest.mark.parametrize(
    "value",
    ["", "x", "-1", "+1", " 1", "1 ", "1_0", "1.0", "5.0", "1e2", "-0", "0x1", "٣", "²", "null", "9" * 16]
    + ["9" * 5000, 10**15, 10**400, 5.0, 1e2, -0.0, -1, True],
)
@pytest.mark.parametrize("path", ["sequenceNumber", "media.chunk", "media.timestamp"])
def test_invalid_numbers_raise(path: str, value: object) -> None:
    with pytest.raises(MessageError, match="must be 1 to 15 digits; got ") as caught:
        parse_message(changed(MEDIA, path, value))
    assert caught.value.field == path


@pytest.mark.parametrize("value", ["0", "999999999999999", "007", 0, 10**15 - 1])
def test_valid_numbers_are_accepted(value: object) -> None:
    assert parse_message(changed(MEDIA, "media.timestamp", value)).timestamp == int(value)  # type: ignore[union-attr, call-overload]


@pytest.mark.parametrize(
    "payload",
    ["a", "ab", "abc", "ab=c", "=abc", "abcd=", "abcd====", "ab==abcd", "ab-_", "ab c", "abcd\n", "äbcd", "\ud800"],
)
def test_invalid_base64_raises(payload: str) -> None:
    with pytest.raises(MessageError) as caught:
        parse_message(changed(MEDIA, "media.payload", payload))
    assert (caught.value.field, caught.value.problem) == ("media.payload", "is not base64.")


@pytest.mark.parametrize("track", ["", "inbound_track", "Inbound", "both"])
def test_an_unknown_track_raises(track: str) -> None:
    for text, path, value in [(MEDIA, "media.track", track), (messages.start(), "start.tracks", ["inbound", track])]:
        with pytest.raises(MessageError, match="must be inbound or outbound; got text") as caught:
            parse_message(changed(text, path, value))
        assert caught.value.field == path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not JSON: Expecting value at character 0."),
        ("{", "is not JSON: Expecting property name enclosed in double quotes at character 1."),
        ('{"event": "stop"} {}', "is not JSON: Extra data at character 18."),
        ("\ufeff{}", "is not JSON"),
        ("[" * 100_000, "is nested too deeply."),
        (f'{{"event": {"9" * 5000}}}', "contains a number with too many digits."),
        (b'{"event": "\xff"}', "is not UTF-8 at byte 11."),
        ("[]", "must be a JSON object; got a list."),
        ("null", "must be a JSON object; got null."),
        ("7", "must be a JSON object; got a number."),
        ('"stop"', "must be a JSON object; got text."),
        ("true", "must be a JSON object; got a boolean."),
    ],
)
def test_text_that_is_not_a_json_object_raises(text: str | bytes, problem: str) -> None:
    with pytest.raises(MessageError) as caught:
        parse_message(text)
    assert caught.value.field is None
    assert caught.value.problem.startswith(problem)
    assert str(caught.value) == f"message {caught.value.problem}"
    assert caught.value.__cause__ is None


def test_str_subclasses_and_buffers_are_accepted() -> None:
    class Text(str):
        __slots__ = ()

    assert parse_message(Text(messages.stop(9))) == Stop(9)
    assert parse_message(memoryview(messages.stop(9).encode())) == Stop(9)  # type: ignore[arg-type]


def test_an_argument_that_is_not_text_raises_an_input_error() -> None:
    with pytest.raises(InputError, match="^text must be str or bytes; got dict.$"):
        parse_message({"event": "stop"})  # type: ignore[arg-type]


def test_a_message_error_is_a_value_error_and_can_be_pickled() -> None:
    error = MessageError("media.payload", "is not base64.")
    assert isinstance(error, StreamsError)
    assert isinstance(error, ValueError)
    again = pickle.loads(pickle.dumps(error))
    assert (again.field, again.problem, str(again)) == (error.field, error.problem, str(error))


@pytest.mark.parametrize(("text", "path"), TYPED, ids=[path for _, path in TYPED])
def test_a_message_error_never_shows_a_value(text: str, path: str) -> None:
    for value in ("c4nary ☎", {"c4nary": "c4nary"}, ["c4nary"]):
        try:
            parse_message(changed(text, path, value))
        except MessageError as error:
            caught = error
        else:
            continue  # any text is valid here
        assert "c4nary" not in str(caught)
        assert caught.__cause__ is None


def test_no_repr_shows_audio_or_parameter_values() -> None:
    for text in (messages.start(), MEDIA, json.dumps({"event": "new", "secret": "Jane"})):
        assert "Jane" not in repr(parse_message(text))
        assert "abc" not in repr(parse_message(text))
    assert "<1 parameters>" in repr(parse_message(messages.start()))
    assert "<3 bytes>" in repr(parse_message(MEDIA))


def test_rich_shows_no_audio_or_parameter_values() -> None:
    for text in (messages.start(), MEDIA, json.dumps({"event": "new", "secret": "Jane"})):
        shown = pretty_repr(parse_message(text))
        assert "Jane" not in shown
        assert "abc" not in shown
        assert type(parse_message(text)).__name__ in shown


@pytest.mark.parametrize("message", [read for _, read in READ], ids=lambda message: type(message).__name__)
@pytest.mark.parametrize("twin_of", [lambda message: pickle.loads(pickle.dumps(message)), copy.copy, copy.deepcopy])
def test_a_message_can_be_copied_and_pickled(message: Message, twin_of: Callable[[Message], Message]) -> None:
    twin = twin_of(message)
    assert (type(twin), twin) == (type(message), message)
    assert twin != Mark("other")


def test_messages_are_made_by_keyword_compared_by_value_and_frozen() -> None:
    media = Media(sequence_number=1, track="inbound", chunk=2, timestamp=20, payload=b"a")
    assert media == Media(1, "inbound", 2, 20, b"a", None)
    assert media != Media(1, "inbound", 2, 20, b"b")
    assert len({media, Media(1, "inbound", 2, 20, b"a"), Mark("a"), Mark("a"), PCMU}) == 3
    with pytest.raises(AttributeError):
        media.chunk = 3  # type: ignore[misc]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
VALUES = JSON | st.sampled_from(["inbound", "outbound", "1", "YQ==", "media", "start", "stop"])


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Draw a message with some fields changed or removed."""
    text, _ = draw(st.sampled_from(REQUIRED))
    for path in draw(st.lists(st.sampled_from([path for other, path in TYPED if other == text]), max_size=3)):
        try:
            text = changed(text, path, draw(st.just(...) | VALUES))
        except (KeyError, TypeError, IndexError, AttributeError):
            continue  # an earlier change removed this path
    return text


@given(st.text() | st.binary() | JSON.map(json.dumps) | damaged() | damaged().map(str.encode))
@example('{"event": ["unhashable"]}')
@example('{"event": "media", "media": {"payload": "YQ==", "track": []}}')
@example('{"event": "stop", "sequenceNumber": NaN}')
def test_any_text_gives_a_message_or_a_message_error(text: str | bytes) -> None:
    try:
        message = parse_message(text)
    except MessageError:
        return
    assert isinstance(message, Message)
    assert json.loads(text)["event"] == message.event


@given(st.binary(), st.sampled_from(["inbound", "outbound"]), st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1))
def test_any_audio_is_parsed_unchanged(payload: bytes, track: Any, chunk: int, timestamp: int) -> None:
    text = messages.media(1, payload, chunk=chunk, timestamp=timestamp, track=track)
    assert parse_message(text) == Media(1, track, chunk, timestamp, payload)


@given(st.text())
def test_a_payload_is_accepted_only_if_it_is_base64(payload: str) -> None:
    try:
        expected = base64.b64decode(payload, validate=True)
        expected_text = base64.b64encode(expected).decode()
    except ValueError:
        expected_text = None
    try:
        message = parse_message(changed(MEDIA, "media.payload", payload))
    except MessageError:
        assert expected_text != payload
    else:
        assert isinstance(message, Media)
        assert message.payload == base64.b64decode(payload)


def test_repeated_tracks_are_merged() -> None:
    text = changed(messages.start(), "start.tracks", ["inbound", "outbound", "inbound"] * 1000)
    assert parse_message(text).tracks == ("inbound", "outbound")  # type: ignore[union-attr]
