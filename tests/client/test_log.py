"""The log says what happens on the wire, at DEBUG, with times and without secrets."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from signalwire_streams import APIError, RetryPolicy
from support.both import BOTH, WITH_AIOHTTP, EitherClient
from support.faulty import Connection, FaultyServer, faulty_server

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
PATH = "/api/laml/2010-04-01/Accounts/p/Calls/CA1/Streams"
QUICK = RetryPolicy(backoff=0.001)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return the lines so far: numbers of requests and times as letters, the address as HOST."""
    caplog.set_level(1, "signalwire_streams")

    def read() -> list[str]:
        records = [record for record in caplog.records if record.name == "signalwire_streams"]
        assert {record.levelname for record in records} <= {"DEBUG"}
        texts = [re.sub(r"\d+ ms", "N ms", record.getMessage()) for record in records]
        first = int(texts[0].split()[1].rstrip(",")) if texts else 0
        texts = [re.sub(r"^request (\d+)", lambda number: f"request {int(number[1]) - first + 1}", x) for x in texts]
        return [re.sub(r"127\.0\.0\.1:\d+", "HOST", text) for text in texts]

    return read


@pytest.mark.kinds(*BOTH)
def test_a_connection_is_opened_reused_and_closed_once_it_has_expired(
    kind: str, server: FaultyServer, lines: Callable[[], list[str]]
) -> None:
    with EitherClient(kind, "p", "t", server.url) as client:
        client.start_stream("CA1", URL)
        server.does("close_after_answering")
        client.start_stream("CA1", URL)
        server.wait_until_all_are_closed()
        client.stop_stream("CA1", "ST1")
    assert lines() == [
        f"request 1, attempt 1: POST {PATH} to HOST",
        "request 1, connected to HOST in N ms",
        "request 1, HTTP 200 after N ms",
        f"request 2, attempt 1: POST {PATH} to HOST",
        "request 2, reuses an open connection",
        "request 2, HTTP 200 after N ms",
        f"request 3, attempt 1: POST {PATH}/ST1 to HOST",
        "request 3, closes a connection that has expired",
        "request 3, connected to HOST in N ms",
        "request 3, HTTP 200 after N ms",
    ]


def test_a_retry_says_why_and_when(kind: str, server: FaultyServer, lines: Callable[[], list[str]]) -> None:
    server.does("too_busy", "ok")
    with EitherClient(kind, "p", "t", server.url, retry=QUICK) as client:
        client.start_stream("CA1", URL)
    assert [line for line in lines() if "connect" not in line] == [
        f"request 1, attempt 1: POST {PATH} to HOST",
        "request 1, HTTP 503, ServerError after N ms: The response has no body.",
        "request 1, next attempt in N ms",
        f"request 1, attempt 2: POST {PATH} to HOST",
        "request 1, HTTP 200 after N ms",
    ]


def test_a_failure_without_a_response_is_logged(kind: str, lines: Callable[[], list[str]]) -> None:
    with (
        EitherClient(kind, "p", "t", "http://127.0.0.1:9", retry=RetryPolicy(attempts=1)) as client,
        pytest.raises(APIError),
    ):
        client.start_stream("CA1", URL)
    assert lines()[-1].startswith("request 1, APIConnectionError after N ms: No response from HOST: ")


def test_nothing_is_logged_at_other_levels(kind: str, server: FaultyServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "signalwire_streams")
    server.does("status_500", "ok", "status_404")
    with EitherClient(kind, "p", "t", server.url, retry=QUICK) as client:
        client.stop_stream("CA1", "ST1")
        with suppress(APIError):
            client.stop_stream("CA1", "ST1")
    assert [record for record in caplog.records if record.name.startswith("signalwire_streams")] == []


SECRETS = {
    "token": "c4nary+t/k=",
    "bearer token": "c4nary=bearer",
    "parameter": "c4nary 'värde'",
    "callback": "c4nary-passw0rd",
    "query": "k=c4nary-query",
}


def repeat_all(connection: Connection) -> bool:
    """Repeat each secret, also where a terminal would be told something."""
    if connection.read():
        message = "\x1b[31m" + " ".join(SECRETS.values())
        connection.answer(503, json.dumps({"code": 1, "message": message}).encode())
    return True


def break_http(connection: Connection) -> bool:
    if connection.read():
        connection.send(" ".join(SECRETS.values()).encode() + b"\r\n\r\n")
    return False


@pytest.mark.parametrize("fault", [repeat_all, break_http])
def test_no_record_holds_a_secret_or_a_control_character(
    kind: str, server: FaultyServer, fault: Callable[[Connection], bool], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1, "signalwire_streams")
    server.pick = lambda: fault
    options: dict[str, Any] = {
        "authorization_bearer_token": SECRETS["bearer token"],
        "parameters": {"Password": SECRETS["parameter"]},
        "status_callback": f"https://user:{SECRETS['callback']}@example.com/?{SECRETS['query']}",
    }
    with EitherClient(kind, "p", SECRETS["token"], server.url, retry=QUICK) as client:
        calls: list[Any] = [
            lambda: client.start_stream("CA1", URL, **options),
            lambda: client.stop_stream("CA1", "ST1"),
        ]
        for call in calls:
            with suppress(APIError):
                call()
    records = [record for record in caplog.records if record.name == "signalwire_streams"]
    assert len(records) >= 4
    for record in records:
        shown = record.getMessage()
        assert shown.isprintable()
        assert SECRETS["token"] not in shown
        # A stop has no secrets but the token: what else its response repeats did not come from it.
        assert "c4nary" not in shown or shown.partition(",")[0] == records[-1].getMessage().partition(",")[0]


SCRIPT = """
import logging, sys
{setup}
from signalwire_streams import APIError, RetryPolicy, StreamsClient
with StreamsClient("p", "hunter2", "http://127.0.0.1:9", retry=RetryPolicy(attempts=1)) as client:
    try:
        client.stop_stream("CA1", "ST1")
    except APIError:
        pass
"""


@pytest.mark.parametrize(
    ("value", "setup", "count"),
    [
        ("debug", "", 2),
        ("DEBUG", "", 2),
        ("debug", "logging.basicConfig(level=logging.INFO)", 2),  # once, not twice
        ("debug", "logging.basicConfig(level=logging.INFO, filename='log.txt')", 2),
        ("", "", 0),
        ("info", "", 0),
        ("loud", "", 0),
        (None, "", 0),
    ],
)
def test_the_environment_switches_the_log_on(value: str | None, setup: str, count: int, tmp_path: Path) -> None:
    environment = {name: text for name, text in os.environ.items() if name != "SIGNALWIRE_STREAMS_LOG"}
    if value is not None:
        environment["SIGNALWIRE_STREAMS_LOG"] = value
    script = SCRIPT.format(setup=setup)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert len(done.stderr.splitlines()) == count, done.stderr
    assert done.stdout == ""
    if count and not setup:
        first = r"\d\d:\d\d:\d\d\.\d{3} request 1, attempt 1: POST /api/\S+ to 127\.0\.0\.1:9\n"
        assert re.match(first, done.stderr), done.stderr
