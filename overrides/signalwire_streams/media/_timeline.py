"""Interleaving: samples of several channels, put at their places and given out in order, silence between them."""

from __future__ import annotations

from collections.abc import Callable

_BLOCK = 2**16  # bytes of silence that are made at once


class Timeline:
    """Holds what is not given out yet. Places are counted in frames, a frame being a sample of each channel."""

    def __init__(self, give_out: Callable[[bytes], None], channels: int, max_bytes: int) -> None:
        self.written = 0
        self._give_out = give_out
        self._width = 2 * channels
        self._max_frames = max_bytes // self._width
        self._held = bytearray()

    @property
    def end(self) -> int:
        """Where the last sample so far ends."""
        return self.written + len(self._held) // self._width

    def put(self, pcm: bytes, channel: int, at: int, *, hold: int) -> bool:
        """Put 16-bit samples at a place, and hold no more than `hold` frames, or these alone where they are more.

        What lies before the frames already given out is cut off. Return whether anything was left.
        """
        end = at + len(pcm) // 2
        if end > self._max_frames:
            return False
        self.flush(min(at, end - hold))
        if at < self.written:
            pcm = pcm[2 * (self.written - at) :]
            at = self.written
        if not pcm:
            return False
        missing = (end - self.written) * self._width - len(self._held)
        if missing > 0:
            self._held += bytes(missing)
        first = (at - self.written) * self._width + 2 * channel
        last = first + len(pcm) // 2 * self._width
        self._held[first : last : self._width] = pcm[0::2]
        self._held[first + 1 : last + 1 : self._width] = pcm[1::2]
        return True

    def flush(self, until: int) -> None:
        """Give out the frames before a place, silence for those that never came."""
        count = until - self.written
        if count <= 0:
            return
        held = bytes(self._held[: count * self._width])
        del self._held[: count * self._width]
        if held:
            self._give_out(held)
        silence = count * self._width - len(held)
        while silence > 0:
            block = min(silence, _BLOCK // self._width * self._width)
            self._give_out(bytes(block))
            silence -= block
        self.written = until
