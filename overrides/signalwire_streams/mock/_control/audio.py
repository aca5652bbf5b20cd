"""The audio that a stream has sent, computed anew: the mock's audio is a function of the time in the stream."""

from __future__ import annotations

import asyncio
import math
import struct
import warnings
from array import array
from collections.abc import AsyncGenerator, Callable

from signalwire_streams.mock._records import MockStream
from signalwire_streams.mock._streams import FRAME_MILLISECONDS, SessionConfig

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the standard library's, before Python 3.13
    import audioop

FRAMES_PER_SECOND = 1000 // FRAME_MILLISECONDS
WAV_FRAMES = 5 * 60 * FRAMES_PER_SECOND
"""The most frames of a WAV file: the last five minutes."""
MAX_BEHIND = 65536
"""The bytes that the reader of a track may be behind before it misses the oldest audio."""
FLOOR = -96.0
"""The level of silence in dBFS: below that of the smallest sample."""
_SECONDS_BETWEEN_LOOKS = 0.04
_FULL_SCALE = 32768


class StreamAudio:
    """The audio of a stream, from its first frame to the last one sent."""

    def __init__(self, stream: MockStream, config: SessionConfig) -> None:
        self.stream = stream
        try:
            self.format = config.format_of(stream)
        except ValueError:  # a codec that the mock does not have, so there is no audio
            self.format = config.audio_format
        self._payloads = config.payloads(self.format)

    @property
    def frames(self) -> int:
        """The number of frames sent on each track."""
        return self.stream.sent.counts["media"] // len(self.stream.tracks)

    def samples(self, track: str, first: int, last: int) -> bytes:
        """Return 16-bit samples in native byte order, of the frames from `first` to before `last`."""
        return self.format.decode(self._payloads[track].join(first, last))

    def level(self, track: str, first: int, last: int) -> tuple[float, float]:
        """Return the RMS and the peak of frames, in dBFS."""
        samples = self.samples(track, first, last)
        return _dbfs(audioop.rms(samples, 2)), _dbfs(audioop.max(samples, 2))

    async def listen(self, track: str, is_over: Callable[[], bool]) -> AsyncGenerator[bytes, None]:
        """Yield the encoded audio of a track from now on, until the stream ends or `is_over`."""
        payloads, position = self._payloads[track], self.frames
        while True:
            is_last = self.stream.status != "in-progress" or is_over()
            frames = self.frames
            first = max(position, frames - MAX_BEHIND // payloads.size)
            position = frames
            if first < frames:
                yield payloads.join(first, frames)
            if is_last:
                return
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    def wav(self) -> tuple[int, AsyncGenerator[bytes, None]]:
        """Return the size and the bytes of a WAV file of the last five minutes. Both tracks are two channels."""
        last = self.frames
        first = max(0, last - WAV_FRAMES)
        rate, channels = self.format.sample_rate, len(self.stream.tracks)
        size = (last - first) * (rate // FRAMES_PER_SECOND) * 2 * channels
        header = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            *(b"RIFF", 36 + size, b"WAVE"),
            *(b"fmt ", 16, 1, channels, rate, rate * 2 * channels, 2 * channels, 16),
            *(b"data", size),
        )
        return len(header) + size, self._wav_chunks(header, first, last)

    async def _wav_chunks(self, header: bytes, first: int, last: int) -> AsyncGenerator[bytes, None]:
        yield header
        for start in range(first, last, FRAMES_PER_SECOND):
            end = min(start + FRAMES_PER_SECOND, last)
            yield _interleaved([self.samples(track, start, end) for track in self.stream.tracks])
            await asyncio.sleep(0)  # so that streams are not late


def _interleaved(channels: list[bytes]) -> bytes:
    """Return the samples of all channels in turn, little-endian."""
    samples = array("h", bytes(sum(map(len, channels))))
    for index, channel in enumerate(channels):
        samples[index :: len(channels)] = array("h", channel)
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        samples.byteswap()
    return samples.tobytes()


def _dbfs(value: int) -> float:
    return round(20 * math.log10(value / _FULL_SCALE), 1) if value else FLOOR
