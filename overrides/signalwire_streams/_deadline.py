"""A deadline for everything that a sync call does on its socket.

httpx bounds each read by itself, so that a server which sends a byte now and then can hold a call for days. A thread
can only be let go by its socket, so each operation there is given what is left of the call's time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

_call = threading.local()


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Let the socket operations of this thread end, within the block, when the time is over."""
    _call.ends = time.monotonic() + seconds
    try:
        yield
    finally:
        _call.ends = None


def left(timeout: float | None, expired: type[Exception]) -> float | None:
    """Return the least of `timeout` and what is left of the call's time. Raises `expired` when nothing is."""
    ends: float | None = getattr(_call, "ends", None)
    if ends is None:
        return timeout
    left = ends - time.monotonic()
    if left <= 0:
        raise expired("the deadline of the call is over")
    return left if timeout is None else min(timeout, left)
