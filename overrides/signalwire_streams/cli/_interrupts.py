"""Ctrl-C and its kin, so that a command can put in order what it has begun."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType

from signalwire_streams.cli._output import complain


class Ending:
    """The end of a command that runs until it is told to: by a signal, whose handler this is, or by a thread."""

    def __init__(self) -> None:
        self._told: SimpleQueue[None] = SimpleQueue()  # setting an Event in a signal's handler can hang

    def __call__(self, _: int, __: FrameType | None) -> None:
        """Take a signal."""
        self.tell()

    def tell(self) -> None:
        """End the wait."""
        self._told.put(None)

    def wait(self) -> None:
        """Wait for the end."""
        while True:
            # A signal that comes just before the wait is seen to when the wait is over.
            with suppress(Empty):
                return self._told.get(timeout=0.5)


_PASSED_ON_SECONDS = 0.3


class Interrupts:
    """Raise KeyboardInterrupt for the first signal and for the second, and ignore all that follow.

    Programs that start commands often pass on what the terminal has sent to all. So a signal that comes right after
    the first one is no second one.
    """

    def __init__(self, notice: str | None) -> None:
        self._first: float | None = None
        self._notice = notice
        self._ignored = False

    @property
    def came(self) -> bool:
        """Whether a signal came."""
        return self._first is not None

    def ignore(self) -> None:
        """Ignore all from now on, as the work is done."""
        self._ignored = True

    def __call__(self, _: int, __: FrameType | None) -> None:
        """Take a signal."""
        now = time.monotonic()
        if self._ignored or (self._first is not None and now - self._first < _PASSED_ON_SECONDS):
            return
        if self._first is not None:
            self._ignored = True
            raise KeyboardInterrupt
        self._first = now
        if self._notice is not None and sys.stderr is not None and sys.stderr.isatty():
            complain(self._notice)
        raise KeyboardInterrupt


@contextmanager
def interruptible(notice: str | None = None) -> Generator[Interrupts]:
    """Raise KeyboardInterrupt in the block for Ctrl-C, SIGTERM or a hang-up, as `Interrupts` says.

    `notice`: written when the first one comes, if standard error is a terminal. After the block the signals stay
    ignored if one came, because all that is left is to end.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:  # as nohup has it
        numbers.append(hang_up)
    interrupts = Interrupts(notice)
    before = {number: signal.signal(number, interrupts) for number in numbers}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if interrupts.came else handler)
