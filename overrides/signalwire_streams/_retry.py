"""Decide whether and when a request is retried. No I/O, and no waiting."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from math import inf
from typing import Any

import attrs

from signalwire_streams._dates import parse_rfc2822_date
from signalwire_streams._errors import ALREADY_STOPPED_ERRORS, APIError, InputError


@attrs.frozen
class Retry:
    """One retry, as `RetryPolicy.on_retry` receives it."""

    attempt: int
    """The attempt that failed, from 1."""
    wait: float
    """Seconds until the next attempt."""
    error: APIError
    """Why it failed."""


def _positive(_: object, field: attrs.Attribute[float], value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= sys.float_info.max:
        raise InputError(field.name, f"must be a number of seconds above zero; got {value!r}.")


def _whole(_: object, field: attrs.Attribute[int], value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(field.name, f"must be a whole number from 1; got {value!r}.")


def _callable(_: object, field: attrs.Attribute[Any], value: Any) -> None:  # noqa: ANN401  what the user passed
    if value is not None and not callable(value):
        raise InputError(field.name, f"must be a function; got {type(value).__name__}.")


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often, how soon and how long a request is retried. Raises InputError.

    The wait before attempt n + 1 is random, between 0 and `backoff` times 2 to the power n - 1 (full jitter). If the
    response has a `Retry-After`, in seconds or as a date, the client waits for that instead.
    """

    attempts: int = attrs.field(default=3, validator=_whole)
    """The most requests to send; 1 never retries."""
    backoff: float = attrs.field(default=0.5, validator=_positive)
    """The longest first wait, in seconds. It doubles with each attempt."""
    max_backoff: float = attrs.field(default=8.0, validator=_positive)
    """The longest wait, in seconds."""
    max_retry_after: float = attrs.field(default=30.0, validator=_positive)
    """The longest wait for a `Retry-After`, in seconds. A longer one is cut to it."""
    deadline: float = attrs.field(default=30.0, validator=_positive)
    """Seconds that a call may take with all attempts and waits. The client then gives up the attempt in flight."""
    cleanup: float = attrs.field(default=10.0, validator=_positive)
    """Seconds that `client.stream` may spend stopping a stream whose start was interrupted or of unknown outcome."""
    on_retry: Callable[[Retry], Awaitable[None] | None] | None = attrs.field(default=None, validator=_callable)
    """Called before each wait, in the thread or task of the call. It must not block. With an async client it may be an
    async function."""

    def for_cleanup(self, *, is_started: bool) -> RetryPolicy:
        """Return the policy of a stop that cleans up, while an exception waits to be raised.

        If it is unknown whether the stream was started, the stop is repeated until `cleanup` is over. The waits are
        then short, so that the last attempt comes close to the end.
        """
        if is_started:
            return attrs.evolve(self, deadline=min(self.deadline, self.cleanup))
        shortened = min(self.max_backoff, self.cleanup / 10)
        # With so many attempts a server that asks for no wait at all ends it, too.
        return attrs.evolve(self, attempts=100, max_backoff=shortened, max_retry_after=shortened, deadline=self.cleanup)

    def wait(
        self,
        attempt: int,
        error: APIError,
        *,
        may_retry: bool,
        remaining: float,
        random: float,
        now: datetime,
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None if there is none.

        - `attempt`: the number of the attempt that failed, from 1
        - `error`: why it failed
        - `may_retry`: whether another attempt is safe, and may succeed
        - `remaining`: the seconds until the deadline
        - `random`: a number from 0 to 1
        - `now`: the time, aware
        """
        asked = retry_after(error, now)
        if not may_retry or attempt >= self.attempts:
            return None
        if asked is None:
            wait = random * min(self.max_backoff, self.backoff * 2.0 ** min(attempt - 1, 64))
        else:
            wait = min(asked, self.max_retry_after)
        return wait if wait < remaining else None


# RFC 9110, section 5.6.7: the usual form and two obsolete ones. They have no comments, folds or zones, as RFC 2822 has.
_WEEKDAY, _MONTH, _TIME = "(?P<weekday>[A-Z][a-z]{2})", "(?P<month>[A-Z][a-z]{2})", "(?P<time>[0-9:]{8})"
_HTTP_DATE_FORMS = (
    f"{_WEEKDAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",
    f"{_WEEKDAY}[a-z]{{3,6}}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT",
    f"{_WEEKDAY} {_MONTH} (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})",
)


def retry_after(error: APIError, now: datetime) -> float | None:
    """Return the seconds that the Retry-After of the response asks to wait, or None without a valid one."""
    asked = _read_retry_after(error)
    return max(0.0, (asked - now).total_seconds()) if isinstance(asked, datetime) else asked


def _read_retry_after(error: APIError) -> float | datetime | None:
    """Return the seconds or the date of a Retry-After. None if there is none, or it is neither."""
    text = "" if error.headers is None else error.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text) if len(text) < 10 else inf
    for form in _HTTP_DATE_FORMS:
        if match := re.fullmatch(form, text):
            try:
                return parse_rfc2822_date("{weekday}, {day} {month} {year} {time} GMT".format(**match.groupdict()))
            except InputError:
                return None
    return None


def may_retry_start(error: APIError) -> bool:
    """Return whether a start may be retried: never sent, a 429, or a 503 with a valid Retry-After."""
    asked = error.status == 503 and _read_retry_after(error) is not None
    return error.is_transient and not error.maybe_done and (error.status in {None, 429} or asked)


def may_retry_repeatable(error: APIError) -> bool:
    """Return whether another attempt at a stop or a read may succeed. Two do no harm."""
    return error.is_transient


def may_retry_early_stop(error: APIError) -> bool:
    """Return whether a stop may succeed later, once the start, which may still be under way, has been carried out."""
    return error.is_transient or isinstance(error, ALREADY_STOPPED_ERRORS)
