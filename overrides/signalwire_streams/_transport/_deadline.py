"""Bound a sync call as a whole, which httpx cannot."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

_thread = threading.local()


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Bound all socket operations of this thread by one deadline.

    httpx bounds each read by itself, so a server that sends a byte now and then could hold a call for days.
    """
    outer = getattr(_thread, "deadline", None)  # of a call that a signal handler has interrupted by this one
    _thread.deadline = time.monotonic() + seconds
    try:
        yield
    finally:
        _thread.deadline = outer


def remaining(timeout: float | None, expired: type[Exception]) -> float | None:
    """Return the lesser of `timeout` and the time left until the deadline. Raises `expired` when none is left."""
    ends: float | None = getattr(_thread, "deadline", None)
    if ends is None:
        return timeout
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise expired("the deadline of the call is over")
    return seconds if timeout is None else min(timeout, seconds)
