"""What a session tells of a stream: its state, what came of each track, and what was irregular."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from signalwire_streams.media._messages import Track

SessionState: TypeAlias = Literal["new", "connected", "streaming", "stopped", "lost"]
"""`stopped`: the stop message came. `lost`: the connection was closed without one."""

IrregularityKind: TypeAlias = Literal[
    "gap",
    "repeat",
    "out_of_order",
    "before_connected",
    "before_start",
    "after_end",
    "twice",
    "other_track",
    "other_stream",
]


@attrs.frozen
class Irregularity:
    """Something that should not have come, or not so. `position` is which message of the session it was, from 1.

    - `gap`, `repeat`, `out_of_order`: of the `counter` (`sequence_number`, or `chunk` of the `track`), where `expected`
      should have come and `got` did. What is out of order fills an earlier gap.
    - `before_connected`, `before_start`, `after_end`: a message that came too early or too late.
    - `twice`: a second connected or start message; the first holds.
    - `other_track`, `other_stream`: audio of a track, or a message of a stream, that the start message did not name.
    """

    kind: IrregularityKind
    position: int
    event: str
    track: Track | None = None
    counter: Literal["sequence_number", "chunk"] | None = None
    expected: int | None = None
    got: int | None = None


@attrs.define
class TrackCount:
    """What came of one track. `seconds` is the length of its audio, None while its format is not known."""

    messages: int = 0
    bytes: int = 0
    bytes_per_second: int | None = None

    @property
    def seconds(self) -> float | None:
        return self.bytes / self.bytes_per_second if self.bytes_per_second else None
