"""The messages that a server may send on a bidirectional stream, as the text of a frame.

Bidirectional streams are those of `<Connect><Stream>`; one that was started over REST goes one way, and its server's
messages are not heeded. A bad argument raises InputError.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from typing import Any

from signalwire_streams._checks import check_choice, check_text
from signalwire_streams._errors import InputError

_DIGITS = frozenset("0123456789*#ABCD")


def build_media(stream_sid: str, payload: bytes) -> str:
    """Return the message that plays audio to the caller: raw, in the encoding of the stream's start message."""
    if not isinstance(payload, bytes | bytearray | memoryview):
        raise InputError("payload", f"is of type {type(payload).__name__}; expected bytes.")
    if not len(payload):
        raise InputError("payload", "is empty.")
    return _message("media", stream_sid, {"payload": b2a_base64(payload, newline=False).decode("ascii")})


def build_mark(stream_sid: str, name: str) -> str:
    """Return the message that has the API answer with a mark of this name, once what was sent so far is played."""
    return _message("mark", stream_sid, {"name": check_text("name", name)})


def build_dtmf(stream_sid: str, digit: str) -> str:
    """Return the message that presses a key towards the caller: 0 to 9, *, # or A to D."""
    return _message("dtmf", stream_sid, {"digit": check_choice("digit", digit, _DIGITS)})


def build_clear(stream_sid: str) -> str:
    """Return the message that throws away what was sent and is not played yet."""
    return _message("clear", stream_sid)


def _message(event: str, stream_sid: str, details: dict[str, Any] | None = None) -> str:
    message: dict[str, Any] = {"event": event, "streamSid": check_text("stream_sid", stream_sid)}
    if details is not None:
        message[event] = details
    return json.dumps(message, separators=(",", ":"))
