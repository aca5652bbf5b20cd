"""Ctrl-C, SIGTERM and hang-ups."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType

from signalwire_streams.cli._output import print_problem


class Shutdown:
    """The end of a command that runs until a signal or another thread requests it."""

    def __init__(self) -> None:
        self._requests: SimpleQueue[None] = SimpleQueue()  # an Event that is set in a signal handler can deadlock

    def on_signals(self) -> None:
        """Request the shutdown when a signal arrives."""

        def handle(_: int, __: FrameType | None) -> None:
            self.request()

        for number in _signal_numbers():
            signal.signal(number, handle)

    def request(self) -> None:
        """End the wait."""
        self._requests.put(None)

    def wait(self) -> None:
        """Wait for a request."""
        while True:
            # Python handles a signal that arrives just before the wait only after it.
            with suppress(Empty):
                return self._requests.get(timeout=0.5)


class Interrupts:
    """Raise KeyboardInterrupt for the first signal, and ignore the rest.

    Programs that run commands often pass on a signal that the terminal has already sent to the whole process group.
    """

    def __init__(self, notice: str | None) -> None:
        self.received = False
        self._notice = notice
        self._ignored = False

    def ignore(self) -> None:
        """Ignore the first signal too, because the work is done."""
        self._ignored = True

    def __call__(self, _: int, __: FrameType | None) -> None:
        """Handle a signal."""
        if self._ignored:
            return
        self.received = self._ignored = True
        if self._notice is not None and sys.stderr is not None and sys.stderr.isatty():
            print_problem(self._notice)
        raise KeyboardInterrupt


@contextmanager
def interruptible(notice: str | None = None) -> Generator[Interrupts]:
    """Raise KeyboardInterrupt in the block for the first Ctrl-C, SIGTERM or hang-up, and ignore later ones.

    After an interrupt the command only cleans up and exits, so the signals stay ignored after the block.

    `notice`: printed when the signal arrives, if standard error is a terminal.
    """
    interrupts = Interrupts(notice)
    handlers = {number: signal.signal(number, interrupts) for number in _signal_numbers()}
    try:
        yield interrupts
    finally:
        for number, handler in handlers.items():
            signal.signal(number, signal.SIG_IGN if interrupts.received else handler)


def _signal_numbers() -> list[signal.Signals]:
    """Return the signals that end a command. Hang-ups are left alone where nohup ignores them."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    hang_up: signal.Signals | None = getattr(signal, "SIGHUP", None)  # None on Windows
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        numbers.append(hang_up)
    return numbers
