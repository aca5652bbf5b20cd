"""When a request is sent again, and after how long. A decision on what happened; nothing here waits or sends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from math import inf, isfinite

import attrs

from signalwire_streams._dates import parse_rfc2822_date
from signalwire_streams._errors import APIError, CallStateError, InputError, NotFoundError


@attrs.frozen
class Retry:
    """One retry, as `RetryPolicy.on_retry` is told of it."""

    attempt: int
    """The attempt that failed, from 1."""
    wait: float
    """Seconds until the next one."""
    error: APIError
    """Why it failed."""


def _positive(_: object, field: attrs.Attribute[float], value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not (isfinite(value) and value > 0):
        raise InputError(field.name, f"is {value!r}; expected a number of seconds above zero.")


def _whole(_: object, field: attrs.Attribute[int], value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(field.name, f"is {value!r}; expected a whole number from 1.")


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often, how soon and how long a request is tried.

    The wait before attempt n + 1 is drawn evenly from 0 to `backoff` times 2 to the power n - 1, which is capped at
    `max_backoff` (full jitter). A `Retry-After` of the answer, in seconds or as a date, is waited for instead, up to
    `max_retry_after`. No attempt begins that would begin after `deadline`. Raises InputError.
    """

    attempts: int = attrs.field(default=3, validator=_whole)
    """How often a request is sent at most; 1 is never again."""
    backoff: float = attrs.field(default=0.5, validator=_positive)
    """Seconds."""
    max_backoff: float = attrs.field(default=8.0, validator=_positive)
    """Seconds."""
    max_retry_after: float = attrs.field(default=30.0, validator=_positive)
    """Seconds."""
    deadline: float = attrs.field(default=30.0, validator=_positive)
    """Seconds that a call may take with all its attempts and waits; the attempt under way is then given up."""
    cleanup: float = attrs.field(default=10.0, validator=_positive)
    """Seconds that `client.stream` may spend stopping a stream whose start was interrupted or of unknown outcome."""
    on_retry: Callable[[Retry], None] | None = None
    """Called before each wait, in the thread or task of the call; it must not block."""

    def for_cleanup(self, *, is_started: bool) -> RetryPolicy:
        """Return the policy of a stop that cleans up, while an exception waits to be raised.

        Where it is unknown whether the stream was started, the stop is repeated until `cleanup` is over. The waits
        are then short beside it, so that the last attempt comes close to the end.
        """
        if is_started:
            return attrs.evolve(self, deadline=min(self.deadline, self.cleanup))
        shortened = min(self.max_backoff, self.cleanup / 10)
        return attrs.evolve(self, attempts=sys.maxsize, max_backoff=shortened, deadline=self.cleanup)

    def wait(
        self,
        attempt: int,
        error: APIError,
        *,
        repeatable: bool,
        remaining: float,
        random: float,
        now: datetime,
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None when there is to be none.

        `attempt` failed with `error`; `repeatable` tells whether doing it twice is safe. `remaining` is the time left
        until the deadline, `random` a number from 0 to 1.
        """
        asked = retry_after(error, now)
        if not repeatable or attempt >= self.attempts:
            return None
        if asked is None:
            wait = random * min(self.max_backoff, self.backoff * 2.0 ** min(attempt - 1, 64))
        else:
            wait = min(asked, self.max_retry_after)
        return wait if wait < remaining else None


def retry_after(error: APIError, now: datetime) -> float | None:
    """Return the seconds that the answer's Retry-After asks to wait, or None where there is none that can be read."""
    text = "" if error.headers is None else error.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text) if len(text) < 10 else inf
    try:
        return max(0.0, (parse_rfc2822_date(text) - now).total_seconds())
    except InputError:
        return None


def may_repeat_start(error: APIError) -> bool:
    """Tell whether a start cannot have been carried out: never sent, 429, or a 503 that asks to come again."""
    asked = error.status == 503 and error.headers is not None and "Retry-After" in error.headers
    return error._transient and not error._maybe_done and (error.status in {None, 429} or asked)


def may_repeat_stop(error: APIError) -> bool:
    """Tell whether another attempt at a stop may go better; doing it twice does no harm."""
    return error._transient


def may_repeat_early_stop(error: APIError) -> bool:
    """Tell whether a stop may go better once the start, which may still be under way, has been carried out."""
    return error._transient or isinstance(error, NotFoundError | CallStateError)
