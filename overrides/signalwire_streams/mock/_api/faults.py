"""The failures that a test has planned for the next requests."""

from __future__ import annotations

import re
import threading
from collections import deque

import attrs

from signalwire_streams.mock._api.errors import ApiError

_CODES = {400: 10000, 401: 20003, 403: 10001, 404: 20404, 422: 10000, 429: 20429}


class LostConnectionError(Exception):
    """The mock drops the connection instead of responding."""


@attrs.frozen
class Fault:
    """The planned failure of one request."""

    error: ApiError | LostConnectionError
    carried_out: bool
    """Whether the mock carries the request out first."""


class Faults:
    """The planned failures, oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._planned: deque[Fault] = deque()
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
        """Plan a failure of the next requests, as `MockServer.fail_next` documents it."""
        if not 400 <= status <= 599:
            raise ValueError(f"status must be an error from 400 to 599, not {status}.")
        if code is None:
            code = 20504 if status >= 500 else _CODES.get(status, 20001)
        headers = None if retry_after is None else {"Retry-After": str(retry_after)}
        if headers and not re.fullmatch(r"(?! )[ -~]*(?<! )", headers["Retry-After"]):
            raise ValueError("retry_after must be ASCII text without line breaks, or white space around it.")
        error = ApiError(status, code, message or "The test asked for this error.", headers)
        with self._lock:
            self._planned.extend([Fault(LostConnectionError() if lost else error, carried_out)] * times)

    def take(self) -> Fault | None:
        """Remove and return the failure that is planned for this request; None if it may succeed."""
        with self._lock:
            return self._planned.popleft() if self._planned else None

    def clear(self) -> None:
        """Forget all planned failures."""
        with self._lock:
            self._planned.clear()
