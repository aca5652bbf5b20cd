"""The messages that SignalWire sends over a stream's WebSocket.

`event` is the message's name on the wire. SignalWire sends the stream's SID in the start message only, and Twilio in
every message, so `stream_sid` can be None. No `repr` shows audio or the value of a custom parameter.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

PCMU = "audio/x-mulaw"
PCMA = "audio/x-alaw"
L16 = "audio/x-L16"

Track: TypeAlias = Literal["inbound", "outbound"]
"""A side of the call. `inbound` is the caller's voice."""

_HIDDEN = {"payload": "bytes", "custom_parameters": "parameters", "raw": "fields"}


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    def __repr__(self) -> str:
        values = (f"{name}={value if name in _HIDDEN else repr(value)}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({', '.join(values)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        values = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [(name, f"<{len(value)} {_HIDDEN[name]}>" if name in _HIDDEN else value) for name, value in values]


class MediaFormat(_Record, frozen=True):
    """The encoding of the audio.

    - `encoding`: `audio/x-mulaw` for PCMU, `audio/x-L16` for 16-bit linear PCM. SignalWire does not publish the name of
      PCMA, for which `audio/x-alaw` is an assumption.
    """

    encoding: str
    sample_rate: int
    channels: int


class Connected(_Record, frozen=True):
    """The first message of a connection."""

    event: ClassVar[Literal["connected"]] = "connected"
    protocol: str
    version: str
    stream_sid: str | None = None


class Start(_Record, frozen=True):
    """The description of the stream, sent once before any audio."""

    event: ClassVar[Literal["start"]] = "start"
    sequence_number: int
    stream_sid: str
    account_sid: str
    call_sid: str
    tracks: tuple[Track, ...]
    media_format: MediaFormat
    custom_parameters: dict[str, str] = msgspec.field(default_factory=dict[str, str])


class Media(_Record, frozen=True, gc=False):
    """A piece of one track's audio, usually 20 ms.

    - `chunk`: the piece's number within its track, from 1.
    - `timestamp`: milliseconds since the start of the stream.
    - `payload`: the audio in the stream's encoding. `decode_audio` turns it into PCM.
    """

    event: ClassVar[Literal["media"]] = "media"
    sequence_number: int
    track: Track
    chunk: int
    timestamp: int
    payload: bytes
    stream_sid: str | None = None


class Dtmf(_Record, frozen=True):
    """A key that was pressed.

    - `duration`: milliseconds, or None if SignalWire does not send it.
    """

    event: ClassVar[Literal["dtmf"]] = "dtmf"
    digit: str
    duration: int | None = None
    sequence_number: int | None = None
    stream_sid: str | None = None


class Mark(_Record, frozen=True):
    """The reply to your server's mark, sent once the audio before that mark has been played or cleared."""

    event: ClassVar[Literal["mark"]] = "mark"
    name: str
    sequence_number: int | None = None
    stream_sid: str | None = None


class Stop(_Record, frozen=True):
    """The end of the stream or its call. Nothing follows.

    - `account_sid`, `call_sid`: sent by Twilio only.
    """

    event: ClassVar[Literal["stop"]] = "stop"
    sequence_number: int
    stream_sid: str | None = None
    account_sid: str | None = None
    call_sid: str | None = None


class UnknownMessage(_Record, frozen=True):
    """A message with an event that this package does not know.

    - `raw`: the whole message.
    """

    event: str
    raw: dict[str, Any]


Message: TypeAlias = Connected | Start | Media | Dtmf | Mark | Stop | UnknownMessage
"""A WebSocket message of a stream, parsed."""
