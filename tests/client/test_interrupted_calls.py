"""Calls that are interrupted at random moments, once or twice: the next call works at once, and nothing is lost.

`--calls` sets how many are interrupted; a failure prints the seed.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio
from signalwire_streams import AsyncStreamsClient, RetryPolicy, StreamsError
from signalwire_streams.transports import AiohttpTransport
from support.faulty import FaultyServer, faulty_server

URL = "wss://stream.example.com/audio"
SCRIPT = Path(__file__).parents[1] / "support" / "interrupted_calls.py"
DESCRIPTORS = Path("/proc/self/fd")
ONCE = RetryPolicy(attempts=1, deadline=20)
AT_ONCE = 2.0
"""Seconds within which the next call must be done, on a busy machine: far below the timeout of ten."""
MAX_CONNECTIONS = 4

# httpx gives a request body as an async generator, which trio misses when it was left half-way.
pytestmark = pytest.mark.filterwarnings("ignore:.*ByteStream.__aiter__:pytest.PytestUnraisableExceptionWarning")

SERVERS = pytest.mark.parametrize("does", ["ok_in_2_ms", "ok_in_2_ms_and_close"], ids=["keep-alive", "close"])


@pytest.fixture
def server(does: str) -> Iterator[FaultyServer]:
    with faulty_server() as server:
        server.does(does)
        yield server
        server.wait_until_all_are_closed()


@pytest.fixture
def seed() -> int:
    seed = int(os.environ.get("INTERRUPTION_SEED", random.randrange(10**6)))
    print(f"INTERRUPTION_SEED={seed}")
    return seed


@pytest.fixture(autouse=True)
def few_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let calls wait for a connection, too."""
    monkeypatch.setattr("signalwire_streams._transport._environment.MAX_CONNECTIONS", MAX_CONNECTIONS)


@pytest.fixture
def interruptions(pytestconfig: pytest.Config) -> int:
    return max(150, pytestconfig.getoption("--calls") // 6)


def descriptors() -> int:
    return len(list(DESCRIPTORS.iterdir())) if DESCRIPTORS.exists() else 0


async def check_that_nothing_is_lost(client: AsyncStreamsClient, server: FaultyServer) -> None:
    """All places are free: as many calls as there are connections are done at once."""
    with anyio.fail_after(AT_ONCE):
        async with anyio.create_task_group() as group:
            for _ in range(MAX_CONNECTIONS):
                group.start_soon(client.start_stream, "CA1", URL)
    with anyio.fail_after(10):
        while server.open > MAX_CONNECTIONS:
            await anyio.sleep(0.01)


@SERVERS
@pytest.mark.parametrize("transport", ["default", "aiohttp"])
def test_the_client_outlives_cancelled_calls_under_asyncio(
    server: FaultyServer, transport: str, seed: int, interruptions: int
) -> None:
    chance = random.Random(seed)

    async def cancel_calls(client: AsyncStreamsClient, count: int) -> None:
        for call in range(count):
            task = asyncio.create_task(client.start_stream("CA1", URL))
            await asyncio.sleep(chance.uniform(0, 0.008))
            task.cancel()
            if chance.random() < 0.4:
                await asyncio.sleep(chance.uniform(0, 0.0005))
                task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if call % 3 == 0:
                async with asyncio.timeout(AT_ONCE):
                    await client.start_stream("CA1", URL)

    async def main() -> None:
        through: Any = AiohttpTransport(max_connections=MAX_CONNECTIONS) if transport == "aiohttp" else None
        async with AsyncStreamsClient("p", "t", server.url, retry=ONCE, transport=through) as client:
            await client.start_stream("CA1", URL)
            await asyncio.gather(*(cancel_calls(client, interruptions // 6) for _ in range(6)))
            await check_that_nothing_is_lost(client, server)

    before = descriptors()
    asyncio.run(main())
    server.wait_until_all_are_closed()
    assert descriptors() <= before + 1


@SERVERS
def test_the_client_outlives_cancelled_calls_under_trio(server: FaultyServer, seed: int, interruptions: int) -> None:
    chance = random.Random(seed)

    async def cancel_calls(client: AsyncStreamsClient, count: int) -> None:
        for call in range(count):
            with trio.move_on_after(chance.uniform(0, 0.008)):
                await client.start_stream("CA1", URL)
            if call % 3 == 0:
                with trio.fail_after(AT_ONCE):
                    await client.start_stream("CA1", URL)

    async def main() -> None:
        async with AsyncStreamsClient("p", "t", server.url, retry=ONCE) as client:
            await client.start_stream("CA1", URL)
            async with trio.open_nursery() as nursery:
                for _ in range(6):
                    nursery.start_soon(cancel_calls, client, interruptions // 6)
            await check_that_nothing_is_lost(client, server)

    before = descriptors()
    trio.run(main)
    server.wait_until_all_are_closed()
    assert descriptors() <= before + 1


@SERVERS
@pytest.mark.parametrize("threads", [0, 6], ids=["alone", "beside six threads"])
def test_the_sync_client_outlives_exceptions_from_signal_handlers(
    server: FaultyServer, seed: int, interruptions: int, threads: int
) -> None:
    arguments = map(str, [server.url, seed, interruptions, MAX_CONNECTIONS, threads])
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["failed"] == []
    assert result["came"] >= interruptions
    assert result["slowest"] < AT_ONCE
    assert result["descriptors"] <= MAX_CONNECTIONS


RUN: dict[str, Callable[[Callable[[], Awaitable[None]]], None]] = {
    "asyncio": lambda main: anyio.run(main, backend="asyncio"),
    "trio": lambda main: anyio.run(main, backend="trio"),
}


@pytest.mark.parametrize("backend", RUN)
@pytest.mark.parametrize("does", ["ok_in_2_ms"])
def test_a_close_that_is_cancelled_still_closes_every_connection(server: FaultyServer, backend: str, seed: int) -> None:
    chance = random.Random(seed)

    async def calls(client: AsyncStreamsClient) -> None:
        with suppress(StreamsError):  # once the client is closed
            while True:
                await client.start_stream("CA1", URL)

    async def main() -> None:
        for _ in range(10):
            client = AsyncStreamsClient("p", "t", server.url, retry=ONCE)
            async with anyio.create_task_group() as group:
                for _ in range(MAX_CONNECTIONS + 2):
                    group.start_soon(calls, client)
                await anyio.sleep(chance.uniform(0.005, 0.02))
                group.cancel_scope.cancel()
                await client.aclose()
            server.wait_until_all_are_closed()

    RUN[backend](main)
