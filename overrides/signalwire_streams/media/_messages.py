"""The messages that SignalWire sends over a stream's WebSocket.

`event` is the message's name on the wire. SignalWire sends the stream's SID in the start message only, and Twilio in
every message, so `stream_sid` can be None. No `repr` shows audio or the value of a custom parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

import attrs

PCMU = "audio/x-mulaw"
PCMA = "audio/x-alaw"
L16 = "audio/x-L16"

Track: TypeAlias = Literal["inbound", "outbound"]
"""A side of the call. `inbound` is the caller's voice."""


def _format_parameters(parameters: Mapping[str, str]) -> str:
    return f"<{len(parameters)} parameters>"


def _format_payload(payload: bytes) -> str:
    return f"<{len(payload)} bytes>"


@attrs.frozen
class MediaFormat:
    """The encoding of the audio.

    - `encoding`: `audio/x-mulaw` for PCMU, `audio/x-L16` for 16-bit linear PCM. SignalWire does not publish the name of
      PCMA, for which `audio/x-alaw` is an assumption.
    """

    encoding: str
    sample_rate: int
    channels: int


@attrs.frozen
class Connected:
    """The first message of a connection."""

    event: ClassVar[Literal["connected"]] = "connected"
    protocol: str
    version: str
    stream_sid: str | None = None


@attrs.frozen
class Start:
    """The description of the stream, sent once before any audio."""

    event: ClassVar[Literal["start"]] = "start"
    sequence_number: int
    stream_sid: str
    account_sid: str
    call_sid: str
    tracks: tuple[Track, ...]
    media_format: MediaFormat
    custom_parameters: dict[str, str] = attrs.field(factory=dict[str, str], repr=_format_parameters)


@attrs.define  # not frozen, because that would make parsing a tenth slower
class Media:
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
    payload: bytes = attrs.field(repr=_format_payload)
    stream_sid: str | None = None


@attrs.frozen
class Dtmf:
    """A key that was pressed.

    - `duration`: milliseconds, or None if SignalWire does not send it.
    """

    event: ClassVar[Literal["dtmf"]] = "dtmf"
    digit: str
    duration: int | None = None
    sequence_number: int | None = None
    stream_sid: str | None = None


@attrs.frozen
class Mark:
    """The reply to your server's mark, sent once the audio before that mark has been played or cleared."""

    event: ClassVar[Literal["mark"]] = "mark"
    name: str
    sequence_number: int | None = None
    stream_sid: str | None = None


@attrs.frozen
class Stop:
    """The end of the stream or its call. Nothing follows.

    - `account_sid`, `call_sid`: sent by Twilio only.
    """

    event: ClassVar[Literal["stop"]] = "stop"
    sequence_number: int
    stream_sid: str | None = None
    account_sid: str | None = None
    call_sid: str | None = None


@attrs.frozen
class UnknownMessage:
    """A message with an event that this package does not know.

    - `raw`: the whole message.
    """

    event: str
    raw: dict[str, Any] = attrs.field(repr=False)


Message: TypeAlias = Connected | Start | Media | Dtmf | Mark | Stop | UnknownMessage
