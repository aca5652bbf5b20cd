"""Decide what to do next for one request, from its first attempt to its last. No I/O.

A generator yields what it wants done, and a client does it. The client responds to `Send` with what it received.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, NoReturn, TypeAlias, TypeVar

import httpx

from signalwire_streams._errors import APIError, APIResponseError, NotFoundError, OutcomeUnknownError
from signalwire_streams._log import log_of
from signalwire_streams._record import Record
from signalwire_streams._requests import PreparedRequest
from signalwire_streams._retry import Retry, RetryPolicy, may_retry_early_stop, may_retry_repeatable, may_retry_start
from signalwire_streams._transport import NoResponse, Progress, Response


class Send(NamedTuple):
    """Send the request, and give it up after this many seconds."""

    seconds: float


class Wait(NamedTuple):
    """Wait this many seconds."""

    seconds: float


class Notify(NamedTuple):
    """Call the user's `on_retry`."""

    on_retry: Callable[[Retry], Any]
    retry: Retry


class CloseIdleConnections:
    """Close the connections that are idle: one of them has brought the response to another request."""


_T = TypeVar("_T")
_R = TypeVar("_R", bound=Record)
Steps: TypeAlias = Generator[Send | Wait | Notify | CloseIdleConnections, Response | NoResponse | None, _T]


class Exchange(Generic[_R, _T]):
    """A request for a resource, how it is sent, and what becomes of the response."""

    def __init__(
        self,
        request: PreparedRequest[_R],
        read: Callable[[PreparedRequest[_R], Response | NoResponse], _T],
        policy: RetryPolicy,
        timeouts: httpx.Timeout | None,
        *,
        start_under_way: bool = False,
    ) -> None:
        """Prepare to send a request.

        - `read`: makes the result of the response
        - `timeouts`: None for the sender's own
        - `start_under_way`: this stops a stream that may not exist yet, so a 404 is no reason to give up
        """
        self.request = request
        self.read = read
        self.policy = policy
        self.timeouts = timeouts
        self.start_under_way = start_under_way
        self.progress = Progress()

    def steps(self, clock: Callable[[], float] = time.monotonic) -> Steps[_T]:
        """Yield what to do. Return the result in the end, or raise the error of the last attempt."""
        ends = clock() + self.policy.deadline
        attempt, earlier_maybe_done = 1, False
        log = log_of(self.request)
        self.progress.watch = None if log is None else log.trace
        while True:
            if log is not None:
                log.attempt(attempt)
            self.progress.begin()
            outcome = yield Send(ends - clock())
            assert outcome is not None, "the client responds to Send"  # noqa: S101
            try:
                result = self.read(self.request, outcome)
            except APIError as failure:
                error = failure
            else:
                self.progress.settle(maybe_done=True)
                if log is not None and isinstance(outcome, Response):
                    log.succeeded(outcome.status)
                return result
            error.attempts = attempt
            self.progress.settle(maybe_done=error.maybe_done)
            if log is not None:
                log.failed(error)
            if isinstance(error, APIResponseError) and error.is_of_another_call:
                yield CloseIdleConnections()
            wait = self.policy.wait(
                attempt,
                error,
                may_retry=self._may_retry(error),
                remaining=ends - clock(),
                random=random.random(),  # noqa: S311  it spreads retries, and guards nothing
                now=datetime.now(UTC),
            )
            if wait is None:
                self._raise(error, earlier_maybe_done=earlier_maybe_done)
            if log is not None:
                log.retry(wait)
            if self.policy.on_retry is not None:
                yield Notify(self.policy.on_retry, Retry(attempt, wait, error))
            yield Wait(wait)
            if clock() >= ends:  # on_retry took the rest of the time
                self._raise(error, earlier_maybe_done=earlier_maybe_done)
            attempt += 1
            earlier_maybe_done = earlier_maybe_done or error.maybe_done

    def _may_retry(self, error: APIError) -> bool:
        if self.request.kind == "start":
            return may_retry_start(error)
        return may_retry_early_stop(error) if self.start_under_way else may_retry_repeatable(error)

    def _raise(self, error: APIError, *, earlier_maybe_done: bool) -> NoReturn:
        # A start that may have been carried out is never retried, so no earlier attempt can have started a stream.
        if self.request.kind == "start" and error.maybe_done:
            sids = {name: sid for name, sid in self.request.sids.items() if name != "account_sid"}
            raise OutcomeUnknownError(error, name=self.request.name, **sids) from error
        if earlier_maybe_done and isinstance(error, NotFoundError):
            error.add_note("An earlier attempt, whose outcome is unknown, may have stopped the stream.")
        raise error
