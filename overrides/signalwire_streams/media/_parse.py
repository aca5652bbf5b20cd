"""Reading a message: strict in what makes it one, and open to what may come in later versions.

A field that is missing or of another type is a MessageError that names it, and never shows its value; one that is not
known is passed over. Numbers are taken as JSON strings, which the API sends, and as JSON numbers.
This is run fifty times a second for each track, hence the short ways taken; `tests/bench/parse_media.py` measures them.
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

_MAX_DIGITS = 15  # of a number; more than any count of messages or milliseconds needs
_decode = json.JSONDecoder().raw_decode
_Json = Mapping[str, Any]


def parse_message(text: str | bytes) -> Message:
    """Return the message that a text frame holds, or raise MessageError.

    SignalWire's spelling and Twilio's are both taken. A message of an event that is not known is an UnknownMessage.
    """
    if type(text) is not str:
        text = _as_text(text)
    message: dict[str, Any] | None
    try:
        message, end = _decode(text)
    except (ValueError, RecursionError):
        message, end = None, -1
    if end != len(text):
        message = _decode_with_care(text)
    if type(message) is not dict:
        raise MessageError(None, f"is {_kind(message)}; expected a JSON object.")
    event = _text(message, "event", "event")
    read = _READERS.get(event)
    return UnknownMessage(event, message) if read is None else read(message)


def _as_text(text: str | bytes | bytearray | memoryview) -> str:
    if isinstance(text, str):
        return str.__str__(text)
    if not isinstance(text, bytes | bytearray | memoryview):
        raise InputError("text", f"is of type {type(text).__name__}; expected str or bytes.")
    try:
        return bytes(text).decode()
    except UnicodeDecodeError as error:
        raise MessageError(None, f"is not UTF-8 at byte {error.start}.") from None


def _decode_with_care(text: str) -> Any:  # noqa: ANN401  what JSON holds
    """Decode what has white space around it, or say what is wrong with it."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise MessageError(None, f"is not JSON: {error.msg} at character {error.pos}.") from None
    except ValueError:
        raise MessageError(None, "holds a number of too many digits.") from None
    except RecursionError:
        raise MessageError(None, "is nested too deeply.") from None


def _connected(message: _Json) -> Connected:
    return Connected(_text(message, "protocol", "protocol"), _text(message, "version", "version"), _sid(message))


def _start(message: _Json) -> Start:
    start = _object(message, "start")
    details = _object(start, "mediaFormat", "start.mediaFormat")
    parameters = _object(start, "customParameters", "start.customParameters") if "customParameters" in start else {}
    tracks: list[object] | None = start.get("tracks")
    if type(tracks) is not list:
        raise _wrong(start, "tracks", "start.tracks", "a list")
    return Start(
        _number(message, "sequenceNumber", "sequenceNumber"),
        _text(start, "streamSid", "start.streamSid"),
        _text(start, "accountSid", "start.accountSid"),
        _text(start, "callSid", "start.callSid"),
        tuple(_track({"tracks": track}, "tracks", "start.tracks") for track in tracks),
        MediaFormat(
            _text(details, "encoding", "start.mediaFormat.encoding"),
            _number(details, "sampleRate", "start.mediaFormat.sampleRate"),
            _number(details, "channels", "start.mediaFormat.channels"),
        ),
        {name: _text(parameters, name, f"start.customParameters.{shown(name)}") for name in parameters},
    )


def _media(message: _Json) -> Media:
    media: dict[str, Any] | None = message.get("media")
    if type(media) is not dict:
        raise _wrong(message, "media", "media", "an object")
    payload = media.get("payload")
    if type(payload) is not str:
        raise _wrong(media, "payload", "media.payload", "text")
    try:
        audio = a2b_base64(payload, strict_mode=True)
    except ValueError:
        raise MessageError("media.payload", "is not base64.") from None
    if (len(audio) + 2) // 3 * 4 != len(payload):  # before Python 3.13, padding that is not needed gets through
        raise MessageError("media.payload", "is not base64.")
    return Media(
        _number(message, "sequenceNumber", "sequenceNumber"),
        _track(media, "track", "media.track"),
        _number(media, "chunk", "media.chunk"),
        _number(media, "timestamp", "media.timestamp"),
        audio,
        _sid(message),
    )


def _dtmf(message: _Json) -> Dtmf:
    dtmf = _object(message, "dtmf")
    duration = _number(dtmf, "duration", "dtmf.duration") if "duration" in dtmf else None
    return Dtmf(_text(dtmf, "digit", "dtmf.digit"), duration, _number_if_any(message), _sid(message))


def _mark(message: _Json) -> Mark:
    return Mark(_text(_object(message, "mark"), "name", "mark.name"), _number_if_any(message), _sid(message))


def _stop(message: _Json) -> Stop:
    stop = _object(message, "stop") if "stop" in message else {}
    account = _text(stop, "accountSid", "stop.accountSid") if "accountSid" in stop else None
    call = _text(stop, "callSid", "stop.callSid") if "callSid" in stop else None
    return Stop(_number(message, "sequenceNumber", "sequenceNumber"), _sid(message), account, call)


_READERS: dict[str, Callable[[_Json], Message]] = {
    "connected": _connected,
    "start": _start,
    "media": _media,
    "dtmf": _dtmf,
    "mark": _mark,
    "stop": _stop,
}


def _text(values: _Json, field: str, path: str) -> str:
    value = values.get(field)
    if type(value) is str:
        return value
    raise _wrong(values, field, path, "text")


def _number(values: _Json, field: str, path: str) -> int:
    value = values.get(field)
    if type(value) is str and len(value) <= _MAX_DIGITS and value.isdecimal() and value.isascii():
        return int(value)
    if type(value) is int and 0 <= value < 10**_MAX_DIGITS:
        return value
    raise _wrong(values, field, path, f"at most {_MAX_DIGITS} digits")


def _track(values: _Json, field: str, path: str) -> Track:
    value = values.get(field)
    if value == "inbound":
        return "inbound"
    if value == "outbound":
        return "outbound"
    raise _wrong(values, field, path, "inbound or outbound")


def _object(values: _Json, field: str, path: str | None = None) -> dict[str, Any]:
    value: dict[str, Any] | None = values.get(field)
    if type(value) is dict:
        return value
    raise _wrong(values, field, path or field, "an object")


def _number_if_any(message: _Json) -> int | None:
    return _number(message, "sequenceNumber", "sequenceNumber") if "sequenceNumber" in message else None


def _sid(message: _Json) -> str | None:
    return _text(message, "streamSid", "streamSid") if "streamSid" in message else None


def _wrong(values: _Json, field: str, path: str, expected: str) -> MessageError:
    if field not in values:
        return MessageError(path, "is missing.")
    return MessageError(path, f"is {_kind(values[field])}; expected {expected}.")


def _kind(value: object) -> str:
    names: dict[type, str] = {
        str: "text",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null")
