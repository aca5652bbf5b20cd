"""Irregularities of a stream: messages that are missing, repeated, out of order or unexpected."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from signalwire_streams.media._messages import Track

OrderProblem: TypeAlias = Literal["gap", "repeat", "out_of_order"]

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
"""The kind of an `Irregularity`, which explains each."""

_MAX_GAPS = 100  # bounds the memory; a number from a forgotten gap counts as a repeat


@attrs.frozen
class Irregularity:
    """A message that should not have arrived, or not at this point.

    - `kind`: what is irregular, see below.
    - `position`: the message's position in the session, from 1.
    - `event`: the message's event, at most 100 characters of it.
    - `track`: the track, if the message is audio.
    - `counter`: the number that is out of step: the message's `sequence_number`, or the track's `chunk`.
    - `expected`: the number that should have arrived.
    - `got`: the number that arrived.

    The kinds:

    - `gap`: one or more numbers were skipped.
    - `repeat`: the number has arrived before.
    - `out_of_order`: the number fills an earlier gap.
    - `before_connected`: a start message arrived before the connected message.
    - `before_start`: a message arrived before the start message.
    - `after_end`: a message arrived after the stop message, or after the connection was closed.
    - `twice`: a second connected or start message arrived. The first one stays valid.
    - `other_track`: audio arrived for a track that the start message does not list.
    - `other_stream`: a message arrived for another stream.
    """

    kind: IrregularityKind
    position: int
    event: str
    track: Track | None = None
    counter: Literal["sequence_number", "chunk"] | None = None
    expected: int | None = None
    got: int | None = None


class NumberTracker:
    """Check numbers that should arrive one by one, starting at 1."""

    def __init__(self) -> None:
        self.highest = 0
        self._gaps: list[tuple[int, int]] = []  # first and last missing number

    def add(self, number: int, unnumbered: int = 0) -> OrderProblem | None:
        """Record the next number and return its problem, if any.

        - `unnumbered`: how many messages without a number arrived since the last one. The sender may have counted them.
        """
        first = self.highest + 1
        if first <= number <= first + unnumbered:
            self.highest = number
            return None
        if number > first:
            self._gaps = [*self._gaps, (first, number - 1)][-_MAX_GAPS:]
            self.highest = number
            return "gap"
        for index, (low, high) in enumerate(self._gaps):
            if low <= number <= high:
                rest = [(start, end) for start, end in [(low, number - 1), (number + 1, high)] if start <= end]
                self._gaps = [*self._gaps[:index], *rest, *self._gaps[index + 1 :]][-_MAX_GAPS:]
                return "out_of_order"
        return "repeat"
