"""Interleave the samples of several channels by time, with silence in the gaps."""

from __future__ import annotations

from collections.abc import Callable

_SILENCE_BLOCK = 2**16  # bytes; bounds the memory of a long silence


class Timeline:
    """Collect 16-bit samples of several channels and write them out in order.

    Positions are frames. A frame is one sample of each channel.

    - `write`: receives the interleaved frames.
    """

    def __init__(self, write: Callable[[bytes], None], channels: int) -> None:
        self.written = 0
        """The position of the first frame that is not written out yet."""
        self._write = write
        self._frame_size = 2 * channels
        self._pending = bytearray()

    @property
    def end(self) -> int:
        """The position after the last sample."""
        return self.written + len(self._pending) // self._frame_size

    def put(self, pcm: bytes, channel: int, at: int, *, hold: int) -> bool:
        """Add samples of one channel, without those that are too late. Return whether any were added.

        - `at`: the position of the first sample.
        - `hold`: how many frames may stay in memory afterwards. More samples than that stay in memory alone.
        """
        end = at + len(pcm) // 2
        self.flush(min(at, end - hold))
        if at < self.written:
            pcm = pcm[2 * (self.written - at) :]
            at = self.written
        if not pcm:
            return False
        missing = (end - self.written) * self._frame_size - len(self._pending)
        if missing > 0:
            self._pending += bytes(missing)
        first = (at - self.written) * self._frame_size + 2 * channel
        last = first + len(pcm) // 2 * self._frame_size
        self._pending[first : last : self._frame_size] = pcm[0::2]
        self._pending[first + 1 : last + 1 : self._frame_size] = pcm[1::2]
        return True

    def flush(self, until: int) -> None:
        """Write out all frames before `until`, with silence where no samples were added."""
        count = until - self.written
        if count <= 0:
            return
        frames = bytes(self._pending[: count * self._frame_size])
        del self._pending[: count * self._frame_size]
        if frames:
            self._write(frames)
        silence = count * self._frame_size - len(frames)
        while silence > 0:
            block = min(silence, _SILENCE_BLOCK // self._frame_size * self._frame_size)
            self._write(bytes(block))
            silence -= block
        self.written = until
