"""Ctrl-C, SIGTERM and hang-ups."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType

from signalwire_streams.cli._output import print_problem

_FORWARDING_SECONDS = 0.3
_MAX_NAMED = 10  # streams
_INTERRUPTED = 130  # the exit code


class Shutdown:
    """The end of a command that runs until a signal or another thread requests it.

    A second signal ends the process at once. As with `Interrupts`, one right after the first is not the second.
    """

    def __init__(self) -> None:
        self._left_open = "No stream was open."
        self._first_time: float | None = None
        self._requests: SimpleQueue[None] = SimpleQueue()  # an Event that is set in a signal handler can deadlock

    def on_signals(self, before_exit: Callable[[], None] | None = None) -> None:
        """Request the shutdown when a signal arrives.

        - `before_exit`: called before an exit at once.
        """

        def handle(_: int, __: FrameType | None) -> None:
            now = time.monotonic()
            if self._first_time is None:
                self._first_time = now
                self.request()
            elif now - self._first_time >= _FORWARDING_SECONDS:
                try:
                    if before_exit is not None:
                        before_exit()
                    print_problem(f"interrupted again, so it exits at once. {self._left_open}")
                finally:
                    os._exit(_INTERRUPTED)  # a usual exit would wait for threads

        for number in _signal_numbers():
            signal.signal(number, handle)

    def name_open(self, streams: Sequence[str], consequence: str) -> None:
        """Name the streams that an exit at once leaves open, and what becomes of them."""
        if streams:
            more = f" and {len(streams) - _MAX_NAMED} more" if len(streams) > _MAX_NAMED else ""
            self._left_open = f"These {consequence}: {', '.join(streams[:_MAX_NAMED])}{more}."

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
    """Raise KeyboardInterrupt for the first and the second signal, and ignore the rest.

    Programs that run commands often pass on a signal that the terminal has already sent to the whole process group.
    A signal right after the first one therefore does not count as the second.
    """

    def __init__(self, notice: str | None) -> None:
        self._first_time: float | None = None
        self._notice = notice
        self._ignored = False

    @property
    def received(self) -> bool:
        """True after the first signal."""
        return self._first_time is not None

    def ignore(self) -> None:
        """Ignore all signals from now on, because the work is done."""
        self._ignored = True

    def __call__(self, _: int, __: FrameType | None) -> None:
        """Handle a signal."""
        now = time.monotonic()
        if self._ignored or (self._first_time is not None and now - self._first_time < _FORWARDING_SECONDS):
            return
        if self._first_time is not None:
            self._ignored = True
            raise KeyboardInterrupt
        self._first_time = now
        if self._notice is not None and sys.stderr is not None and sys.stderr.isatty():
            print_problem(self._notice)
        raise KeyboardInterrupt


@contextmanager
def interruptible(notice: str | None = None) -> Generator[Interrupts]:
    """Raise KeyboardInterrupt in the block for Ctrl-C, SIGTERM or a hang-up; see `Interrupts`.

    After an interrupted block the signals stay ignored, because the command only has to exit.

    `notice`: printed when the first signal arrives, if standard error is a terminal.
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
