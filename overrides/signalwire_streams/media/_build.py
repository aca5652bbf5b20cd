"""Build the messages that your server may send on a bidirectional stream.

`<Connect><Stream>` starts a bidirectional stream. A stream that is started over REST is one-way: SignalWire ignores
what your server sends on it.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from typing import Any

from signalwire_streams._checks import check_choice, check_text
from signalwire_streams._errors import InputError

_DIGITS = frozenset("0123456789*#ABCD")


def build_media(stream_sid: str, payload: bytes) -> str:
    """Build the message that plays audio to the caller.

    - `payload`: raw audio, in the encoding that the start message announces.

    Raises InputError for an invalid argument.
    """
    if not isinstance(payload, bytes | bytearray | memoryview):
        raise InputError("payload", f"must be bytes; got {type(payload).__name__}.")
    if not len(payload):
        raise InputError("payload", "must not be empty. To stop the audio that is still queued, use build_clear().")
    return _build("media", stream_sid, {"payload": b2a_base64(payload, newline=False).decode("ascii")})


def build_mark(stream_sid: str, name: str) -> str:
    """Build the message that requests a `Mark` once the audio sent so far has been played.

    - `name`: the name that the `Mark` repeats.

    Raises InputError for an invalid argument.
    """
    return _build(
        "mark", stream_sid, {"name": check_text("name", name, if_empty="Pass the name for the Mark to repeat.")}
    )


def build_dtmf(stream_sid: str, digit: str) -> str:
    """Build the message that sends a DTMF tone to the caller.

    - `digit`: one of 0 to 9, *, # and A to D.

    Raises InputError for an invalid argument.
    """
    return _build("dtmf", stream_sid, {"digit": check_choice("digit", digit, _DIGITS)})


def build_clear(stream_sid: str) -> str:
    """Build the message that discards audio which has not been played yet.

    Raises InputError for an invalid argument.
    """
    return _build("clear", stream_sid)


def _build(event: str, stream_sid: str, details: dict[str, Any] | None = None) -> str:
    sid = check_text("stream_sid", stream_sid, if_empty="Pass the stream_sid of the start message.")
    message: dict[str, Any] = {"event": event, "streamSid": sid}
    if details is not None:
        message[event] = details
    return json.dumps(message, separators=(",", ":"))
