"""The errors that a test asks for: how the next requests are to fail."""

from __future__ import annotations

import threading
from collections import deque

import attrs

from signalwire_streams.mock._service import RefusedError

_CODES = {400: 10000, 401: 20003, 403: 10001, 404: 20404, 422: 10000, 429: 20429}


class LostError(Exception):
    """The connection is lost instead of an answer."""


@attrs.frozen
class Fault:
    """How a request is to fail."""

    error: RefusedError | LostError
    carried_out: bool
    """Whether the request is carried out first."""


class Faults:
    """The faults that are still to come, oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._waiting: deque[Fault] = deque()
        self._lock = threading.Lock()

    def add(
        self,
        status: int,
        code: int | None,
        message: str | None,
        retry_after: float | str | None,
        *,
        lost: bool,
        carried_out: bool,
        times: int,
    ) -> None:
        """Plan a fault. Raises ValueError for a status that is no error."""
        if not 400 <= status <= 599:
            raise ValueError(f"{status} is not the status of an error: expected 400 to 599.")
        if code is None:
            code = 20504 if status >= 500 else _CODES.get(status, 20001)
        headers = None if retry_after is None else {"Retry-After": str(retry_after)}
        error = RefusedError(status, code, message or "The test asked for this error.", headers)
        with self._lock:
            self._waiting.extend([Fault(LostError() if lost else error, carried_out)] * times)

    def take(self) -> Fault | None:
        """Return how the request that has come is to fail, if it is to."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def clear(self) -> None:
        """Forget what was planned."""
        with self._lock:
            self._waiting.clear()
