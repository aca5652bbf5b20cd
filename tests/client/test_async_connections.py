"""The connections of the async client: what tasks and an event loop add to what connections do."""

import asyncio
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
