"""The messages that the API sends over a stream's WebSocket, as plain values.

Each has `event`, the name that it has on the wire. SignalWire names the stream in the start message, Twilio in each:
`stream_sid` is None where a message does not. No `repr` shows audio, or the value of a custom parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

import attrs

PCMU = "audio/x-mulaw"
L16 = "audio/x-L16"

Track: TypeAlias = Literal["inbound", "outbound"]
"""A side of the call: `inbound` is what the caller says."""


def _names(parameters: Mapping[str, str]) -> str:
    return f"<{len(parameters)} parameters>"


def _size(payload: bytes) -> str:
    return f"<{len(payload)} bytes>"


@attrs.frozen
class MediaFormat:
    """How the audio is encoded: PCMU is `audio/x-mulaw`, linear 16-bit samples are `audio/x-L16`."""

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
    """What is streamed, and how it is encoded. It comes once, before any audio."""

    event: ClassVar[Literal["start"]] = "start"
    sequence_number: int
    stream_sid: str
    account_sid: str
    call_sid: str
    tracks: tuple[Track, ...]
    media_format: MediaFormat
    custom_parameters: dict[str, str] = attrs.field(factory=dict[str, str], repr=_names)


@attrs.define  # freezing it would cost a tenth of what parsing does
class Media:
    """A piece of one track's audio, 20 ms as a rule.

    `payload` is the audio as it is encoded, `chunk` its number within the track, from 1, and `timestamp` its
    milliseconds from the stream's start.
    """

    event: ClassVar[Literal["media"]] = "media"
    sequence_number: int
    track: Track
    chunk: int
    timestamp: int
    payload: bytes = attrs.field(repr=_size)
    stream_sid: str | None = None


@attrs.frozen
class Dtmf:
    """A key was pressed. `duration` is in milliseconds, where it is told."""

    event: ClassVar[Literal["dtmf"]] = "dtmf"
    digit: str
    duration: int | None = None
    sequence_number: int | None = None
    stream_sid: str | None = None


@attrs.frozen
class Mark:
    """The echo of a mark that the server sent, once what was before it is played or cleared."""

    event: ClassVar[Literal["mark"]] = "mark"
    name: str
    sequence_number: int | None = None
    stream_sid: str | None = None


@attrs.frozen
class Stop:
    """The stream or its call has ended. Nothing follows. Only Twilio says of which account and call."""

    event: ClassVar[Literal["stop"]] = "stop"
    sequence_number: int
    stream_sid: str | None = None
    account_sid: str | None = None
    call_sid: str | None = None


@attrs.frozen
class UnknownMessage:
    """A message whose event is newer than this package. `raw` is the whole of it."""

    event: str
    raw: dict[str, Any] = attrs.field(repr=False)


Message: TypeAlias = Connected | Start | Media | Dtmf | Mark | Stop | UnknownMessage
