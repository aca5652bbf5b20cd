"""The connections of the async client: what tasks and an event loop add to what connections do."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from signalwire_streams import AsyncStreamsClient, RetryPolicy
from signalwire_streams.transports import AiohttpTransport
from support.faulty import FaultyServer, faulty_server

KINDS = ("async", "aiohttp")
URL = "wss://stream.example.com/audio"
ONCE = RetryPolicy(attempts=1, deadline=20)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def async_client(kind: str, server: FaultyServer) -> AsyncStreamsClient:
    transport = AiohttpTransport() if kind == "aiohttp" else None
    return AsyncStreamsClient("p", "t", server.url, retry=ONCE, transport=transport)


def test_what_a_burst_of_tasks_leaves_open_is_closed_by_the_calls_after_it(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalwire_streams._transport._environment.KEEPALIVE", 0.05)

    async def main() -> None:
        async with AsyncStreamsClient("p", "t", server.url, retry=ONCE) as client:
            await asyncio.gather(*(client.start_stream("CA1", URL) for _ in range(20)))
            assert server.open > 2
            ends = time.monotonic() + 20
            while server.open > 2 and time.monotonic() < ends:
                await asyncio.sleep(0.01)
                await client.start_stream("CA1", URL)
            assert server.open <= 2

    asyncio.run(main())


def test_the_connection_of_a_cancelled_call_is_closed(async_client: AsyncStreamsClient, server: FaultyServer) -> None:
    async def main() -> None:
        async with async_client as client:
            for _ in range(20):
                server.does("say_nothing")
                sent = server.carried_out.total()
                task = asyncio.create_task(client.start_stream("CA1", URL))
                while server.carried_out.total() == sent:
                    await asyncio.sleep(0.002)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                server.wait_until_all_are_closed()
            server.does("ok")
            await asyncio.gather(*(client.start_stream("CA1", URL) for _ in range(20)))
            assert server.open <= 20

    asyncio.run(main())
    server.wait_until_all_are_closed()


def test_a_connection_that_was_closed_while_the_loop_was_held_up_is_not_used(
    async_client: AsyncStreamsClient, server: FaultyServer
) -> None:
    async def main() -> None:
        async with async_client as client:
            for _ in range(5):
                server.does("close_after_answering")
                assert (await client.start_stream("CA1", URL)).status == "queued"
                server.wait_until_all_are_closed()  # without the loop, which has to find out by itself

    asyncio.run(main())
