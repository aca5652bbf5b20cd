"""One client shared by many threads or tasks: each answer belongs to its request, connections are bounded and reused."""

import asyncio
import gc
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from signalwire_streams import AsyncStreamsClient, RetryPolicy, StreamsClient
from signalwire_streams.transports import AiohttpTransport
from support.echo import EchoServer, echo_server

URL = "wss://stream.example.com/audio"
TASKS = 500
PATIENT = RetryPolicy(attempts=1, deadline=200)  # the machine is shared; how fast it goes is not tested here


@pytest.fixture
def server() -> Iterator[EchoServer]:
    with echo_server() as server:
        yield server


@pytest.fixture
def calls(request: pytest.FixtureRequest) -> int:
    number: int = request.config.getoption("--calls")
    return number


def test_32_threads_share_a_client(server: EchoServer, calls: int) -> None:
    names = [f"n{number}" for number in range(calls)]
    with StreamsClient("p", "t", server.url, timeout=100, retry=PATIENT) as client, ThreadPoolExecutor(32) as pool:
        assert list(pool.map(lambda name: client.start_stream("CA1", URL, name=name).name, names)) == names
    made, most = server.stop()
    assert most <= 32
    assert made <= calls // 10


@pytest.mark.parametrize("transport", [None, AiohttpTransport], ids=["httpx", "aiohttp"])
def test_500_tasks_share_a_client(server: EchoServer, calls: int, transport: type[AiohttpTransport] | None) -> None:
    async def main() -> None:
        through = None if transport is None else transport()
        async with AsyncStreamsClient("p", "t", server.url, timeout=100, retry=PATIENT, transport=through) as client:

            async def call(worker: int) -> None:
                for number in range(calls // TASKS):
                    name = f"n{worker}-{number}"
                    assert (await client.start_stream("CA1", URL, name=name)).name == name

            await asyncio.gather(*(call(worker) for worker in range(TASKS)))
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    made, most = server.stop()
    assert most <= 250
    assert made <= 250


def test_memory_stays_flat(server: EchoServer) -> None:
    with StreamsClient("p", "t", server.url) as client:

        def call(times: int) -> None:
            for _ in range(times):
                client.start_stream("CA1", URL, name="n", parameters={"FirstName": "Jane"})

        call(100)
        tracemalloc.start()
        call(200)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        call(500)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
    assert grown < 50_000, f"{grown} bytes more after 500 calls"
