"""Parse the messages that SignalWire sends over a stream's WebSocket.

A missing field or a field of the wrong type raises a MessageError that names the field and never shows its value.
Unknown fields are ignored. Numbers may be JSON strings, as SignalWire sends them, or JSON numbers.

Media messages arrive fifty times a second for each track, so speed comes before brevity here.
`tests/bench/parse_media.py` measures it.
"""

from __future__ import annotations

import json
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from typing import Any

from signalwire_streams._errors import InputError, MessageError
from signalwire_streams._text import shown
from signalwire_streams.media._messages import (
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
)

_MAX_DIGITS = 15  # enough for any count of messages or milliseconds
_decode_json = json.JSONDecoder().raw_decode
_JsonObject = Mapping[str, Any]


def parse_message(text: str | bytes) -> Message:
    """Parse the text of a WebSocket message.

    Both SignalWire's and Twilio's messages are supported. An unknown event gives an UnknownMessage.

    Raises MessageError for an invalid message.
    Raises InputError if `text` is neither text nor bytes.
    """
    if type(text) is not str:
        text = _to_str(text)
    message: dict[str, Any] | None
    try:
        message, end = _decode_json(text)
    except (ValueError, RecursionError):
        message, end = None, -1
    if end != len(text):
        message = _decode_any_json(text)
    if type(message) is not dict:
        raise MessageError(None, f"must be a JSON object; got {_describe_type(message)}.")
    event = _get_text(message, "event", "event")
    read = _READERS.get(event)
    return UnknownMessage(event, message) if read is None else read(message)


def _to_str(text: str | bytes | bytearray | memoryview) -> str:
    if isinstance(text, str):
        return str.__str__(text)
    if not isinstance(text, bytes | bytearray | memoryview):
        raise InputError("text", f"must be str or bytes; got {type(text).__name__}.")
    try:
        return bytes(text).decode()
    except UnicodeDecodeError as error:
        raise MessageError(None, f"is not UTF-8 at byte {error.start}.") from None


def _decode_any_json(text: str) -> Any:  # noqa: ANN401  JSON can hold any type
    """Decode JSON with whitespace around it, or raise a MessageError that names the problem."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise MessageError(None, f"is not JSON: {error.msg} at character {error.pos}.") from None
    except ValueError:
        raise MessageError(None, "contains a number with too many digits.") from None
    except RecursionError:
        raise MessageError(None, "is nested too deeply.") from None


def _read_connected(message: _JsonObject) -> Connected:
    return Connected(
        _get_text(message, "protocol", "protocol"), _get_text(message, "version", "version"), _find_stream_sid(message)
    )


def _read_start(message: _JsonObject) -> Start:
    start = _get_object(message, "start")
    media_format = _get_object(start, "mediaFormat", "start.mediaFormat")
    parameters = _get_object(start, "customParameters", "start.customParameters") if "customParameters" in start else {}
    tracks: list[object] | None = start.get("tracks")
    if type(tracks) is not list:
        raise _field_error(start, "tracks", "start.tracks", "a list")
    return Start(
        _get_number(message, "sequenceNumber", "sequenceNumber"),
        _get_text(start, "streamSid", "start.streamSid"),
        _get_text(start, "accountSid", "start.accountSid"),
        _get_text(start, "callSid", "start.callSid"),
        tuple(dict.fromkeys(_get_track({"tracks": track}, "tracks", "start.tracks") for track in tracks)),
        MediaFormat(
            _get_text(media_format, "encoding", "start.mediaFormat.encoding"),
            _get_number(media_format, "sampleRate", "start.mediaFormat.sampleRate"),
            _get_number(media_format, "channels", "start.mediaFormat.channels"),
        ),
        {name: _get_text(parameters, name, f"start.customParameters.{shown(name)}") for name in parameters},
    )


def _read_media(message: _JsonObject) -> Media:
    media: dict[str, Any] | None = message.get("media")
    if type(media) is not dict:
        raise _field_error(message, "media", "media", "an object")
    payload = media.get("payload")
    if type(payload) is not str:
        raise _field_error(media, "payload", "media.payload", "text")
    try:
        audio = a2b_base64(payload, strict_mode=True)
    except ValueError:
        raise MessageError("media.payload", "is not base64.") from None
    if (len(audio) + 2) // 3 * 4 != len(payload):  # before Python 3.13, strict mode accepts excess padding
        raise MessageError("media.payload", "is not base64.")
    return Media(
        _get_number(message, "sequenceNumber", "sequenceNumber"),
        _get_track(media, "track", "media.track"),
        _get_number(media, "chunk", "media.chunk"),
        _get_number(media, "timestamp", "media.timestamp"),
        audio,
        _find_stream_sid(message),
    )


def _read_dtmf(message: _JsonObject) -> Dtmf:
    dtmf = _get_object(message, "dtmf")
    duration = _get_number(dtmf, "duration", "dtmf.duration") if "duration" in dtmf else None
    return Dtmf(
        _get_text(dtmf, "digit", "dtmf.digit"), duration, _find_sequence_number(message), _find_stream_sid(message)
    )


def _read_mark(message: _JsonObject) -> Mark:
    return Mark(
        _get_text(_get_object(message, "mark"), "name", "mark.name"),
        _find_sequence_number(message),
        _find_stream_sid(message),
    )


def _read_stop(message: _JsonObject) -> Stop:
    stop = _get_object(message, "stop") if "stop" in message else {}
    account = _get_text(stop, "accountSid", "stop.accountSid") if "accountSid" in stop else None
    call = _get_text(stop, "callSid", "stop.callSid") if "callSid" in stop else None
    return Stop(_get_number(message, "sequenceNumber", "sequenceNumber"), _find_stream_sid(message), account, call)


_READERS: dict[str, Callable[[_JsonObject], Message]] = {
    "connected": _read_connected,
    "start": _read_start,
    "media": _read_media,
    "dtmf": _read_dtmf,
    "mark": _read_mark,
    "stop": _read_stop,
}


def _get_text(values: _JsonObject, field: str, path: str) -> str:
    value = values.get(field)
    if type(value) is str:
        return value
    raise _field_error(values, field, path, "text")


def _get_number(values: _JsonObject, field: str, path: str) -> int:
    value = values.get(field)
    if type(value) is str and len(value) <= _MAX_DIGITS and value.isdecimal() and value.isascii():
        return int(value)
    if type(value) is int and 0 <= value < 10**_MAX_DIGITS:
        return value
    raise _field_error(values, field, path, f"1 to {_MAX_DIGITS} digits")


def _get_track(values: _JsonObject, field: str, path: str) -> Track:
    value = values.get(field)
    if value == "inbound":
        return "inbound"
    if value == "outbound":
        return "outbound"
    raise _field_error(values, field, path, "inbound or outbound")


def _get_object(values: _JsonObject, field: str, path: str | None = None) -> dict[str, Any]:
    value: dict[str, Any] | None = values.get(field)
    if type(value) is dict:
        return value
    raise _field_error(values, field, path or field, "an object")


def _find_sequence_number(message: _JsonObject) -> int | None:
    return _get_number(message, "sequenceNumber", "sequenceNumber") if "sequenceNumber" in message else None


def _find_stream_sid(message: _JsonObject) -> str | None:
    return _get_text(message, "streamSid", "streamSid") if "streamSid" in message else None


def _field_error(values: _JsonObject, field: str, path: str, expected: str) -> MessageError:
    if field not in values:
        return MessageError(path, "is missing.")
    return MessageError(path, f"must be {expected}; got {_describe_type(values[field])}.")


def _describe_type(value: object) -> str:
    names: dict[type, str] = {
        str: "text",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null")
