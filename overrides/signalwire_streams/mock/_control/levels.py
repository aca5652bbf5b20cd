"""The levels of all running streams."""

from __future__ import annotations

from typing import Any

from signalwire_streams.mock._control.audio import FLOOR, FRAMES_PER_SECOND, StreamAudio
from signalwire_streams.mock._state import State
from signalwire_streams.mock._streams import SessionConfig

_MOST_FRAMES = FRAMES_PER_SECOND // 2
"""The frames that a level is made of, if the audio is faster than real time."""


class LevelMeter:
    """Measures the levels of running streams."""

    def __init__(self, config: SessionConfig, state: State) -> None:
        self._config = config
        self._state = state
        self._metered: dict[str, tuple[StreamAudio, int]] = {}

    def measure(self) -> dict[str, Any]:
        """Return the levels since the last measurement of all streams that have sent audio."""
        levels: dict[str, Any] = {}
        metered: dict[str, tuple[StreamAudio, int]] = {}
        for stream in self._state.running_streams:
            audio, position = self._metered.get(stream.sid) or (StreamAudio(stream, self._config), 0)
            frames = audio.frames
            if frames == 0:  # it has nobody to send to
                continue
            metered[stream.sid] = audio, frames
            first = max(position, frames - _MOST_FRAMES)
            levels[stream.sid] = {
                track: audio.level(track, first, frames) if first < frames else (FLOOR, FLOOR)
                for track in stream.tracks
            } | {"behind": round(stream.behind, 2), "sent": sum(stream.sent.counts.values())}
        self._metered = metered
        return levels
