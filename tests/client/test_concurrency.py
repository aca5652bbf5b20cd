"""One client shared by many threads or tasks: each answer belongs to its request, connections are bounded and reused."""

import asyncio
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from signalwire_streams import AsyncStreamsClient, RetryPolicy, StreamsClient
from support.echo import EchoServer, echo_server

URL = "wss://stream.example.com/audio"
CALLS = 10_000
PATIENT = RetryPolicy(attempts=1, deadline=200)  # the machine is shared; how fast it goes is not tested here


@pytest.fixture
def server() -> Iterator[EchoServer]:
    with echo_server() as server:
        yield server


def test_32_threads_share_a_client(server: EchoServer) -> None:
    names = [f"n{number}" for number in range(CALLS)]
    with StreamsClient("p", "t", server.url, timeout=100, retry=PATIENT) as client, ThreadPoolExecutor(32) as pool:
        assert list(pool.map(lambda name: client.start_stream("CA1", URL, name=name).name, names)) == names
    assert server.stop() <= 32


def test_500_tasks_share_a_client(server: EchoServer) -> None:
    async def main() -> None:
        async with AsyncStreamsClient("p", "t", server.url, timeout=100, retry=PATIENT) as client:

            async def call(worker: int) -> None:
                for number in range(CALLS // 500):
                    name = f"n{worker}-{number}"
                    assert (await client.start_stream("CA1", URL, name=name)).name == name

            await asyncio.gather(*(call(worker) for worker in range(500)))
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert server.stop() <= 100


def test_memory_stays_flat(server: EchoServer) -> None:
    with StreamsClient("p", "t", server.url) as client:

        def call(times: int) -> None:
            for _ in range(times):
                client.start_stream("CA1", URL, name="n", parameters={"FirstName": "Jane"})

        call(100)
        tracemalloc.start()
        call(100)
        before = tracemalloc.get_traced_memory()[0]
        call(1000)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
    assert grown < 100_000, f"{grown} bytes more after 1,000 calls"
