"""Measure the level of audio in dBFS."""

from __future__ import annotations

import math
import time
import warnings
from collections import deque
from collections.abc import Callable

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.11 and 3.12 deprecate the module
    import audioop

_FULL_SCALE = 32768


class Levels:
    """Measure the level of 16-bit samples as they arrive.

    All levels are in dBFS. A full-scale sine has a peak of 0 and a mean of -3. Digital silence is minus infinity.

    - `clock`: returns the time in seconds.
    """

    WINDOW = 0.3
    """How many seconds `recent` covers."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._squares = 0
        self._samples = 0
        self._peak = 0
        self._window: deque[tuple[float, int, int]] = deque()  # arrival time, sum of squares, samples of each piece

    @property
    def mean(self) -> float:
        """The root mean square of all samples."""
        return _mean(self._squares, self._samples)

    @property
    def peak(self) -> float:
        """The highest sample."""
        return _dbfs(self._peak)

    @property
    def recent(self) -> float:
        """The root mean square of the samples that arrived within the last `WINDOW` seconds."""
        since = self._clock() - self.WINDOW
        recent = [piece for piece in self._window.copy() if piece[0] >= since]
        return _mean(sum(squares for _, squares, _ in recent), sum(samples for _, _, samples in recent))

    def add(self, pcm: bytes) -> None:
        """Add the next samples."""
        now = self._clock()
        samples = len(pcm) // 2
        squares = audioop.rms(pcm, 2) ** 2 * samples
        self._squares += squares
        self._samples += samples
        self._peak = max(self._peak, audioop.max(pcm, 2))
        self._window.append((now, squares, samples))
        while self._window[0][0] < now - self.WINDOW:
            self._window.popleft()


def _mean(squares: int, samples: int) -> float:
    return _dbfs(math.sqrt(squares / samples)) if samples else -math.inf


def _dbfs(value: float) -> float:
    return 20 * math.log10(value / _FULL_SCALE) if value else -math.inf
