"""The deadline of a call bounds the sending of a large request, too."""

import gc
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
import trustme
from signalwire_streams import AsyncStreamsClient, OutcomeUnknownError, RetryPolicy
from support.both import BOTH, WITH_AIOHTTP, EitherClient, httpx_client
from support.faulty import Connection, FaultyServer, faulty_server

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
SIZE = 20_000_000
LARGE = {"Password": "x" * SIZE}
POLICY = RetryPolicy(attempts=1, deadline=1)
# aiohttp warns of a large body, and leaves a socket whose buffer is full to the event loop, which the test closes. trio
# warns that httpx leaves the iterator of a request that was given up to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect what is left, so that no later test is warned of it."""
    yield
    gc.collect()


class SlowReader:
    """Reads two megabytes in a second, which would take ten for all, and keeps count."""

    def __init__(self) -> None:
        self.read = 0
        self.is_wanted = True

    def __call__(self, connection: Connection) -> bool:
        with suppress(OSError):
            while self.is_wanted and (data := connection.raw.recv(40_000)):
                self.read += len(data)
                time.sleep(0.02)
        return False


def assert_it_gave_up(reader: SlowReader) -> None:
    assert 0 < reader.read < SIZE / 2  # the rest was never sent, or is in buffers
    reader.is_wanted = False


@pytest.fixture(params=["http", "https"])
def slow_server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "http":
        with faulty_server() as server:
            yield server
        return
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with faulty_server(context) as server:
        yield server


def test_a_slow_reader_does_not_hold_a_call_beyond_its_deadline(kind: str, slow_server: FaultyServer) -> None:
    reader = SlowReader()
    slow_server.pick = lambda: reader
    with EitherClient(kind, "p", "t", slow_server.url, retry=POLICY) as client, pytest.raises(OutcomeUnknownError):
        client.start_stream("CA1", URL, parameters=LARGE)
    assert_it_gave_up(reader)


@pytest.mark.kinds(*BOTH)
def test_a_slow_reader_does_not_hold_a_call_through_httpx_beyond_its_deadline(kind: str) -> None:
    reader = SlowReader()
    with faulty_server() as server:
        server.pick = lambda: reader
        given: Any = {"transport": httpx.HTTPTransport()} if kind == "sync" else {"http_client": httpx_client(kind)}
        with (
            EitherClient(kind, "p", "t", server.url, retry=POLICY, **given) as client,
            pytest.raises(OutcomeUnknownError),
        ):
            client.start_stream("CA1", URL, parameters=LARGE)
    assert_it_gave_up(reader)


def test_a_slow_reader_does_not_hold_a_call_beyond_its_deadline_in_trio(slow_server: FaultyServer) -> None:
    reader = SlowReader()
    slow_server.pick = lambda: reader

    async def main() -> None:
        async with AsyncStreamsClient("p", "t", slow_server.url, retry=POLICY) as client:
            with pytest.raises(OutcomeUnknownError):
                await client.start_stream("CA1", URL, parameters=LARGE)

    trio.run(main)
    assert_it_gave_up(reader)
