"""What the numbers of messages tell: that some were skipped, came again, or came late."""

from __future__ import annotations

from typing import Literal

_MAX_GAPS = 100  # remembered at once; a number of an older gap that still comes is taken for a repeat


class Numbers:
    """Numbers that should come one by one, from 1."""

    def __init__(self) -> None:
        self.highest = 0
        self._gaps: list[tuple[int, int]] = []  # the first and the last number of each

    def see(self, number: int, unnumbered: int = 0) -> Literal["gap", "repeat", "out_of_order"] | None:
        """Return what is odd about the number that comes now.

        `unnumbered` messages came since the last number; a sender may have counted them, or not.
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
                rest = [(low, number - 1), (number + 1, high)]
                self._gaps[index : index + 1] = [(start, end) for start, end in rest if start <= end]
                return "out_of_order"
        return "repeat"
