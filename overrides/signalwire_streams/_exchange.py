"""One call of the API from first attempt to last: what to do next, decided from what came of it so far.

No input or output happens here. A generator yields what it wants done, and a client does it: `Send` is answered with
what came, an `Answer` or an APIConnectionError, and `Wait` with nothing.
"""

from __future__ import annotations

import logging
import random
import sys
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime

import attrs

from signalwire_streams._answers import connection_error, read_stream
from signalwire_streams._errors import APIError, APIResponseError, NotFoundError, OutcomeUnknownError
from signalwire_streams._frames import without_frames
from signalwire_streams._requests import Request
from signalwire_streams._retry import Retry, RetryPolicy, may_repeat_early_stop, may_repeat_start, may_repeat_stop
from signalwire_streams._stream import Stream
from signalwire_streams._transport import NoResponse, Progress
from signalwire_streams._transport import Response as Answer

logger = logging.getLogger("signalwire_streams")


@attrs.frozen
class Send:
    """Send the request, and give it up after this many seconds."""

    seconds: float


@attrs.frozen
class Wait:
    """Wait this many seconds."""

    seconds: float


@attrs.frozen
class CloseIdleConnections:
    """Close the connections that are idle: one of them has brought the answer to another call."""


Exchange = Generator[Send | Wait | CloseIdleConnections, Answer | NoResponse | None, Stream]


def exchange(
    request: Request,
    policy: RetryPolicy,
    clock: Callable[[], float] = time.monotonic,
    *,
    progress: Progress | None = None,
    start_under_way: bool = False,
) -> Exchange:
    """Return the stream in the end, or raise the error of the last attempt.

    `start_under_way`: the stream that is to be stopped may not exist yet, so a 404 is no reason to give up.
    """
    repeatable = may_repeat_start if request.is_start else may_repeat_early_stop if start_under_way else may_repeat_stop
    progress = progress or Progress()
    ends = clock() + policy.deadline
    attempt, maybe_done = 1, False
    while True:
        began = clock()
        progress.begin()
        result = _result(request, (yield Send(ends - began)))
        log = "%s: %s, attempt %d, %.3f s"
        if isinstance(result, Stream):
            logger.debug(log, request, 200, attempt, clock() - began)
            progress.settle(True)
            return result
        progress.settle(result._maybe_done)
        result.attempts = attempt
        if isinstance(result, APIResponseError) and result.is_of_another_call:
            yield CloseIdleConnections()
        logger.info(log, request, result.status or type(result).__name__, attempt, clock() - began)
        wait = policy.wait(
            attempt,
            result,
            repeatable=repeatable(result),
            remaining=ends - clock(),
            random=random.random(),  # noqa: S311  it spreads retries, and guards nothing
            now=datetime.now(UTC),
        )
        if wait is None:
            raise _last(request, result, maybe_done)
        if policy.on_retry is not None:
            policy.on_retry(Retry(attempt, wait, result))
        yield Wait(wait)
        attempt += 1
        maybe_done = maybe_done or result._maybe_done


def _result(request: Request, outcome: Answer | NoResponse | None) -> Stream | APIError:
    if isinstance(outcome, Answer):
        outside = sys.exception()
        try:
            return read_stream(request, outcome)
        except APIError as error:
            return without_frames(error, outside)
    assert outcome is not None, "Send was not answered"  # noqa: S101  the clients see to it
    return connection_error(request, outcome, sys.exception())


def _last(request: Request, error: APIError, maybe_done: bool) -> APIError:
    """Return what to raise for the error of the last attempt."""
    if request.is_start and error._maybe_done:
        unknown = OutcomeUnknownError(error, call_sid=request.call_sid, name=request.name)
        unknown.attempts = error.attempts
        unknown.__cause__ = error
        return unknown
    if maybe_done and isinstance(error, NotFoundError):
        error.add_note("An earlier attempt, whose answer was lost, may have stopped the stream.")
    return error
