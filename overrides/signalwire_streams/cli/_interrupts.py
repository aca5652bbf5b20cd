"""Ctrl-C and its kin, so that a command can put in order what it has begun."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from signalwire_streams.cli._output import complain


@contextmanager
def interruptible(notice: str | None = None) -> Iterator[None]:
    """Raise KeyboardInterrupt in the block for the first Ctrl-C, SIGTERM or hang-up, and ignore those that follow.

    Programs that start commands often pass on what the terminal has sent to all, and so a second signal says nothing
    new. `notice` is written when the first one comes, if standard error is a terminal. After an interrupt all that is
    left is to end, and so they stay ignored.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:  # as nohup has it
        numbers.append(hang_up)

    interrupted = False

    def interrupt(_: int, __: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            return
        interrupted = True
        if notice is not None and sys.stderr is not None and sys.stderr.isatty():
            complain(notice)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if interrupted else handler)
