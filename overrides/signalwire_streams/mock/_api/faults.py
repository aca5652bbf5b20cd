"""The failures that a test has planned for the next requests."""

from __future__ import annotations

import re
import threading
from collections import deque

import attrs

from signalwire_streams.mock._api.errors import ApiError
from signalwire_streams.mock._records import RequestProblem

_FIX = "Nothing is wrong with the request. A test planned this failure with fail_next."
_CODES = {400: 10000, 401: 20003, 403: 10001, 404: 20404, 422: 10000, 429: 20429}


class LostConnectionError(Exception):
    """The mock drops the connection instead of responding."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.problems: tuple[RequestProblem, ...] = (RequestProblem(None, None, message, _FIX),)


@attrs.frozen
class PlannedFailure:
    """The planned failure of one request, as `MockServer.fail_next` takes it."""

    status: int
    """The HTTP status."""
    code: int
    """The API's error code."""
    message: str
    retry_after: str | None
    """The value of the `Retry-After` header; None leaves the header out."""
    lost: bool
    """Whether the mock drops the connection instead of responding."""
    carried_out: bool
    """Whether the mock carries the request out first."""


def to_error(failure: PlannedFailure) -> ApiError | LostConnectionError:
    """Return the error to raise for a planned failure."""
    if failure.lost:
        return LostConnectionError("The test asked the mock to drop the connection.")
    headers = None if failure.retry_after is None else {"Retry-After": failure.retry_after}
    return ApiError(failure.status, failure.code, failure.message, headers, fix=_FIX)


class Faults:
    """The planned failures, oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._planned: deque[PlannedFailure] = deque()
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
        header = None if retry_after is None else str(retry_after)
        if header and not re.fullmatch(r"(?! )[ -~]*(?<! )", header):
            raise ValueError("retry_after must be ASCII text without line breaks, or white space around it.")
        failure = PlannedFailure(
            status, code, message or "The test asked for this error.", header, lost=lost, carried_out=carried_out
        )
        with self._lock:
            self._planned.extend([failure] * times)

    @property
    def planned(self) -> tuple[PlannedFailure, ...]:
        """The planned failures, in order."""
        with self._lock:
            return tuple(self._planned)

    def take(self) -> PlannedFailure | None:
        """Remove and return the failure that is planned for this request; None if it may succeed."""
        with self._lock:
            return self._planned.popleft() if self._planned else None

    def clear(self) -> None:
        """Forget all planned failures."""
        with self._lock:
            self._planned.clear()
