"""The table of retries is what the clients decide."""

import re
import ssl
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from signalwire_streams import APIError, RetryPolicy
from signalwire_streams._exchange import Exchange, Wait
from signalwire_streams._requests import PreparedRequest, RequestFactory
from signalwire_streams._resources import CALL_STREAMS, CONFERENCE_STREAMS
from signalwire_streams._responses import read_page, read_record
from signalwire_streams._settings import Secret, Settings
from signalwire_streams._transport import NoResponse, Progress, Response
from support.pages import headed

REQUESTS = RequestFactory(Settings("p", Secret("t"), "https://example.signalwire.com"))
STARTS: list[PreparedRequest[Any]] = [
    REQUESTS.start(CALL_STREAMS, "CA1", "wss://stream.example.com/audio", {}),
    REQUESTS.start(CONFERENCE_STREAMS, "CF1", "wss://stream.example.com/audio", {}),
]
OTHERS: list[PreparedRequest[Any]] = [
    REQUESTS.stop(CALL_STREAMS, "CA1", "ST1"),
    REQUESTS.stop(CONFERENCE_STREAMS, "CF1", "ST1"),
    REQUESTS.list_calls({}),
]


def answers(*statuses: int, body: bytes = b"", **more: str) -> list[Response]:
    headers = httpx.Headers({name.replace("_", "-"): value for name, value in more.items()})
    return [Response(status, headers, body) for status in statuses]


def failed(error: Exception) -> NoResponse:
    return Progress().failed(error)


def distrust() -> NoResponse:
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError()
    return failed(error)


CASES: dict[str, Sequence[Response | NoResponse]] = {
    "connection never made (refused, unknown host, TLS)": [
        failed(httpx.ConnectError("refused")),
        failed(httpx.ConnectTimeout("late")),
    ],
    "certificate rejected": [distrust()],
    "408": answers(408),
    "429": answers(429),
    "503 with a valid `Retry-After`": [
        *answers(503, Retry_After="0"),
        *answers(503, Retry_After="Wed, 19 Sep 2018 21:00:00 GMT"),
    ],
    "503 without one": [*answers(503), *(answers(503, Retry_After=text)[0] for text in ("soon", "1,2", "1 (busy)"))],
    "500, 502, 504, other 5xx": answers(500, 502, 504, 501, 520, 599),
    "connection lost, or no response in time": [
        failed(httpx.ReadError("lost")),
        failed(httpx.RemoteProtocolError("lost")),
        failed(httpx.WriteError("lost")),
        failed(httpx.ReadTimeout("late")),
        failed(httpx.WriteTimeout("late")),
    ],
    "200 with half a body": [Response(200, httpx.Headers(), b'{"sid', flaw="it was cut short", is_cut=True)],
    "200 with HTML or another invalid response": [
        *answers(200, body=b"<html>"),
        *answers(200, body=b"{}"),
        *answers(201, body=b"[]"),
    ],
    "other 4xx, a redirect": [*answers(400, 401, 403, 404, 405, 415, 418, 422), *answers(302, 307, Location="/x")],
}


def rows() -> list[tuple[str, str, str]]:
    section = headed("docs/errors.md", "Retries")
    found = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \| .* \|$", section, re.MULTILINE)
    return [(case, start, other) for case, start, other in found][1:]


def what_is_done(request: PreparedRequest[Any], outcome: Response | NoResponse) -> str:
    """Say it in the words of the table."""
    read: Any = read_page if request.kind == "list" else read_record
    steps = Exchange[Any, Any](request, read, RetryPolicy(), timeouts=None).steps()
    next(steps)
    try:
        step = steps.send(outcome)
    except APIError as error:
        return type(error).__name__
    assert isinstance(step, Wait)
    return "retried"


def test_the_table_has_each_case() -> None:
    assert [case for case, _, _ in rows()] == list(CASES)


@pytest.mark.parametrize(("case", "start", "other"), rows(), ids=[case for case, _, _ in rows()])
def test_the_table_says_what_is_done(case: str, start: str, other: str) -> None:
    for outcome in CASES[case]:
        for request, told in [*((each, start) for each in STARTS), *((each, other) for each in OTHERS)]:
            done = what_is_done(request, outcome)
            if told == "raises at once":
                assert done not in {"retried", "OutcomeUnknownError"}, (request, outcome)
            else:
                assert done == told.strip("`"), (request, outcome)
