"""The headers of an answer are at hand, on what it became: a stream, or an error."""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import httpx
import pytest
from signalwire_streams import (
    APIConnectionError,
    APIError,
    APIResponseError,
    APIStatusError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    Retry,
    RetryPolicy,
    Stream,
)
from signalwire_streams.mock import MockServer
from support.both import WITH_AIOHTTP, EitherClient, httpx_client
from support.canned import STREAM, CannedServer

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
# The vendor says that there are such headers, and not how they are called: these are names that others use.
LIMITS = {"X-RateLimit-Limit": "13800", "X-RateLimit-Remaining": "17"}

TWICE: list[Callable[[Any], Any]] = [
    lambda value: pickle.loads(pickle.dumps(value)),
    copy.copy,
    copy.deepcopy,
]


def test_a_stream_has_the_headers_of_its_answer_in_any_case(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(200, STREAM, **LIMITS)
    for stream in (canned_client.start_stream("CA1", URL), canned_client.stop_stream("CA1", "ST1")):
        assert isinstance(stream.headers, httpx.Headers)
        assert stream.headers["x-ratelimit-remaining"] == stream.headers["X-RATELIMIT-REMAINING"] == "17"
        assert stream.headers.get("X-Else") is None


@pytest.mark.parametrize("manner", ["http_client", "transport"])
def test_so_it_has_where_a_client_or_a_transport_of_the_users_own_sent(
    kind: str, canned: CannedServer, manner: str
) -> None:
    canned.answer(200, STREAM, **LIMITS)
    transport = httpx.HTTPTransport() if kind == "sync" else httpx.AsyncHTTPTransport()
    options = {"transport": transport} if manner == "transport" else {"http_client": httpx_client(kind)}
    with EitherClient(kind, "p", "t", canned.url, **options) as client:
        assert client.start_stream("CA1", URL).headers["X-RateLimit-Remaining"] == "17"


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (429, {"code": 20429, "message": "slow down", "more_info": "", "status": 429}, RateLimitError),
        (404, b"<html>", NotFoundError),
        (200, b"{}", APIResponseError),
        (302, b"", APIResponseError),
    ],
)
def test_an_error_has_the_headers_of_its_answer(
    canned: CannedServer, canned_client: EitherClient, status: int, body: object, error_class: type[APIError]
) -> None:
    canned.answer(status, body, **LIMITS)
    with pytest.raises(error_class) as caught:
        canned_client.stop_stream("CA1", "ST1")
    assert caught.value.headers is not None
    assert caught.value.headers["x-ratelimit-limit"] == "13800"


def test_an_error_of_unknown_outcome_has_them_too(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(500, b"", **LIMITS)
    with pytest.raises(OutcomeUnknownError) as caught:
        canned_client.start_stream("CA1", URL)
    assert caught.value.headers is not None
    assert caught.value.headers["X-RateLimit-Remaining"] == "17"


def test_no_answer_has_no_headers(kind: str) -> None:
    with (
        EitherClient(kind, "p", "t", "http://127.0.0.1:1", retry=RetryPolicy(attempts=1)) as client,
        pytest.raises(APIConnectionError) as caught,
    ):
        client.start_stream("CA1", URL)
    assert caught.value.headers is None


def test_the_hook_of_a_retry_can_read_what_is_left(kind: str, canned: CannedServer) -> None:
    seen: list[str | None] = []

    def remember(retry: Retry) -> None:
        seen.append(None if retry.error.headers is None else retry.error.headers.get("X-RateLimit-Remaining"))

    canned.answer(429, b"", Retry_After="0", **LIMITS)
    policy = RetryPolicy(attempts=3, on_retry=remember)
    with EitherClient(kind, "p", "t", canned.url, retry=policy) as client, pytest.raises(RateLimitError):
        client.start_stream("CA1", URL)
    assert seen == ["17", "17"]


@pytest.mark.parametrize("twin_of", TWICE, ids=["pickle", "copy", "deepcopy"])
def test_pickles_and_copies_keep_them(
    canned: CannedServer, canned_client: EitherClient, twin_of: Callable[[Any], Any]
) -> None:
    canned.answer(200, STREAM, **LIMITS)
    stream = canned_client.start_stream("CA1", URL)
    canned.answer(429, b"", **LIMITS)
    with pytest.raises(RateLimitError) as caught:
        canned_client.start_stream("CA1", URL)
    for original in (stream, caught.value):
        twin = twin_of(original)
        assert isinstance(twin.headers, httpx.Headers)
        assert twin.headers == original.headers
        assert twin.headers["x-ratelimit-remaining"] == "17"


def test_they_are_no_part_of_what_a_stream_is(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(200, STREAM, **LIMITS)
    first = canned_client.start_stream("CA1", URL)
    canned.answer(200, STREAM, **LIMITS | {"X-RateLimit-Remaining": "16"})
    second = canned_client.start_stream("CA1", URL)
    assert first.headers != second.headers
    assert first == second
    assert hash(first) == hash(second)
    assert "ratelimit" not in repr(first).lower()


def test_a_stream_that_a_test_of_a_users_own_makes_needs_none() -> None:
    stream = Stream(
        sid="ST1",
        account_sid="a",
        call_sid="CA1",
        name="first",
        status="queued",
        date_updated=datetime.now(UTC),
        uri="/",
        raw={},
    )
    assert stream.headers == httpx.Headers()
    assert attrs.evolve(stream, headers=httpx.Headers(LIMITS)).headers["x-ratelimit-limit"] == "13800"


def test_the_mock_answers_with_the_headers_that_a_test_puts_in(client: EitherClient, mock: MockServer) -> None:
    mock.answer_headers.update(LIMITS)
    assert client.start_stream("CA1", URL).headers["x-ratelimit-remaining"] == "17"
    with pytest.raises(NotFoundError) as caught:
        client.stop_stream("CA1", "no-such-stream")
    assert caught.value.headers is not None
    assert caught.value.headers["x-ratelimit-remaining"] == "17"

    mock.reset()
    headers = client.start_stream("CA1", URL).headers
    assert "x-ratelimit-remaining" not in headers
    assert headers["content-type"] == "application/json"


def test_a_header_that_repeats_a_secret_is_redacted(kind: str, canned: CannedServer) -> None:
    with EitherClient(kind, "p", "hunter-token", canned.url, retry=RetryPolicy(attempts=1)) as client:
        canned.answer(200, STREAM, X_Echo="hunter-token", X_Other="kept")
        stream = client.start_stream("CA1", URL)
        assert (stream.headers["X-Echo"], stream.headers["X-Other"]) == ("[redacted]", "kept")
        canned.answer(404, {"code": 20404, "message": "gone"}, X_Echo="hunter-token")
        with pytest.raises(APIStatusError) as caught:
            client.stop_stream("CA1", "ST1")
    assert caught.value.headers is not None
    assert caught.value.headers["X-Echo"] == "[redacted]"
