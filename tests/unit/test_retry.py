import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import inf, nan
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from signalwire_streams import InputError, RetryPolicy
from signalwire_streams._errors import APIConnectionError, APIError, NotFoundError, RateLimitError, ServerError
from signalwire_streams._retry import may_retry_early_stop, may_retry_repeatable, may_retry_start, retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


UNREADABLE = [
    *("", "garbage", "-1", "1.5", "1,2", "1, 2", "1 (busy)", "(busy)", "\x00"),
    *("2026-11-22T12:00:00Z", "Sun, 22 Nov 2026 12:00:00 GMT (busy)", "Sun, 22 Nov 2026 12:00:00 CEST"),
    *("Mon, 22 Nov 2026 12:00:00 GMT", "Sun, 99 Nov 2026 12:00:00 GMT", "Sun, 22 Nov 2026 12:00:00"),
]


def error(status: int | None = None, retry_after: str | None = None, **flags: Any) -> APIError:
    kind = {None: APIConnectionError, 429: RateLimitError}.get(status, ServerError)
    headers = None if status is None else httpx.Headers({} if retry_after is None else {"Retry-After": retry_after})
    return kind("no", request="POST /", status=status, headers=headers, **({"is_transient": True} | flags))


def not_found() -> APIError:
    return NotFoundError("no", request="POST /", status=404)


def wait(policy: RetryPolicy, attempt: int, failure: APIError | None = None, **facts: Any) -> float | None:
    usual: dict[str, Any] = {"may_retry": True, "remaining": 100.0, "random": 1.0, "now": NOW}
    return policy.wait(attempt, failure or error(), **(usual | facts))


def test_waits_double_up_to_a_cap() -> None:
    policy = RetryPolicy(attempts=10, backoff=0.5, max_backoff=3.0)
    assert [wait(policy, attempt) for attempt in range(1, 6)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_the_jitter_is_full() -> None:
    policy = RetryPolicy()
    assert [wait(policy, 1, random=random) for random in (0.0, 0.5, 1.0)] == [0.0, 0.25, 0.5]


def test_there_are_as_many_attempts_as_the_policy_says() -> None:
    assert wait(RetryPolicy(attempts=3), 2) is not None
    assert wait(RetryPolicy(attempts=3), 3) is None
    assert wait(RetryPolicy(attempts=1), 1) is None


def test_an_unsafe_retry_is_not_made() -> None:
    assert wait(RetryPolicy(), 1, may_retry=False) is None


def test_no_attempt_begins_after_the_deadline() -> None:
    assert wait(RetryPolicy(backoff=1.0), 1, remaining=1.1) == 1.0
    assert wait(RetryPolicy(backoff=1.0), 1, remaining=1.0) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("120", 30.0),  # capped
        ("9" * 400, 30.0),
        (format_datetime(NOW + timedelta(seconds=9), usegmt=True), 9.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=1), usegmt=True), 30.0),
        ("Sunday, 22-Nov-26 12:00:09 GMT", 9.0),
        ("Sun Nov 22 12:00:09 2026", 9.0),
        ("Sun Nov  1 12:00:09 2026", 0.0),
    ],
)
def test_a_retry_after_replaces_the_backoff(text: str, seconds: float) -> None:
    assert wait(RetryPolicy(max_retry_after=30), 1, error(503, text)) == seconds


@pytest.mark.parametrize("text", UNREADABLE)
def test_an_invalid_retry_after_is_ignored(text: str) -> None:
    assert retry_after(error(503, text), NOW) is None


@pytest.mark.parametrize("text", UNREADABLE)
def test_an_invalid_retry_after_is_no_request_to_start_again(text: str) -> None:
    assert not may_retry_start(error(503, text))


@pytest.mark.parametrize("text", ["1", "Sun, 22 Nov 2026 12:00:00 GMT", "Sun Nov 22 12:00:00 2026"])
def test_a_retry_after_in_seconds_or_as_a_date_is_a_request_to_start_again(text: str) -> None:
    assert may_retry_start(error(503, text))


@given(st.integers(1, 10_000), st.floats(0, 1), st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_a_wait_is_never_negative_nor_above_the_cap(attempt: int, random: float, backoff: float, cap: float) -> None:
    policy = RetryPolicy(attempts=100_000, backoff=backoff, max_backoff=cap, deadline=1e9)
    waited = wait(policy, attempt, random=random, remaining=1e9)
    assert waited is not None
    assert 0 <= waited <= cap


@pytest.mark.parametrize(
    ("failure", "start", "stop_or_read", "early_stop"),
    [
        (error(maybe_done=False), True, True, True),  # the connection was never made
        (error(maybe_done=True), False, True, True),  # it was lost
        (error(is_transient=False), False, False, False),  # its certificate was refused
        (error(429), True, True, True),
        (error(429, "1"), True, True, True),
        (error(503), False, True, True),
        (error(503, "1"), True, True, True),
        (error(503, "soon"), False, True, True),
        (error(500, maybe_done=True), False, True, True),
        (error(500, "1", maybe_done=True), False, True, True),
        (not_found(), False, False, True),
    ],
)
def test_a_start_is_retried_only_if_it_cannot_have_been_carried_out(
    failure: APIError, start: bool, stop_or_read: bool, early_stop: bool
) -> None:
    """A read, as of a page of calls, is retried like a stop. A stop that comes before its start waits for it."""
    decisions = may_retry_start(failure), may_retry_repeatable(failure), may_retry_early_stop(failure)
    assert decisions == (start, stop_or_read, early_stop)


@pytest.mark.parametrize("name", ["backoff", "max_backoff", "max_retry_after", "deadline", "cleanup"])
@pytest.mark.parametrize("value", [0, -1, nan, inf, "1", None, True])
def test_invalid_seconds_are_rejected(name: str, value: Any) -> None:
    problem = f"{name} must be a number of seconds above zero; got {value!r}."
    with pytest.raises(InputError, match=f"^{re.escape(problem)}$"):
        RetryPolicy(**{name: value})


@pytest.mark.parametrize("value", [0, -1, 1.5, "3", None, True])
def test_invalid_attempts_are_rejected(value: Any) -> None:
    problem = f"attempts must be a whole number from 1; got {value!r}."
    with pytest.raises(InputError, match=f"^{re.escape(problem)}$"):
        RetryPolicy(attempts=value)
