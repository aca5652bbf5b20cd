"""Place pieces of audio by their timestamps, and limit the silence between them."""

from __future__ import annotations

from collections.abc import Callable

from signalwire_streams._errors import InputError
from signalwire_streams.media._messages import Media, Start, Track

_JITTER = 0.020  # seconds that the timestamp of the next chunk may lie past the end of the previous one
_LEAD = 2.0  # seconds that a timestamp may run ahead of the clock
_MAX_SAMPLE_RATE = 48_000  # twice the highest rate that SignalWire documents


class Placement:
    """Decide where each piece of a stream's audio belongs.

    Positions are samples since the start of the stream.

    - `max_silence`: how many seconds of silence may fill gaps, in all. None: as many as a live stream can need, which
      is the time since the start message, plus the audio so far, plus two seconds.
    - `clock`: returns the time in seconds by which messages arrive.

    Raises InputError for a sample rate that is not 1 to 48,000 Hz.
    """

    def __init__(self, start: Start, *, max_silence: float | None, clock: Callable[[], float]) -> None:
        self.sample_rate = start.media_format.sample_rate
        if not 1 <= self.sample_rate <= _MAX_SAMPLE_RATE:
            raise InputError("message", f"must have a sample rate of 1 to {_MAX_SAMPLE_RATE}; got {self.sample_rate}.")
        self.tracks: list[Track] = [track for track in ("inbound", "outbound") if track in start.tracks]
        self.positions = dict.fromkeys(self.tracks, 0)
        """The position after the latest chunk of each track."""
        self._chunks = dict.fromkeys(self.tracks, 0)
        self._end = 0  # of the audio of all tracks
        self._silence = 0  # samples that lay between that end and a piece
        self._max_silence = max_silence
        self._clock = clock
        self._started_at = clock()

    def is_next(self, media: Media) -> bool:
        """Whether no later chunk of its track has been added."""
        return media.chunk > self._chunks[media.track]

    def find(self, media: Media) -> int:
        """Return the position of a piece.

        Timestamps jitter, so a piece that directly follows the previous chunk is joined to it, unless its timestamp is
        20 ms or more past that chunk's end.
        """
        at = media.timestamp * self.sample_rate // 1000
        end = self.positions[media.track]
        if media.chunk == self._chunks[media.track] + 1 and at - end < _JITTER * self.sample_rate:
            return end
        return at

    def allows(self, at: int) -> bool:
        """Whether the silence before a piece at this position is within the limit.

        The sender chooses the timestamps, so without the limit a few messages could ask for endless silence.
        """
        gap = at - self._end
        return gap <= 0 or self._silence + gap <= self._allowed_silence()

    def add(self, media: Media, at: int, samples: int) -> None:
        """Record a piece that was placed."""
        self._silence += max(0, at - self._end)
        self._end = max(self._end, at + samples)
        if self.is_next(media):
            self._chunks[media.track] = media.chunk
            self.positions[media.track] = at + samples

    def _allowed_silence(self) -> float:
        """Return how many samples of silence may fill gaps by now."""
        if self._max_silence is not None:
            return self._max_silence * self.sample_rate
        audio = self._end - self._silence
        return (self._clock() - self._started_at + _LEAD) * self.sample_rate + audio
