"""An account of one stream, from its messages. It does no input or output, and nothing that comes is fatal to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any

from signalwire_streams._errors import InputError, MessageError
from signalwire_streams.media._account import Irregularity, IrregularityKind, SessionState, TrackCount
from signalwire_streams.media._messages import (
    L16,
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
from signalwire_streams.media._numbers import Numbers
from signalwire_streams.media._parse import parse_message

_TEXT = (str, bytes, bytearray, memoryview)
_BYTES_PER_SAMPLE = {PCMU: 1, L16: 2}


class StreamSession:
    """Knows of a stream what its messages have told so far.

    Feed it each message, and close it with the connection, or use it as a context manager, which does that.

        with StreamSession() as session:
            async for text in websocket:
                message = session.feed(text)

    `messages` counts them, `counts` by event (`unknown` for those that this package does not know), and `bad_messages`
    what was no message. `irregularities` holds the first hundred (`keep`), `irregularity_counts` counts all by kind.
    """

    def __init__(self, *, keep: int = 100) -> None:
        self.state: SessionState = "new"
        self.start: Start | None = None
        self.messages: int = 0
        self.bad_messages: int = 0
        self.counts: Counter[str] = Counter()
        self.irregularities: list[Irregularity] = []
        self.irregularity_counts: Counter[IrregularityKind] = Counter()
        self._audio: dict[Track, TrackCount] = {"inbound": TrackCount(), "outbound": TrackCount()}
        self._keep = keep
        self._sequence = Numbers()
        self._chunks: dict[Track, Numbers] = {"inbound": Numbers(), "outbound": Numbers()}
        self._unnumbered = 0

    @property
    def stream_sid(self) -> str | None:
        return self.start.stream_sid if self.start else None

    @property
    def account_sid(self) -> str | None:
        return self.start.account_sid if self.start else None

    @property
    def call_sid(self) -> str | None:
        return self.start.call_sid if self.start else None

    @property
    def parameters(self) -> dict[str, str]:
        """The custom parameters that the stream was started with."""
        return dict(self.start.custom_parameters) if self.start else {}

    @property
    def media_format(self) -> MediaFormat | None:
        return self.start.media_format if self.start else None

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks that the start message announced."""
        return self.start.tracks if self.start else ()

    @property
    def audio(self) -> Mapping[Track, TrackCount]:
        """What came of each of the two tracks."""
        return MappingProxyType(self._audio)

    @property
    def ended_properly(self) -> bool:
        """Whether the stop message came."""
        return self.state == "stopped"

    def feed(self, message: str | bytes | Message) -> Message:
        """Take the next message, and return it parsed. A text that is none is counted, and its MessageError raised."""
        if isinstance(message, _TEXT):
            try:
                message = parse_message(message)
            except MessageError:
                self.bad_messages += 1
                raise
        elif not isinstance(message, Message):
            raise InputError("message", f"is of type {type(message).__name__}; expected text or a message.")
        self.messages += 1
        self.counts["unknown" if isinstance(message, UnknownMessage) else message.event] += 1
        if self.state in {"stopped", "lost"}:
            self._note("after_end", message)
        elif isinstance(message, Connected):
            self._connect(message)
        elif isinstance(message, Start):
            self._begin(message)
        elif self.start is None:
            self._note("before_start", message)
        self._follow(message)
        if isinstance(message, Media):
            self._hear(message)
        elif isinstance(message, Stop) and self.state != "lost":
            self.state = "stopped"
        return message

    def close(self) -> None:
        """Say that the connection is closed: without a stop message before, the stream is `lost`."""
        if self.state != "stopped":
            self.state = "lost"

    def _connect(self, message: Connected) -> None:
        if self.counts["connected"] > 1:
            self._note("twice", message)
        if self.state == "new":
            self.state = "connected"

    def _begin(self, message: Start) -> None:
        if self.start is not None:
            self._note("twice", message)
            return
        if self.state == "new":
            self._note("before_connected", message)
        self.start = message
        self.state = "streaming"
        width = _BYTES_PER_SAMPLE.get(message.media_format.encoding)
        for count in self._audio.values():
            count.bytes_per_second = width and width * message.media_format.sample_rate

    def _follow(self, message: Message) -> None:
        """Look at the number of the message, and at the stream it is of."""
        stream_sid = getattr(message, "stream_sid", None)
        if stream_sid is not None and self.start is not None and stream_sid != self.start.stream_sid:
            self._note("other_stream", message)
        number: int | None = getattr(message, "sequence_number", None)
        if number is None:
            self._unnumbered += message.event != "connected"
            return
        expected = self._sequence.highest + 1
        # In the vendor's own example, a stop has the number of the message before it.
        again = isinstance(message, Stop) and number == self._sequence.highest
        if not again and (odd := self._sequence.see(number, self._unnumbered)):
            self._note(odd, message, counter="sequence_number", expected=expected, got=number)
        self._unnumbered = 0

    def _hear(self, message: Media) -> None:
        count = self._audio[message.track]
        count.messages += 1
        count.bytes += len(message.payload)
        if self.start is not None and message.track not in self.start.tracks:
            self._note("other_track", message)
        chunks = self._chunks[message.track]
        expected = chunks.highest + 1
        if odd := chunks.see(message.chunk):
            self._note(odd, message, counter="chunk", expected=expected, got=message.chunk)

    def _note(self, kind: IrregularityKind, message: Message, **numbers: Any) -> None:  # noqa: ANN401  fields of it
        self.irregularity_counts[kind] += 1
        if len(self.irregularities) < self._keep:
            track = message.track if isinstance(message, Media) else None
            self.irregularities.append(Irregularity(kind, self.messages, message.event, track, **numbers))

    def __enter__(self) -> StreamSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
