"""Parse the messages that SignalWire sends over a stream's WebSocket.

The classes of messages are the only definition. `_decode` reads usual messages in msgspec's C code. What it refuses is
read again by `_read_message`, which accepts a little more, and whose errors name the field and never show a value.
Unknown fields are ignored. Numbers may be JSON strings, as SignalWire sends them, or JSON numbers.
"""

from __future__ import annotations

import json
from binascii import a2b_base64
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Union, get_args

import msgspec

from signalwire_streams._errors import InputError, MessageError
from signalwire_streams._text import shown
from signalwire_streams.media._messages import Connected, Media, MediaFormat, Message, Start, Track, UnknownMessage

_MAX_DIGITS = 15  # enough for any count of messages or milliseconds
_JSON_TYPES: dict[type, str] = {
    str: "text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
_CLASSES: dict[str, Any] = {each.event: each for each in get_args(Message) if each is not UnknownMessage}
_fields = cache(msgspec.structs.fields)


def parse_message(text: str | bytes) -> Message:
    """Parse the text of a WebSocket message.

    Both SignalWire's and Twilio's messages are supported. An unknown event gives an UnknownMessage.

    Raises MessageError for an invalid message.
    Raises InputError if `text` is neither text nor bytes.
    """
    if type(text) is not str:
        text = _to_str(text)
    try:
        found = _decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):  # a lone surrogate is a ValueError
        found = None
    if found is None:  # outside of `except`, because msgspec's errors show values, and would be the context of ours
        return _read_message(text)
    if found.message_class is Media:  # fifty a second for each track, and twice as fast as with `values_of`
        media = found.media
        return Media(found.sequence_number, media.track, media.chunk, media.timestamp, media.payload, found.stream_sid)
    message: Message = found.message_class(*found.values_of(found))
    return message


def _is_inside(kind: type, field: str) -> bool:
    """Return whether a field is in the object that is named like the event, rather than beside it."""
    if field == "stream_sid":
        return kind is Start
    return field != "sequence_number" and kind is not Connected


# msgspec accepts "5.0" for an int unless a float may be there too, and "-0" for 0.
_Number = Annotated[int, msgspec.Meta(ge=1, lt=10**_MAX_DIGITS)] | Annotated[float, msgspec.Meta(gt=0, lt=0)]
_WIRE_TYPES: dict[Any, Any] = {int: _Number, int | None: _Number, str | None: str}


def _make_wire_class(kind: Any) -> Any:  # noqa: ANN401  the class of a message, and the one that is made
    """Make the class that msgspec decodes a message into: the same fields, with those inside in an object."""
    beside: list[tuple[Any, ...]] = []
    inside: list[tuple[Any, ...]] = []
    paths: list[str] = []
    for field in _fields(kind):
        default: list[Any] = [] if field.required else [field.default]
        is_inside = _is_inside(kind, field.name)
        (inside if is_inside else beside).append((field.name, _WIRE_TYPES.get(field.type, field.type), *default))
        paths.append(f"{kind.event}.{field.name}" if is_inside else field.name)
    options: dict[str, Any] = {"frozen": True, "kw_only": True, "rename": "camel", "gc": False}
    if inside:
        inner: Any = msgspec.defstruct(kind.event, inside, **options)
        is_optional = all(len(each) == 3 for each in inside)
        beside.append((kind.event, inner, *([inner()] if is_optional else [])))
    namespace = {"message_class": kind, "values_of": attrgetter(*paths)}
    return msgspec.defstruct(kind.event, beside, tag_field="event", tag=kind.event, namespace=namespace, **options)


# Start is left to `_read_message`: it comes once for each stream, and its tracks and format need more than a type.
_WireMessage: Any = Union[tuple(_make_wire_class(each) for each in _CLASSES.values() if each is not Start)]  # noqa: UP007
_decode: Callable[[str], Any] = msgspec.json.Decoder(_WireMessage, strict=False).decode


def _read_message(text: str) -> Message:
    message = _read_object(_decode_json(text), None)
    if "event" not in message:
        raise MessageError("event", "is missing.")
    event = _read_text(message["event"], "event")
    if event not in _CLASSES:
        return UnknownMessage(event, message)
    parsed: Message = _read_fields(_CLASSES[event], message, event)
    return parsed


def _read_fields(kind: Any, message: dict[str, Any], path: str) -> Any:  # noqa: ANN401  a class, and one of its instances
    """Read the fields of `kind` from `message`, those inside from the object at `path`."""
    values = {}
    for field in _fields(kind):
        source, where = message, field.encode_name
        if _is_inside(kind, field.name):
            if field.required and path not in message:
                raise MessageError(path, "is missing.")
            source, where = _read_object(message.get(path, {}), path), f"{path}.{where}"
        if field.encode_name in source:
            values[field.name] = _READERS[field.type](source[field.encode_name], where)
        elif field.required:
            raise MessageError(where, "is missing.")
    return kind(**values)


def _read_object(value: dict[str, Any] | None, path: str | None) -> dict[str, Any]:
    if type(value) is dict:
        return value
    raise _type_error(value, path, "a JSON object" if path is None else "an object")


def _read_text(value: object, path: str) -> str:
    if type(value) is str:
        return value
    raise _type_error(value, path, "text")


def _read_number(value: object, path: str) -> int:
    if type(value) is str and len(value) <= _MAX_DIGITS and value.isdecimal() and value.isascii():
        return int(value)
    if type(value) is int and 0 <= value < 10**_MAX_DIGITS:
        return value
    raise _type_error(value, path, f"1 to {_MAX_DIGITS} digits")


def _read_track(value: object, path: str) -> Track:
    if value == "inbound":
        return "inbound"
    if value == "outbound":
        return "outbound"
    raise _type_error(value, path, "inbound or outbound")


def _read_tracks(value: list[object] | None, path: str) -> tuple[Track, ...]:
    if type(value) is not list:
        raise _type_error(value, path, "a list")
    return tuple(dict.fromkeys(_read_track(track, path) for track in value))


def _read_parameters(value: dict[str, Any] | None, path: str) -> dict[str, str]:
    return {name: _read_text(text, f"{path}.{shown(name)}") for name, text in _read_object(value, path).items()}


def _read_audio(value: object, path: str) -> bytes:
    payload = _read_text(value, path)
    try:
        audio = a2b_base64(payload, strict_mode=True)
    except ValueError:
        raise MessageError(path, "is not base64.") from None
    if (len(audio) + 2) // 3 * 4 != len(payload):  # before Python 3.13, strict mode accepts excess padding
        raise MessageError(path, "is not base64.")
    return audio


_READERS: dict[Any, Callable[[Any, str], Any]] = {
    int: _read_number,
    int | None: _read_number,
    str: _read_text,
    str | None: _read_text,
    bytes: _read_audio,
    Track: _read_track,
    tuple[Track, ...]: _read_tracks,
    dict[str, str]: _read_parameters,
    MediaFormat: lambda value, path: _read_fields(MediaFormat, {path: value}, path),
}


def _to_str(text: str | bytes | bytearray | memoryview) -> str:
    if isinstance(text, str):
        return str.__str__(text)
    if not isinstance(text, bytes | bytearray | memoryview):
        raise InputError("text", f"must be str or bytes; got {type(text).__name__}.")
    try:
        return bytes(text).decode()
    except UnicodeDecodeError as error:
        raise MessageError(None, f"is not UTF-8 at byte {error.start}.") from None


def _decode_json(text: str) -> Any:  # noqa: ANN401  JSON can hold any type
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise MessageError(None, f"is not JSON: {error.msg} at character {error.pos}.") from None
    except ValueError:
        raise MessageError(None, "contains a number with too many digits.") from None
    except RecursionError:
        raise MessageError(None, "is nested too deeply.") from None


def _type_error(value: object, path: str | None, expected: str) -> MessageError:
    return MessageError(path, f"must be {expected}; got {_JSON_TYPES.get(type(value), 'null')}.")
