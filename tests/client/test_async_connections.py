"""The connections of the async client: what tasks and an event loop add to what connections do."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from signalwire_streams import AsyncStreamsClient, RetryPolicy
from signalwire_streams._async_pools import AsyncPoolPerConnection
from support.both import without
from support.faulty import FaultyServer, faulty_server

KINDS = ("async", "aiohttp")
URL = "wss://stream.example.com/audio"
ONCE = RetryPolicy(attempts=1, deadline=20)
BRIEF = httpx.Limits(max_connections=50, keepalive_expiry=0.05)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def async_client(kind: str, server: FaultyServer) -> AsyncStreamsClient:
    with without("nothing" if kind == "aiohttp" else "aiohttp"):
        return AsyncStreamsClient("p", "t", server.url, retry=ONCE)


def test_what_a_burst_of_tasks_leaves_open_is_closed_by_the_calls_after_it(server: FaultyServer) -> None:
    async def main() -> None:
        pool = AsyncPoolPerConnection(BRIEF, httpx.create_ssl_context())
        async with AsyncStreamsClient("p", "t", server.url, transport=pool, retry=ONCE) as client:
            await asyncio.gather(*(client.start_stream("CA1", URL) for _ in range(20)))
            assert server.open > 2
            ends = time.monotonic() + 20
            while server.open > 2 and time.monotonic() < ends:
                await asyncio.sleep(0.01)
                await client.start_stream("CA1", URL)
            assert server.open <= 2

    asyncio.run(main())


def test_calls_that_are_cancelled_give_their_connections_back(
    kind: str, async_client: AsyncStreamsClient, server: FaultyServer
) -> None:
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
            server.does("ok")
            await asyncio.gather(*(client.start_stream("CA1", URL) for _ in range(20)))
            inside: Any = client._sender
            pool: AsyncPoolPerConnection = inside._through
            assert len(pool.transports) == len(pool.transports.all) == (0 if kind == "aiohttp" else 20)

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
