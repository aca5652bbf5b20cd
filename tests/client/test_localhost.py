"""`localhost` is dialled only where it leads to this machine."""

import socket
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from signalwire_streams import APIConnectionError, AsyncStreamsClient, OutcomeUnknownError, RetryPolicy, StreamsClient
from signalwire_streams.transports import AiohttpTransport
from support.faulty import FaultyServer, faulty_server

URL = "wss://stream.example.com/audio"
KINDS = ("sync", "asyncio", "aiohttp", "trio")
RESOLVE = socket.getaddrinfo
ONCE = RetryPolicy(attempts=1, deadline=20)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


def start(kind: str, server: FaultyServer) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    if kind == "sync":
        with StreamsClient("p", "t", url, retry=ONCE) as client:
            client.start_stream("CA1", URL)
        return

    async def main() -> None:
        transport = AiohttpTransport() if kind == "aiohttp" else None
        async with AsyncStreamsClient("p", "t", url, retry=ONCE, transport=transport) as client:
            await client.start_stream("CA1", URL)

    anyio.run(main, backend="trio" if kind == "trio" else "asyncio")


def resolving_to(*addresses: str) -> Any:
    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in {"localhost", b"localhost"}:
            return RESOLVE(host, port, *args, **kwargs)
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port) if family == socket.AF_INET else (address, port, 0, 0))
            for family, address in zip(families, addresses, strict=True)
        ]

    return getaddrinfo


def test_localhost_leads_to_a_server_of_this_machine(kind: str, server: FaultyServer) -> None:
    start(kind, server)
    assert server.carried_out.total() == 1


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("::1", "127.0.0.1"), ("127.0.0.1", "::1"), ("127.9.9.9", "::1", "127.0.0.1")]
)
def test_every_loopback_address_is_tried(
    kind: str, server: FaultyServer, addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving_to(*addresses))
    start(kind, server)
    assert server.carried_out.total() == 1


@pytest.mark.parametrize("addresses", [("192.0.2.1",), ("2001:db8::1",), ("127.0.0.1", "10.0.0.1"), ("0.0.0.0",)])
def test_localhost_that_leads_to_another_machine_is_not_dialled(
    kind: str, server: FaultyServer, addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving_to(*addresses))
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("it was dialled"))
    monkeypatch.setattr(anyio, "connect_tcp", lambda *_, **__: pytest.fail("it was dialled"))
    with pytest.raises(APIConnectionError, match=f"localhost resolves to {addresses[-1]}, which is not") as caught:
        start(kind, server)
    assert not isinstance(caught.value, OutcomeUnknownError)
    assert server.connections == 0


def test_localhost_that_cannot_be_resolved_is_a_connection_that_was_never_made(
    kind: str, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(APIConnectionError, match="Name or service not known") as caught:
        start(kind, server)
    assert not isinstance(caught.value, OutcomeUnknownError)
