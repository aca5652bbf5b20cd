"""Where resampled audio goes: windows of each track, or stereo windows of both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias, get_args

import numpy as np

from signalwire_streams.media._messages import Track
from signalwire_streams.media._windows._audio_window import AudioWindow, Samples
from signalwire_streams.media._windows._cutting import Cutter

Channels: TypeAlias = Literal["separate", "stereo"]

CHANNELS: tuple[str, ...] = get_args(Channels)

NewCutter: TypeAlias = Callable[[Track | None], Cutter]


class Output(Protocol):
    """Take the resampled audio of each track and return windows."""

    def add(self, track: Track, samples: Samples) -> list[AudioWindow]:
        """Add samples and return the windows that are whole."""
        ...

    def close(self) -> list[AudioWindow]:
        """Return the windows that are not whole, padded."""
        ...


class Separate:
    """Give each track windows of its own."""

    def __init__(self, tracks: list[Track], new_cutter: NewCutter) -> None:
        self._cutters = {track: new_cutter(track) for track in tracks}

    def add(self, track: Track, samples: Samples) -> list[AudioWindow]:
        """Add samples and return the windows that are whole."""
        return self._cutters[track].add(samples)

    def close(self) -> list[AudioWindow]:
        """Return the window of each track that is not whole."""
        return [window for cutter in self._cutters.values() for window in cutter.close()]


class Stereo:
    """Pair the samples of both tracks, inbound on the left. A track that the stream does not have is silent."""

    def __init__(self, tracks: list[Track], new_cutter: NewCutter) -> None:
        self._cutter = new_cutter(None)
        self._waiting: dict[Track, deque[Samples]] = {track: deque() for track in tracks}
        self._lengths = dict.fromkeys(tracks, 0)

    def add(self, track: Track, samples: Samples) -> list[AudioWindow]:
        """Add samples and return the windows that are whole in both tracks."""
        self._waiting[track].append(samples)
        self._lengths[track] += len(samples)
        count = min(self._lengths.values())
        if not count:
            return []
        pairs = np.zeros((count, 2), np.float32)
        for each, waiting in self._waiting.items():
            pairs[:, 0 if each == "inbound" else 1] = _take(waiting, count)
            self._lengths[each] -= count
        return self._cutter.add(pairs)

    def close(self) -> list[AudioWindow]:
        """Return the window that is not whole."""
        return self._cutter.close()


def _take(waiting: deque[Samples], count: int) -> Samples:
    """Take the first samples, and leave the others as they are, because a track may be far ahead of the other."""
    taken: list[Samples] = []
    while count:
        samples = waiting.popleft()
        if len(samples) > count:
            waiting.appendleft(samples[count:])
        taken.append(samples[:count])
        count -= len(taken[-1])
    return np.concatenate(taken)
