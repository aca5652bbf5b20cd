"""The mock's server meets clients that are large, broken, slow, too many, or a web page."""

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import DEFAULT_PROJECT, DEFAULT_TOKEN, MockServer

STREAMS = f"/api/laml/2010-04-01/Accounts/{DEFAULT_PROJECT}/Calls/CA1/Streams"
URL = "wss://stream.example.com/audio"
HEAD = f"POST {STREAMS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
LARGE = 30_000_000
PIECE = b"x" * 100_000


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    assert parts.port
    with socket.create_connection(("127.0.0.1", parts.port), timeout=60) as connection:
        yield connection


def read_response(connection: socket.socket) -> tuple[int, Any]:
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        headers = dict(line.rstrip().lower().split(b": ") for line in iter(file.readline, b"\r\n"))
        body = file.read(int(headers[b"content-length"])) if b"content-length" in headers else file.read()
    return status, json.loads(body) if body.startswith(b"{") else body


def start_works(url: str) -> bool:
    with StreamsClient(DEFAULT_PROJECT, DEFAULT_TOKEN, url) as client:
        stream = client.start_stream("CA1", URL)
        return client.stop_stream("CA1", stream.sid).status == "stopped"


# Too large.


def test_a_large_body_is_refused_before_it_is_sent(mock: MockServer) -> None:
    with connected(mock.url) as connection:
        connection.sendall(f"{HEAD}Content-Length: {LARGE}\r\n\r\n".encode())
        status, error = read_response(connection)
    assert (status, error["status"], error["message"]) == (413, 413, "The body has more than 1000000 bytes.")
    assert [(request.status, request.body) for request in mock.requests] == [(413, b"")]


@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_a_large_body_is_not_kept_and_its_connection_still_works(mock: MockServer, framing: str) -> None:
    is_chunked = framing == "chunked"
    header = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {LARGE}"
    with connected(mock.url) as connection:
        connection.sendall(f"{HEAD}{header}\r\n\r\n".encode())
        for _ in range(LARGE // len(PIECE)):
            connection.sendall(b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if is_chunked else PIECE)
        connection.sendall(b"0\r\n\r\n" if is_chunked else b"")
        assert read_response(connection)[0] == 413
        connection.sendall(f"{HEAD}Content-Length: 0\r\n\r\n".encode())
        assert read_response(connection)[0] == 401
    assert [len(request.body) for request in mock.requests] == [0, 0]


@pytest.mark.parametrize(("size", "status"), [(1_000_000, 401), (1_000_001, 413)])
def test_a_body_of_a_megabyte_is_read(mock: MockServer, size: int, status: int) -> None:
    with connected(mock.url) as connection:
        connection.sendall(f"{HEAD}Content-Length: {size}\r\n\r\n".encode() + b"x" * size)
        assert read_response(connection)[0] == status


def test_a_planned_failure_waits_for_a_request_that_is_not_too_large(mock: MockServer) -> None:
    mock.fail_next(503)
    for size, expected in ((LARGE, 413), (0, 503)):
        with connected(mock.url) as connection:
            connection.sendall(f"{HEAD}Content-Length: {size}\r\n\r\n".encode())
            assert read_response(connection)[0] == expected


# Broken.


@pytest.mark.parametrize("is_reset", [False, True])
def test_a_client_that_goes_away_in_a_body_leaves_no_trace(
    is_reset: bool, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with MockServer() as mock:
        for _ in range(20):
            with connected(mock.url) as connection:
                connection.sendall(f"{HEAD}Content-Length: 1000\r\n\r\nUrl=".encode())
                if is_reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert start_works(mock.url)
    assert len(mock.requests) == 2
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"\x9b31m\r\n\r\n",
    f"{HEAD}Content-Length: x\r\n\r\n".encode(),
    f"{HEAD}Host: example.com\r\n\r\n".encode(),
    f"{HEAD}Transfer-Encoding: chunked\r\n\r\nxyz\r\n".encode(),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_bytes_that_are_no_request_get_400_and_one_line_in_the_log(
    mock: MockServer, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(mock.url) as connection:
        connection.sendall(garbage)
        assert read_response(connection)[0] == 400
    assert start_works(mock.url)
    assert len(caplog.records) <= 1
    assert not any(record.exc_info for record in caplog.records)


def test_a_head_without_an_end_is_cut_off(mock: MockServer, caplog: pytest.LogCaptureFixture) -> None:
    with connected(mock.url) as connection, pytest.raises(ConnectionError):
        connection.sendall(HEAD.encode())
        for _ in range(LARGE // len(PIECE)):
            connection.sendall(b"X: " + PIECE)
    assert start_works(mock.url)
    assert len(caplog.records) <= 1
    assert not any(record.exc_info for record in caplog.records)


def test_garbage_after_a_response_is_no_traceback(mock: MockServer, caplog: pytest.LogCaptureFixture) -> None:
    with connected(mock.url) as connection:
        connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{2_000_000:x}\r\n".encode() + b"x" * 2_000_000)
        assert read_response(connection)[0] == 413
        connection.sendall(b"this is no end of a chunk\r\n")
        assert connection.recv(1) == b""
    assert start_works(mock.url)
    assert len(caplog.records) <= 1
    assert not any(record.exc_info for record in caplog.records)


# Slow.


def test_slow_clients_hinder_nobody_and_are_given_up(mock: MockServer) -> None:
    with connected(mock.url) as silent, connected(mock.url) as half_head, connected(mock.url) as half_body:
        half_head.sendall(HEAD.encode())
        half_body.sendall(f"{HEAD}Content-Length: 1000\r\n\r\nUrl=".encode())
        waiting, ended = {silent, half_head, half_body}, time.monotonic() + 60
        while waiting and time.monotonic() < ended:
            assert start_works(mock.url)
            waiting -= set(select.select(list(waiting), [], [], 0.5)[0])
            if half_head in waiting:
                half_head.sendall(b"X: one more byte does not help\r\n")
        assert not waiting
        status, error = read_response(half_body)
        assert (status, error["message"]) == (408, "The body took more than 10 seconds.")
        for connection in (silent, half_head):
            with suppress(ConnectionResetError):
                assert connection.recv(1) == b""


# Too many.

COMMAND = Path(sys.executable).with_name("signalwire-streams")


@contextmanager
def mock_with_descriptors(count: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = ["sh", "-c", f'ulimit -n {count} && exec "$0" mock', str(COMMAND)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().split()[-1], process
    finally:
        process.kill()
        process.communicate()


def errors_of(process: subprocess.Popen[str]) -> list[str]:
    process.terminate()
    return process.communicate(timeout=30)[1].splitlines()


def test_idle_connections_leave_room_for_others() -> None:
    with mock_with_descriptors(1200) as (url, process), ExitStack() as idle:
        for _ in range(500):
            idle.enter_context(connected(url))
        assert start_works(url)
        idle.close()
        assert errors_of(process) == []


def test_more_connections_than_descriptors_wait_and_are_served_later() -> None:
    with mock_with_descriptors(64) as (url, process):
        with ExitStack() as many:
            for _ in range(300):
                many.enter_context(connected(url)).sendall(HEAD.encode())
        assert start_works(url)
        assert errors_of(process) == []


WITHOUT_DESCRIPTORS = """
import os, resource
from signalwire_streams.mock import MockServer

resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
with MockServer() as mock:
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    print(mock.url, flush=True)
    input()
    for descriptor in taken:
        os.close(descriptor)
    input()
"""


def test_without_a_descriptor_the_mock_waits_for_one_and_says_so_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WITHOUT_DESCRIPTORS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdin
        assert process.stdout
        url = process.stdout.readline().strip()
        with ExitStack() as many:
            for _ in range(50):
                connection = many.enter_context(connected(url))
                connection.sendall(f"{HEAD}Content-Length: 0\r\n\r\n".encode())
            assert select.select([connection], [], [], 1)[0] == []
            process.stdin.write("\n")
            process.stdin.flush()
            assert read_response(connection)[0] == 401
        assert start_works(url)
        _, errors = process.communicate("\n", timeout=30)
    assert process.returncode == 0
    (line,) = errors.splitlines()
    assert "The mock waits for a free file descriptor" in line


# Web pages.


def ask(mock: MockServer, host: str, origin: str | None = None) -> tuple[int, Any]:
    origin_line = "" if origin is None else f"Origin: {origin}\r\n"
    head = HEAD.replace("Host: 127.0.0.1", f"Host: {host}")
    with connected(mock.url) as connection:
        connection.sendall(f"{head}{origin_line}Content-Length: 0\r\n\r\n".encode())
        return read_response(connection)


@pytest.mark.parametrize(
    "host", ["evil.example.com", "127.0.0.1.example.com:80", "10.0.0.1", "", "localhost.evil.test"]
)
def test_a_foreign_host_is_refused(mock: MockServer, host: str) -> None:
    status, error = ask(mock, host)
    assert status == error["status"] == 421
    assert "The Host header must name this machine" in error["message"]
    assert [(request.status, request.problem) for request in mock.requests] == [(421, error["message"])]


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "http://127.0.0.1:1", "http://localhost:80"])
def test_a_page_of_another_origin_is_refused(mock: MockServer, origin: str) -> None:
    host = urlsplit(mock.url).netloc
    status, error = ask(mock, host, origin)
    assert status == error["status"] == 403
    assert "A web page of another origin cannot use the mock" in error["message"]
    assert mock.requests[0].problem == error["message"]


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "127.0.0.1:1", "127.1.2.3", "[::1]:1", "mock.localhost", "host.docker.internal:1"],
)
def test_every_name_of_this_machine_is_accepted(mock: MockServer, host: str) -> None:
    assert ask(mock, host)[0] == 401
    assert ask(mock, host, f"http://{host}")[0] == 401


def test_a_second_origin_counts_too(mock: MockServer) -> None:
    host = urlsplit(mock.url).netloc
    assert ask(mock, host, f"http://{host}\r\nOrigin: https://evil.example.com")[0] == 403


def test_a_refused_page_does_not_use_up_a_planned_failure(mock: MockServer) -> None:
    mock.fail_next(503)
    assert [ask(mock, "evil.example.com")[0], ask(mock, "localhost")[0]] == [421, 503]
