"""How loud the audio of a track is, in dBFS."""

from __future__ import annotations

import math
import time
import warnings
from collections import deque
from collections.abc import Callable

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the module in Python 3.11 and 3.12
    import audioop

_FULL_SCALE = 32768


class Levels:
    """Measures 16-bit samples as they come: `mean` and `peak` of all, `recent` of the last three tenths of a second.

    All are in dBFS, where a sine at full scale has a peak of 0 and a mean (root of the mean square) of -3. What is
    silent to the last bit is minus infinity.
    """

    WINDOW = 0.3  # seconds

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._squares = 0
        self._samples = 0
        self._highest = 0
        self._window: deque[tuple[float, int, int]] = deque()

    @property
    def mean(self) -> float:
        return _mean(self._squares, self._samples)

    @property
    def peak(self) -> float:
        return _dbfs(self._highest)

    @property
    def recent(self) -> float:
        """Of what has come lately; minus infinity when nothing has."""
        since = self._clock() - self.WINDOW
        lately = [piece for piece in self._window.copy() if piece[0] >= since]
        return _mean(sum(squares for _, squares, _ in lately), sum(samples for _, _, samples in lately))

    def add(self, pcm: bytes) -> None:
        """Take the next samples."""
        now = self._clock()
        samples = len(pcm) // 2
        squares = audioop.rms(pcm, 2) ** 2 * samples
        self._squares += squares
        self._samples += samples
        self._highest = max(self._highest, audioop.max(pcm, 2))
        self._window.append((now, squares, samples))
        while self._window[0][0] < now - self.WINDOW:
            self._window.popleft()


def _mean(squares: int, samples: int) -> float:
    return _dbfs(math.sqrt(squares / samples)) if samples else -math.inf


def _dbfs(value: float) -> float:
    return 20 * math.log10(value / _FULL_SCALE) if value else -math.inf
