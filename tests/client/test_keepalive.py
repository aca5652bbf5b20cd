"""Idle connections stay open for `keepalive` seconds, and none is used once the server has closed it."""

import asyncio
import inspect
import math
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx
import pytest
import trustme
from signalwire_streams import AsyncStreamsClient, InputError, RetryPolicy, StreamsClient
from signalwire_streams.transports import AiohttpTransport
from support.both import BOTH, WITH_AIOHTTP, EitherClient, httpx_client
from support.canned import EXAMPLE
from support.faulty import FAULTS, Connection, Fault, FaultyServer, faulty_server
from support.proxy import connecting_proxy

URL = "wss://stream.example.com/audio"
KINDS = WITH_AIOHTTP
BURST = 20
ONCE = RetryPolicy(attempts=1, deadline=20)
CLIENTS: dict[str, Callable[..., Any]] = {
    "sync": StreamsClient,
    "async": AsyncStreamsClient,
    "aiohttp": lambda *_, **options: AiohttpTransport(**options),
}


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


def client_of(kind: str, server: FaultyServer, **options: Any) -> EitherClient:
    if kind == "aiohttp":
        options = {"transport": AiohttpTransport(**options)}
    return EitherClient(kind, "p", "t", server.url, retry=ONCE, **options)


def answering(*headers: str) -> Fault:
    """Return what answers with these headers."""

    def fault(connection: Connection) -> bool:
        request = connection.read()
        if request is not None:
            connection.answer(200, EXAMPLE, *headers)
        return request is not None

    return fault


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, True, "5", 10**400])
def test_keepalive_must_be_a_positive_finite_number(kind: str, value: Any) -> None:
    with pytest.raises(InputError, match=r"^keepalive must be a number of seconds above zero; got ") as caught:
        CLIENTS[kind]("p", "t", "example", keepalive=value)
    assert caught.value.argument == "keepalive"


@pytest.mark.kinds(*BOTH)
def test_keepalive_is_rejected_beside_a_transport_or_client_that_has_its_own(kind: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    with pytest.raises(InputError, match=r"^keepalive has no effect if you pass transport[.] Set it there[.]$"):
        CLIENTS[kind]("p", "t", "example", keepalive=9, transport=transport)
    with pytest.raises(InputError, match=r"^keepalive has no effect if you pass http_client[.] Set it there[.]$"):
        CLIENTS[kind]("p", "t", "example", keepalive=9, http_client=httpx_client(kind))


def test_connections_stay_open_for_fifty_seconds_unless_told_otherwise() -> None:
    assert inspect.signature(AiohttpTransport).parameters["keepalive"].default == 50
    assert "(default: 50)" in str(StreamsClient.__doc__)
    assert "(default: 50)" in str(AsyncStreamsClient.__doc__)


def test_a_connection_that_was_idle_for_longer_is_not_used(kind: str, server: FaultyServer) -> None:
    with client_of(kind, server, keepalive=0.05) as client:
        for _ in range(3):
            client.start_stream("CA1", URL)
            time.sleep(0.1)
    assert server.connections == 3
    assert server.carried_out.total() == 3


def test_a_connection_that_was_idle_for_less_is_used(
    kind: str, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic

    def set_clock(clock: Callable[[], float]) -> None:
        # Not time.monotonic itself, by which the event loops of other threads live.
        if kind == "aiohttp":
            monkeypatch.setattr("aiohttp.connector.monotonic", clock)
        else:
            monkeypatch.setattr("signalwire_streams._transport._connections.time", SimpleNamespace(monotonic=clock))

    with client_of(kind, server) as client:
        client.start_stream("CA1", URL)
        set_clock(lambda: now() + 49)
        client.start_stream("CA1", URL)
        assert server.connections == 1
        set_clock(lambda: now() + 49 + 51)
        client.start_stream("CA1", URL)
        assert server.connections == 2


def test_a_connection_is_not_used_in_the_last_second_before_the_server_closes_it(
    kind: str, server: FaultyServer
) -> None:
    server.pick = lambda: answering("Keep-Alive: timeout=2, max=100")
    with client_of(kind, server) as client:
        for _ in range(3):
            client.start_stream("CA1", URL)
        assert server.connections == 1
        time.sleep(1.05)
        client.start_stream("CA1", URL)
    assert server.connections == 2


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_connection_that_the_server_is_about_to_close_is_not_used_again(
    kind: str, server: FaultyServer, seconds: int
) -> None:
    server.pick = lambda: answering(f"Keep-Alive: timeout={seconds}")
    with client_of(kind, server) as client:
        for _ in range(5):
            client.start_stream("CA1", URL)
            server.wait_until_all_are_closed() if kind != "aiohttp" else time.sleep(0.001)
    assert server.connections == 5


@pytest.mark.parametrize("header", ["Keep-Alive: timeout=x", "Keep-Alive: \xff", "Keep-Alive: -1", "Keep-Alive:"])
def test_a_malformed_keep_alive_header_does_not_matter(kind: str, server: FaultyServer, header: str) -> None:
    server.pick = lambda: answering(header)
    with client_of(kind, server) as client:
        for _ in range(3):
            client.start_stream("CA1", URL)
    assert server.connections == 1


def together() -> Fault:
    """Return what answers once as many requests as a burst has are there."""
    barrier = threading.Barrier(BURST)

    def fault(connection: Connection) -> bool:
        barrier.wait(20)
        return FAULTS["ok"](connection)

    return fault


async def burst(client: AsyncStreamsClient) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(BURST):
            group.start_soon(client.start_stream, "CA1", URL)


def burst_of_threads(client: StreamsClient, threads: ThreadPoolExecutor) -> None:
    for done in [threads.submit(client.start_stream, "CA1", URL) for _ in range(BURST)]:
        done.result()


def test_a_burst_finds_the_connections_of_the_one_before_it(kind: str, server: FaultyServer) -> None:
    fault = together()
    server.pick = lambda: fault
    with client_of(kind, server) as client, ThreadPoolExecutor(BURST) as threads:
        for _ in range(3):
            if kind == "sync":
                burst_of_threads(client.client, threads)
            else:
                client._do(burst(client.client))
    assert server.connections == BURST


@pytest.mark.kinds(*BOTH)
def test_the_next_call_closes_what_a_burst_left_behind(kind: str, server: FaultyServer) -> None:
    fault = together()
    server.pick = lambda: fault
    with client_of(kind, server, keepalive=0.3) as client, ThreadPoolExecutor(BURST) as threads:
        burst_of_threads(client.client, threads) if kind == "sync" else client._do(burst(client.client))
        assert server.open == BURST
        time.sleep(0.4)
        server.does("ok")
        client.start_stream("CA1", URL)
        wait_until(lambda: server.open == 1)
        assert server.connections == BURST + 1


@pytest.mark.kinds(*BOTH)
def test_the_next_call_closes_the_connections_that_were_to_be_idle_for_less(kind: str, server: FaultyServer) -> None:
    """Among those that may stay, whichever was used first."""
    barrier, ordinal = threading.Barrier(BURST), iter(range(BURST))

    def every_other_one_for_less(connection: Connection) -> bool:
        barrier.wait(20)
        headers = ["Keep-Alive: timeout=2"] if next(ordinal) % 2 else []
        return answering(*headers)(connection)

    server.pick = lambda: every_other_one_for_less
    with client_of(kind, server) as client, ThreadPoolExecutor(BURST) as threads:
        burst_of_threads(client.client, threads) if kind == "sync" else client._do(burst(client.client))
        assert server.open == BURST
        time.sleep(1.05)
        server.does("ok")
        client.start_stream("CA1", URL)
        wait_until(lambda: server.open == BURST // 2)
        assert server.connections == BURST


def test_aiohttp_closes_what_a_burst_left_behind_by_itself(server: FaultyServer) -> None:
    async def main() -> None:
        transport = AiohttpTransport(keepalive=0.1)
        async with AsyncStreamsClient("p", "t", server.url, retry=ONCE, transport=transport) as client:
            await burst(client)
            with anyio.fail_after(20):
                while server.open:
                    await asyncio.sleep(0.01)

    asyncio.run(main())


def wait_until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)


class Closing:
    """A server's part: it answers, and closes the connection once the client has read the answer."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.is_read = threading.Semaphore(0)

    def __call__(self, connection: Connection) -> bool:
        FAULTS["ok"](connection)
        assert self.is_read.acquire(timeout=20)
        if self.how == "close_notify":
            connection.raw.settimeout(0.01)  # for the response, which the client has no reason to send
            with suppress(OSError):
                cast("ssl.SSLSocket", connection.raw).unwrap()
        if self.how == "RST":
            connection.reset()
        return False


def start_repeatedly(kind: str, url: str, wait: Callable[[], object], times: int = 5) -> None:
    """Start streams, and wait after each, without the event loop, until its connection has been closed."""
    if kind == "sync":
        with StreamsClient("p", "t", url, retry=ONCE) as client:
            for _ in range(times):
                client.start_stream("CA1", URL)
                wait()
        return

    async def main() -> None:
        transport = AiohttpTransport() if kind == "aiohttp" else None
        async with AsyncStreamsClient("p", "t", url, retry=ONCE, transport=transport) as client:
            for _ in range(times):
                await client.start_stream("CA1", URL)
                wait()

    anyio.run(main, backend="trio" if kind == "trio" else "asyncio")


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The context of a server that the environment trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


EVERY = ("sync", "asyncio", "trio", "aiohttp")


@pytest.mark.kinds(*EVERY)
@pytest.mark.parametrize(
    ("scheme", "how"),
    [("http", "FIN"), ("http", "RST"), ("https", "FIN"), ("https", "RST"), ("https", "close_notify")],
)
def test_an_idle_connection_that_the_server_has_closed_is_not_used(
    kind: str, scheme: str, how: str, tls: ssl.SSLContext
) -> None:
    closing = Closing(how)
    with faulty_server(tls if scheme == "https" else None) as server:

        def wait() -> None:
            closing.is_read.release()
            server.wait_until_all_are_closed(20)

        server.pick = lambda: closing
        start_repeatedly(kind, server.url, wait)
        assert server.connections == server.carried_out.total() == 5


@pytest.mark.kinds("sync", "asyncio", "trio")
@pytest.mark.parametrize("how", ["FIN", "RST", "close_notify"])
def test_an_idle_connection_through_a_proxy_that_the_server_has_closed_is_not_used(
    kind: str, how: str, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing, ended = Closing(how), threading.Semaphore(0)

    def wait() -> None:
        closing.is_read.release()
        assert ended.acquire(timeout=20)

    with faulty_server(tls) as server, connecting_proxy(ended.release) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        server.pick = lambda: closing
        start_repeatedly(kind, server.url, wait)
        assert server.connections == server.carried_out.total() == 5
