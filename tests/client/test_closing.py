"""Closing a client ends what is under way and sends nothing more; transports of the user's can do what they like."""

import asyncio
import socket
import time
from typing import Any

import anyio
import httpx
import pytest
from signalwire_streams import (
    APIConnectionError,
    AsyncStreamsClient,
    OutcomeUnknownError,
    RetryPolicy,
    StreamsClient,
    StreamsError,
)
from support.both import EitherClient, httpx_client
from support.canned import CannedServer, answering_with_the_stream
from support.faulty import faulty_server

URL = "wss://stream.example.com/audio"
ONCE = RetryPolicy(attempts=1, deadline=20)


def test_a_call_that_was_just_lent_a_connection_is_not_sent_by_a_closed_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("signalwire_streams._transport._environment.MAX_CONNECTIONS", 1)

    async def main() -> list[Any]:
        client = AsyncStreamsClient("p", "t", server.url, retry=ONCE)

        async def first() -> None:
            await client.start_stream("CA1", URL, name="first")
            await client.aclose()

        tasks: list[asyncio.Task[Any]] = [asyncio.create_task(first())]
        await asyncio.sleep(0)
        tasks += [asyncio.create_task(client.start_stream("CA1", URL, name="waits")) for _ in range(3)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    with faulty_server() as server:
        server.does("ok_in_2_ms")
        done = asyncio.run(main())
        assert done[0] is None
        assert all(isinstance(error, StreamsError) for error in done[1:]), done
        assert server.carried_out == {("start", "first"): 1}


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_closing_ends_a_tls_handshake_with_an_error_of_ours(backend: str) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            client = AsyncStreamsClient("p", "t", f"https://127.0.0.1:{silent.getsockname()[1]}", retry=ONCE)
            async with anyio.create_task_group() as group:

                async def call() -> None:
                    with pytest.raises(APIConnectionError):
                        await client.start_stream("CA1", URL)

                group.start_soon(call)
                await anyio.sleep(0.2)
                with anyio.fail_after(5):
                    await client.aclose()

    anyio.run(main, backend=backend)


def test_a_close_that_is_cancelled_closes_every_connection() -> None:
    async def main() -> None:
        client = AsyncStreamsClient("p", "t", server.url, retry=ONCE)
        await asyncio.gather(*(client.start_stream("CA1", URL) for _ in range(10)))
        closing = asyncio.create_task(client.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        await asyncio.sleep(0.01)
        server.wait_until_all_are_closed()

    with faulty_server() as server:
        server.does("ok_in_2_ms")
        asyncio.run(main())


def test_a_start_over_http_2_that_may_have_been_sent_is_not_retried(kind: str) -> None:
    sent = 0

    class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal sent
            sent += 1
            request.extensions["trace"]("connection.connect_tcp.started", {})
            request.extensions["trace"]("http2.send_request_headers.started", {"request": request})
            raise httpx.ReadTimeout("late")

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal sent
            sent += 1
            await request.extensions["trace"]("connection.connect_tcp.started", {})
            await request.extensions["trace"]("http2.send_request_headers.started", {"request": request})
            raise httpx.ReadTimeout("late")

    with EitherClient(kind, "p", "t", "example", transport=Transport()) as client, pytest.raises(OutcomeUnknownError):
        client.start_stream("CA1", URL)
    assert sent == 1


def test_an_error_response_to_a_request_of_a_hook_is_not_the_responses_of_ours(kind: str, canned: CannedServer) -> None:
    def ask_elsewhere(request: httpx.Request) -> None:
        if "Streams" in request.url.path:
            httpx.Response(404, request=httpx.Request("GET", "https://tokens.example.com/")).raise_for_status()

    async def ask_elsewhere_async(request: httpx.Request) -> None:
        ask_elsewhere(request)

    hook = ask_elsewhere if kind == "sync" else ask_elsewhere_async
    http = httpx_client(kind, event_hooks={"request": [hook]})
    with EitherClient(kind, "p", "t", canned.url, http_client=http) as client, pytest.raises(StreamsError) as caught:
        client.stop_stream("CA1", "ST1", retry=ONCE)
    assert type(caught.value) is APIConnectionError
    assert canned.received == []


def test_many_clients_can_share_a_transport_of_the_users_own(canned: CannedServer) -> None:
    transport = httpx.HTTPTransport()
    for _ in range(1500):
        StreamsClient("p", "t", canned.url, transport=transport)
    assert StreamsClient("p", "t", canned.url, transport=transport).start_stream("CA1", URL).call_sid == "CA1"
    transport.close()


def test_a_transport_that_connects_again_keeps_to_the_deadline() -> None:
    retry = RetryPolicy(attempts=1, deadline=0.5)
    began = time.monotonic()
    with (
        StreamsClient("p", "t", "http://127.0.0.1:9", transport=httpx.HTTPTransport(retries=50), retry=retry) as client,
        pytest.raises(APIConnectionError),
    ):
        client.start_stream("CA1", URL)
    assert time.monotonic() - began < 5


def test_a_transport_from_memory_is_sent_through(kind: str) -> None:
    with EitherClient(kind, "p", "t", "example", transport=httpx.MockTransport(answering_with_the_stream)) as client:
        assert client.start_stream("CA1", URL).status == "queued"
