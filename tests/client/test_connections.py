"""Connections are shared, bounded and closed in time, by httpx and by aiohttp."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import trustme
from signalwire_streams import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    AsyncStreamsClient,
    OutcomeUnknownError,
    RetryPolicy,
    StreamsClient,
)
from signalwire_streams.transports import AiohttpTransport
from support.both import BOTH, WITH_AIOHTTP, EitherClient
from support.canned import CannedServer
from support.faulty import FaultyServer, faulty_server

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
ONCE = RetryPolicy(attempts=1, deadline=20)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.mark.kinds("async")
def test_aiohttp_is_not_used_unless_it_is_given(
    kind: str, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aiohttp.ClientSession.__init__", lambda *_, **__: pytest.fail("aiohttp was used"))
    with EitherClient(kind, "p", "t", server.url) as client:
        client.start_stream("CA1", URL)


def test_a_connection_serves_one_call_after_another(kind: str, server: FaultyServer) -> None:
    with EitherClient(kind, "p", "t", server.url) as client:
        for _ in range(10):
            client.start_stream("CA1", URL)
    assert server.connections == 1
    server.wait_until_all_are_closed()


@pytest.mark.kinds(*BOTH)
def test_a_proxy_that_the_environment_names_is_asked(
    kind: str, canned: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", canned.url)
    with (
        EitherClient(kind, "p", "t", "example.signalwire.com", retry=ONCE) as client,
        pytest.raises(APIConnectionError, match="501 Unsupported method"),  # which is CONNECT
    ):
        client.start_stream("CA1", URL)


def test_a_call_that_finds_no_connection_free_is_not_sent(
    kind: str, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalwire_streams._transport._environment.MAX_CONNECTIONS", 1)
    impatient = httpx.Timeout(20, pool=0.05)
    no_connection = pytest.raises(APITimeoutError, match=r"^No response from \S+ in time \((Pool|Connect)Timeout\)")

    def main(client: StreamsClient) -> None:
        with client, ThreadPoolExecutor(1) as other:
            first = other.submit(client.start_stream, "CA1", URL, name="first", timeout=1)
            while not server.carried_out:
                time.sleep(0.005)
            with no_connection:
                client.start_stream("CA1", URL, name="second", timeout=impatient)
            assert isinstance(first.exception(), OutcomeUnknownError)
            assert client.start_stream("CA1", URL, name="third").status == "queued"

    async def async_main(client: AsyncStreamsClient) -> None:
        async with client:
            first = asyncio.create_task(client.start_stream("CA1", URL, name="first"))
            while not server.carried_out:
                await asyncio.sleep(0.005)
            with no_connection:
                await client.start_stream("CA1", URL, name="second", timeout=impatient)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            assert (await client.start_stream("CA1", URL, name="third")).status == "queued"

    server.does("say_nothing", "ok")
    if kind == "sync":
        main(StreamsClient("p", "t", server.url, retry=ONCE))
    else:
        transport = AiohttpTransport(max_connections=1) if kind == "aiohttp" else None
        asyncio.run(async_main(AsyncStreamsClient("p", "t", server.url, retry=ONCE, transport=transport)))
    assert [name for (_, name), _ in server.carried_out.items()] == ["first", "third"]


def test_a_redirect_is_not_followed(kind: str, canned: CannedServer) -> None:
    canned.answer(307, b"", Location="/elsewhere")
    with (
        EitherClient(kind, "p", "t", canned.url, retry=ONCE) as client,
        pytest.raises(APIResponseError, match="is not followed"),
    ):
        client.stop_stream("CA1", "ST1")
    assert len(canned.received) == 1


def test_a_connection_with_tls_is_never_left_without_it_by_closing_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def shutdown(_: ssl.SSLSocket, __: int) -> None:
        pytest.fail("from here on, what another thread writes would go out in cleartext")

    with faulty_server(context) as server, StreamsClient("p", "t", server.url, retry=ONCE) as client:
        client.start_stream("CA1", URL)
        monkeypatch.setattr(ssl.SSLSocket, "shutdown", shutdown)
        client.close()
        monkeypatch.undo()
        server.wait_until_all_are_closed()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no such sockets here")
def test_a_transport_of_the_users_own_may_lead_to_a_socket_of_this_machine(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        transport = httpx.HTTPTransport(uds=path)
        with (
            StreamsClient("p", "t", "http://127.0.0.1", transport=transport, retry=ONCE, timeout=0.2) as client,
            pytest.raises(OutcomeUnknownError, match="ReadTimeout"),
        ):
            client.start_stream("CA1", URL)
