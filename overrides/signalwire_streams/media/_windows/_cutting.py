"""Cut a run of samples into windows."""

from __future__ import annotations

import numpy as np

from signalwire_streams.media._messages import Track
from signalwire_streams.media._windows._audio_window import AudioWindow, Samples


class Cutter:
    """Cut the samples of one track, or of stereo, into windows.

    - `size`: samples of a window. None: each piece is a window.
    - `hop`: samples from the start of one window to the start of the next, at most `size`.
    """

    def __init__(self, track: Track | None, sample_rate: int, size: int | None, hop: int | None) -> None:
        self._track: Track | None = track
        self._sample_rate = sample_rate
        self._size = size
        self._hop = hop or size
        self._start = 0  # of the next window
        self._pieces: list[Samples] = []
        self._length = 0  # of all pieces, the first of which begins at the start of the next window
        self._covered = 0  # samples of that length which the last window holds too

    def add(self, samples: Samples) -> list[AudioWindow]:
        """Add samples and return the windows that are whole."""
        if not len(samples):
            return []
        if self._size is None or self._hop is None:
            window = self._make(samples)
            self._start += len(samples)
            return [window]
        self._pieces.append(samples)
        self._length += len(samples)
        if self._length < self._size:
            return []
        joined = np.concatenate(self._pieces)
        windows: list[AudioWindow] = []
        at = 0
        while at + self._size <= self._length:
            windows.append(self._make(joined[at : at + self._size].copy()))
            at += self._hop
            self._start += self._hop
        self._pieces = [joined[at:].copy()]
        self._length -= at
        self._covered = self._size - self._hop
        return windows

    def close(self) -> list[AudioWindow]:
        """Return the window that is not whole, padded with silence, unless the last window holds all of it."""
        if self._size is None or self._length <= self._covered:
            return []
        padding = self._size - self._length
        joined = np.concatenate(self._pieces)
        silence = np.zeros((padding, *joined.shape[1:]), np.float32)
        return [self._make(np.concatenate([joined, silence]), padding)]

    def _make(self, samples: Samples, padding: int = 0) -> AudioWindow:
        return AudioWindow(self._track, self._start / self._sample_rate, samples, self._sample_rate, padding)
