"""Track one stream from its messages, without I/O. Invalid or unexpected messages never end the session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Literal, TypeAlias

import attrs

from signalwire_streams._errors import InputError, MessageError
from signalwire_streams.media._irregularities import Irregularity, IrregularityKind, NumberTracker
from signalwire_streams.media._messages import (
    L16,
    PCMA,
    PCMU,
    Connected,
    Media,
    MediaFormat,
    Message,
    Start,
    Stop,
    Track,
    UnknownMessage,
)
from signalwire_streams.media._parse import parse_message

SessionState: TypeAlias = Literal["new", "connected", "streaming", "stopped", "lost"]
"""The state of a stream. `lost` means that the connection was closed without a stop message."""

_TEXT_TYPES = (str, bytes, bytearray, memoryview)
_MAX_EVENT = 100  # characters of an irregular event that are kept
_BYTES_PER_SAMPLE = {PCMU: 1, PCMA: 1, L16: 2}


@attrs.define
class TrackCount:
    """How much audio of one track has arrived."""

    messages: int = 0
    bytes: int = 0
    bytes_per_second: int | None = None
    """None for an unknown encoding, and before the start message."""

    @property
    def seconds(self) -> float | None:
        """The duration of the audio, or None without `bytes_per_second`."""
        return self.bytes / self.bytes_per_second if self.bytes_per_second else None


class StreamSession:
    """Parse a stream's messages and keep track of its state, audio and irregularities.

        with StreamSession() as session:
            async for text in websocket:
                message = session.feed(text)

    The block closes the session. Without a block, call `close()` when the connection is closed.

    - `keep`: how many irregularities to keep. All of them are counted.
    """

    def __init__(self, *, keep: int = 100) -> None:
        self.state: SessionState = "new"
        """The state of the stream."""
        self.start: Start | None = None
        """The start message, or None before it arrives."""
        self.messages: int = 0
        """How many valid messages have arrived."""
        self.bad_messages: int = 0
        """How many invalid messages have arrived."""
        self.counts: Counter[str] = Counter()
        """How many messages of each event have arrived. `unknown` counts the events this package does not know."""
        self.irregularities: list[Irregularity] = []
        """The first irregularities, up to `keep`."""
        self.irregularity_counts: Counter[IrregularityKind] = Counter()
        """How many irregularities of each kind have been found."""
        self._audio: dict[Track, TrackCount] = {"inbound": TrackCount(), "outbound": TrackCount()}
        self._max_irregularities = keep
        self._sequence_numbers = NumberTracker()
        self._chunks: dict[Track, NumberTracker] = {"inbound": NumberTracker(), "outbound": NumberTracker()}
        self._unnumbered = 0

    @property
    def stream_sid(self) -> str | None:
        """The stream's SID, or None before the start message."""
        return self.start.stream_sid if self.start else None

    @property
    def account_sid(self) -> str | None:
        """The Project ID, or None before the start message."""
        return self.start.account_sid if self.start else None

    @property
    def call_sid(self) -> str | None:
        """The call's SID, or None before the start message."""
        return self.start.call_sid if self.start else None

    @property
    def parameters(self) -> dict[str, str]:
        """The stream's custom parameters."""
        return dict(self.start.custom_parameters) if self.start else {}

    @property
    def media_format(self) -> MediaFormat | None:
        """The encoding of the audio, or None before the start message."""
        return self.start.media_format if self.start else None

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks that the start message lists."""
        return self.start.tracks if self.start else ()

    @property
    def audio(self) -> Mapping[Track, TrackCount]:
        """How much audio of each track has arrived."""
        return MappingProxyType(self._audio)

    @property
    def ended_properly(self) -> bool:
        """Whether the stop message has arrived."""
        return self.state == "stopped"

    def feed(self, message: str | bytes | Message) -> Message:
        """Add the next message and return it parsed.

        - `message`: the text of a WebSocket message, or a message that is already parsed.

        Raises MessageError for invalid text, which is counted in `bad_messages`.
        Raises InputError for any other type.
        """
        if isinstance(message, _TEXT_TYPES):
            try:
                message = parse_message(message)
            except MessageError:
                self.bad_messages += 1
                raise
        elif not isinstance(message, Message):
            raise InputError("message", f"must be text or a parsed message; got {type(message).__name__}.")
        self.messages += 1
        # A piece of audio is compared with Media alone: `isinstance` is slow for a struct of another class.
        self.counts["unknown" if type(message) is UnknownMessage else message.event] += 1
        if not isinstance(message, Media) or self.state != "streaming":
            self._change_state(message)
        self._check_stream_sid(message)
        self._check_sequence_number(message)
        if isinstance(message, Media):
            self._count_audio(message)
        elif isinstance(message, Stop) and self.state != "lost":
            self.state = "stopped"
        return message

    def close(self) -> None:
        """Record that the connection is closed. Without a stop message the stream is `lost`."""
        if self.state != "stopped":
            self.state = "lost"

    def _change_state(self, message: Message) -> None:
        if self.state in {"stopped", "lost"}:
            self._add_irregularity("after_end", message)
        elif isinstance(message, Connected):
            self._handle_connected(message)
        elif isinstance(message, Start):
            self._handle_start(message)
        elif self.start is None:
            self._add_irregularity("before_start", message)

    def _handle_connected(self, message: Connected) -> None:
        if self.counts["connected"] > 1:
            self._add_irregularity("twice", message)
        if self.state == "new":
            self.state = "connected"

    def _handle_start(self, message: Start) -> None:
        if self.start is not None:
            self._add_irregularity("twice", message)
            return
        if self.state == "new":
            self._add_irregularity("before_connected", message)
        self.start = message
        self.state = "streaming"
        bytes_per_sample = _BYTES_PER_SAMPLE.get(message.media_format.encoding)
        for track_count in self._audio.values():
            track_count.bytes_per_second = bytes_per_sample and bytes_per_sample * message.media_format.sample_rate

    def _check_stream_sid(self, message: Message) -> None:
        stream_sid = getattr(message, "stream_sid", None)
        if stream_sid is not None and self.start is not None and stream_sid != self.start.stream_sid:
            self._add_irregularity("other_stream", message)

    def _check_sequence_number(self, message: Message) -> None:
        number: int | None = getattr(message, "sequence_number", None)
        if number is None:
            self._unnumbered += message.event != "connected"
            return
        numbers = self._sequence_numbers
        expected = numbers.highest + 1
        # In SignalWire's own example, the stop message repeats the number of the message before it.
        is_repeated_by_stop = number == numbers.highest and isinstance(message, Stop)
        if number == expected:
            numbers.highest = number  # as `add` does, without the time that a call takes
        elif not is_repeated_by_stop and (problem := numbers.add(number, self._unnumbered)):
            self._add_irregularity(problem, message, counter="sequence_number", expected=expected, got=number)
        self._unnumbered = 0

    def _count_audio(self, message: Media) -> None:
        track = message.track
        track_count = self._audio[track]
        track_count.messages += 1
        track_count.bytes += len(message.payload)
        if self.start is not None and track not in self.start.tracks:
            self._add_irregularity("other_track", message)
        chunks = self._chunks[track]
        expected = chunks.highest + 1
        if message.chunk == expected:
            chunks.highest = expected
        elif problem := chunks.add(message.chunk):
            self._add_irregularity(problem, message, counter="chunk", expected=expected, got=message.chunk)

    def _add_irregularity(
        self,
        kind: IrregularityKind,
        message: Message,
        **numbers: Any,  # noqa: ANN401  fields of Irregularity, of several types
    ) -> None:
        self.irregularity_counts[kind] += 1
        if len(self.irregularities) < self._max_irregularities:
            track = message.track if isinstance(message, Media) else None
            self.irregularities.append(Irregularity(kind, self.messages, message.event[:_MAX_EVENT], track, **numbers))

    def __enter__(self) -> StreamSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
