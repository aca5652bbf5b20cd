"""Turn a stream's messages into windows of samples, without I/O."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator

import attrs

from signalwire_streams._checks import check_choice, check_seconds
from signalwire_streams._errors import InputError
from signalwire_streams.media._encodings import ByteOrder, check_byte_order
from signalwire_streams.media._messages import Media, Message, Start, Track
from signalwire_streams.media._placement import Placement
from signalwire_streams.media._windows._audio_window import AudioWindow, Samples
from signalwire_streams.media._windows._cutting import Cutter
from signalwire_streams.media._windows._decoding import get_decoder
from signalwire_streams.media._windows._options import MAX_SECONDS, check_sample_rate, check_window
from signalwire_streams.media._windows._outputs import CHANNELS, Channels, Output, Separate, Stereo
from signalwire_streams.media._windows._resampling import MAX_RATIO, QUALITIES, Quality, Resampler


@attrs.define(eq=False)
class _Line:
    """A track's audio on its way to the windows."""

    track: Track
    resampler: Resampler
    end: int = 0
    """The position after the last sample that is accepted. All before it is decided."""


@attrs.frozen(eq=False)
class _Piece:
    line: _Line
    at: int
    samples: Samples


class AudioWindows:
    """Turn a stream's messages into windows of float32 samples, at the sample rate that you choose.

        audio = AudioWindows(sample_rate=16_000, samples=512)
        async for text in websocket:
            for window in audio.feed(session.feed(text)):
                ...
        for window in audio.close():
            ...

    - `sample_rate`: the rate of the windows, up to 192,000 Hz. At the stream's own rate, samples stay as they are.
    - `samples`: how many samples a window has.
    - `seconds`: how long a window is, rounded to whole samples. Without `samples` and `seconds`, each piece of audio
      becomes a window as it arrives, usually of 20 ms.
    - `hop`: from the start of a window to the start of the next, in samples with `samples` and in seconds with
      `seconds`. By default, windows do not overlap.
    - `channels`: `separate` gives windows of each track. `stereo` gives windows of both tracks, inbound on the left.
    - `quality`: the quality of resampling, `low`, `medium` or `high`. `medium` holds 6 ms back at 8 kHz, and `high`
      holds 18 ms back.
    - `byte_order`: the byte order of L16, which SignalWire does not document. See `decode_audio`.
    - `max_delay`: how many seconds a track may be behind the other in stereo. After that, it is silent there.
    - `max_silence`: how many seconds of silence may fill gaps, in all. By default, as many as a live stream can need:
      the time since the start message, plus the audio so far, plus two seconds.
    - `clock`: returns the time in seconds by which messages arrive.

    Raises InputError for invalid options.

    Each piece is placed by its timestamp, and missing audio becomes silence. Timestamps jitter, so a piece that
    directly follows the previous chunk is joined to it, unless its timestamp is 20 ms or more past that chunk's end.

    A piece is dropped if it arrives late, twice or before the start message, belongs to a track that the start message
    does not list, needs more silence than `max_silence`, or contains half a sample or none. `dropped` counts them.

    Sample k of a track belongs to the time `k / sample_rate`. Apart from overlap and padding, the windows are together
    as long as the stream. In stereo, a track that the stream does not have is silent.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        samples: int | None = None,
        seconds: float | None = None,
        hop: float | None = None,
        channels: Channels = "separate",
        quality: Quality = "medium",
        byte_order: ByteOrder = "little",
        max_delay: float = 1.0,
        max_silence: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.dropped: Counter[Track] = Counter()
        """How many pieces of each track were dropped."""
        self._sample_rate = check_sample_rate(sample_rate)
        self._size, self._hop = check_window(self._sample_rate, samples, seconds, hop)
        check_choice("channels", channels, CHANNELS)
        check_choice("quality", quality, QUALITIES)
        check_byte_order(byte_order)
        self._is_stereo = channels == "stereo"
        self._quality: Quality = quality
        self._byte_order: ByteOrder = byte_order
        self._max_delay = check_seconds("max_delay", max_delay, MAX_SECONDS)
        self._max_silence = None if max_silence is None else check_seconds("max_silence", max_silence)
        self._clock = clock
        self._placement: Placement | None = None
        self._lines: dict[Track, _Line] = {}
        self._pieces: deque[_Piece] = deque()
        self._windows: deque[AudioWindow] = deque()
        self._is_closed = False

    def feed(self, message: Message) -> Iterator[AudioWindow]:
        """Add the next message and return the windows that are now whole. Only start and media messages matter.

        The message is added at once, and windows are made as you take them. Those that you leave come with the next
        message.

        Raises InputError for a start message with an unknown encoding or a sample rate that cannot be resampled, for
        text, which `StreamSession.feed` parses, and after `close()`.
        """
        if self._is_closed:
            raise InputError("message", "cannot be added, because the windows are closed.")
        if isinstance(message, Media):
            if not self._add_audio(message):
                self.dropped[message.track] += 1
        elif isinstance(message, Start) and self._placement is None:
            self._begin(message)
        elif not isinstance(message, Message):
            raise InputError("message", f"must be a parsed message; got {type(message).__name__}. Parse text first.")
        return self._take()

    def close(self) -> list[AudioWindow]:
        """Return the windows that were not whole yet, padded with silence. Further calls return none."""
        if self._is_closed:
            return []
        self._is_closed = True
        while self._pieces:
            self._resample_next()
        if self._is_stereo:
            self._fill(max((line.end for line in self._lines.values()), default=0))
        for line in self._lines.values():
            self._windows += self._output.add(line.track, line.resampler.close())
        if self._placement is not None:
            self._windows += self._output.close()
        return list(self._windows)

    def _begin(self, start: Start) -> None:
        decode = get_decoder(start.media_format, self._byte_order)
        placement = Placement(start, max_silence=self._max_silence, clock=self._clock)
        rate = placement.sample_rate
        if not 1 / MAX_RATIO <= self._sample_rate / rate <= MAX_RATIO:
            raise InputError(
                "message", f"has a sample rate of {rate}, which cannot be resampled to {self._sample_rate} Hz."
            )
        self._decode = decode
        overlap = self._size / self._hop if self._size and self._hop else 1
        self._lines = {
            track: _Line(track, Resampler(rate, self._sample_rate, self._quality, overlap))
            for track in placement.tracks
        }
        self._lag = int(self._max_delay * rate)
        new_output = Stereo if self._is_stereo else Separate
        self._output: Output = new_output(
            placement.tracks, lambda track: Cutter(track, self._sample_rate, self._size, self._hop)
        )
        self._placement = placement

    def _add_audio(self, media: Media) -> bool:
        """Put a piece of audio in line. Return False if it is dropped."""
        place = self._placement
        line = self._lines.get(media.track)
        if place is None or line is None or not place.is_next(media):
            return False
        try:
            samples = self._decode(media.payload)
        except ValueError:  # half a sample
            return False
        at = place.find(media)
        end = at + len(samples)
        if end <= line.end or not len(samples) or not place.allows(at):
            return False
        place.add(media, at, len(samples))
        late = max(0, line.end - at)
        self._pieces.append(_Piece(line, at + late, samples[late:]))
        line.end = end
        if self._is_stereo:
            for other in self._lines.values():
                other.end = max(other.end, end - self._lag)
        return True

    def _take(self) -> Iterator[AudioWindow]:
        while self._windows or self._pieces:
            if self._windows:
                yield self._windows.popleft()
            else:
                self._resample_next()

    def _resample_next(self) -> None:
        """Resample the silence before the next piece, or that piece, or the first step of either."""
        piece = self._pieces.popleft()
        resampler = piece.line.resampler
        if (silence := piece.at - resampler.position) > 0:
            samples = resampler.add_silence(min(silence, resampler.step))
            self._pieces.appendleft(piece)
        else:
            samples = resampler.add(piece.samples[: resampler.step])
            if len(piece.samples) > resampler.step:
                rest = piece.samples[resampler.step :]
                self._pieces.appendleft(_Piece(piece.line, resampler.position, rest))
        self._windows += self._output.add(piece.line.track, samples)
        if self._is_stereo:
            self._fill(resampler.position - self._lag)

    def _fill(self, until: int) -> None:
        """Add silence to each track that ends before `until`."""
        for line in self._lines.values():
            if (missing := until - line.resampler.position) > 0:
                self._windows += self._output.add(line.track, line.resampler.add_silence(missing))
