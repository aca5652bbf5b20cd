"""Blocks whose start is slow, and is interrupted or times out: no stream is left running, unless a note says so."""

import asyncio
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from signalwire_streams import (
    AsyncStreamsClient,
    InputError,
    OutcomeUnknownError,
    Retry,
    RetryPolicy,
    StreamsClient,
)
from signalwire_streams.mock import MockServer
from support.both import WITH_AIOHTTP, EitherClient

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
DELAY = 0.18
QUICK = RetryPolicy(backoff=0.1, cleanup=2)
Outcomes = dict[str, list[str]]
"""The notes on what came out of each block, by the name of its stream."""


@pytest.fixture(scope="module")
def slow() -> Iterator[MockServer]:
    with MockServer(start_delay=DELAY) as mock:
        yield mock


@pytest.fixture
def frozen() -> Iterator[MockServer]:
    """A service that carries out no start for as long as a test lasts."""
    with MockServer(start_delay=60) as mock:
        yield mock


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    seed = request.config.getoption("--seed")
    print(f"run again with --seed {seed}")
    return random.Random(seed)


def notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def left_running(mock: MockServer) -> set[str]:
    time.sleep(DELAY + 0.1)  # by then the last start is carried out
    return {stream.name for stream in mock.streams if stream.status != "stopped"}


def assert_none_is_forgotten(mock: MockServer, outcomes: Outcomes, *, gave_up: bool = False) -> None:
    """No stream runs that no note tells of. Unless a clean-up gave up, no note is on a stream that was started."""
    running = left_running(mock) & outcomes.keys()
    told = {name for name, texts in outcomes.items() for text in texts if name in text and "may be running" in text}
    started = {stream.name for stream in mock.streams} & outcomes.keys()
    print(f"{len(outcomes)} blocks, {len(started)} started, {len(running)} left running, {len(told)} noted")
    assert len(started) > 10
    assert running <= told
    if not gave_up:
        assert not told & started


async def block(client: AsyncStreamsClient, name: str, outcomes: Outcomes) -> None:
    try:
        async with client.stream(f"CA-{name}", URL, name=name):
            await anyio.sleep(0.03)
    except BaseException as error:
        outcomes[name] = notes(error)
        raise


INTERRUPTED = """
import json, random, signal, sys, time
from signalwire_streams import RetryPolicy, StreamsClient

class Alarm(Exception):
    pass

url, project, token, seed, number, blocks = sys.argv[1:]
rng = random.Random(f"{seed} {number}")
kind, twice = (KeyboardInterrupt, Alarm)[int(number) % 2], int(number) % 4 > 1
inside, again, outcomes = False, False, {}

def interrupt(*_):
    global again
    if inside:
        if again:
            again = False
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(0.001, 0.1))
        raise kind

signal.signal(signal.SIGALRM, interrupt)
with StreamsClient(project, token, url, retry=RetryPolicy(backoff=0.1, cleanup=2)) as client:
    for block in range(int(blocks)):
        name, again = f"sync-{number}-{block}", twice
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(0.001, 0.25))
                inside = True
                with client.stream(f"CA-{name}", "wss://stream.example.com/audio", name=name):
                    time.sleep(0.03)
            finally:
                inside = False
        except (KeyboardInterrupt, Alarm) as error:
            outcomes[name] = getattr(error, "__notes__", [])
        signal.setitimer(signal.ITIMER_REAL, 0)
print(json.dumps([twice, outcomes]))
"""


def test_blocks_that_signals_interrupt_leave_no_stream_running(slow: MockServer, rng: random.Random) -> None:
    arguments = [slow.url, slow.project, slow.token, str(rng.random())]
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", INTERRUPTED, *arguments, str(number), "10"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    found = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    once: Outcomes = {}
    twice: Outcomes = {}
    for was_twice, outcomes in found:
        (twice if was_twice else once).update(outcomes)
    assert len(once) > 10
    assert len(twice) > 10
    assert_none_is_forgotten(slow, once)
    assert_none_is_forgotten(slow, twice, gave_up=True)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_blocks_that_are_cancelled_leave_no_stream_running(slow: MockServer, rng: random.Random, times: int) -> None:
    outcomes: Outcomes = {}

    async def cancelled(client: AsyncStreamsClient, name: str) -> None:
        await asyncio.sleep(rng.uniform(0, 0.3))  # not all at once, which takes long to connect
        task = asyncio.create_task(block(client, name, outcomes))
        await asyncio.sleep(rng.uniform(0, 0.25))
        for number in range(times):
            if number:
                await asyncio.sleep(rng.uniform(0, 0.1))
            task.cancel()
        await asyncio.wait([task])

    async def main() -> None:
        async with AsyncStreamsClient(slow.project, slow.token, slow.url, retry=QUICK) as client:
            await asyncio.gather(*[cancelled(client, f"asyncio-{times}-{number}") for number in range(60)])
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert len(outcomes) > 20
    assert_none_is_forgotten(slow, outcomes, gave_up=times > 1)


@pytest.mark.filterwarnings("ignore:Async generator 'httpx.*:ResourceWarning")  # a cancelled send of httpx leaves it
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_blocks_whose_scope_is_cancelled_leave_no_stream_running(
    slow: MockServer, rng: random.Random, backend: str
) -> None:
    outcomes: Outcomes = {}

    async def cancelled(client: AsyncStreamsClient, name: str) -> None:
        await anyio.sleep(rng.uniform(0, 0.3))
        with anyio.move_on_after(rng.uniform(0, 0.25)):
            await block(client, name, outcomes)

    async def main() -> None:
        async with (
            AsyncStreamsClient(slow.project, slow.token, slow.url, retry=QUICK) as client,
            anyio.create_task_group() as group,
        ):
            for number in range(60):
                group.start_soon(cancelled, client, f"{backend}-{number}")

    anyio.run(main, backend=backend)
    assert len(outcomes) > 20
    assert_none_is_forgotten(slow, outcomes)


def test_blocks_whose_start_times_out_leave_no_stream_running(slow: MockServer) -> None:
    outcomes: Outcomes = {}

    def timed_out(client: StreamsClient, name: str) -> None:
        with pytest.raises(OutcomeUnknownError) as caught:
            with client.stream(f"CA-{name}", URL, name=name, timeout=DELAY / 3):
                pytest.fail("the block must not be entered")
        outcomes[name] = notes(caught.value)

    with StreamsClient(slow.project, slow.token, slow.url, retry=QUICK) as client, ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: timed_out(client, f"late-sync-{number}"), range(20)))
    assert len(outcomes) == 20
    assert_none_is_forgotten(slow, outcomes)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_blocks_whose_start_times_out_leave_no_stream_running(slow: MockServer, backend: str) -> None:
    outcomes: Outcomes = {}

    async def timed_out(client: AsyncStreamsClient, name: str) -> None:
        with pytest.raises(OutcomeUnknownError) as caught:
            async with client.stream(f"CA-{name}", URL, name=name, timeout=DELAY / 3):
                pytest.fail("the block must not be entered")
        outcomes[name] = notes(caught.value)

    async def main() -> None:
        async with (
            AsyncStreamsClient(slow.project, slow.token, slow.url, retry=QUICK) as client,
            anyio.create_task_group() as group,
        ):
            for number in range(20):
                group.start_soon(timed_out, client, f"late-{backend}-{number}")

    anyio.run(main, backend=backend)
    assert len(outcomes) == 20
    assert_none_is_forgotten(slow, outcomes)


SHORT = 0.1
"""A time-out that is over long before a start is carried out."""


def of(mock: MockServer, kind: str, **policy: Any) -> EitherClient:
    return EitherClient(kind, mock.project, mock.token, mock.url, retry=RetryPolicy(**policy))


def test_the_stop_is_repeated_whatever_the_attempts_and_on_retry_is_told(slow: MockServer, kind: str) -> None:
    retries: list[Retry] = []
    with of(slow, kind, attempts=1, backoff=0.1, deadline=SHORT, on_retry=retries.append) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            with client.stream("CA1", URL, name=f"told-{kind}", timeout=SHORT):
                pytest.fail("the block must not be entered")
    assert not notes(caught.value)
    assert retries
    assert {retry.error.status for retry in retries} == {404}
    assert f"told-{kind}" not in left_running(slow)


def test_a_call_that_is_not_ready_to_stop_is_no_reason_to_give_up(mock: MockServer, kind: str) -> None:
    mock.fail_next(lost=True, carried_out=True)
    mock.fail_next(422, code=21220)
    with of(mock, kind, backoff=0.01) as client:
        with pytest.raises(OutcomeUnknownError) as caught, client.stream("CA1", URL, name="mine"):
            pytest.fail("the block must not be entered")
    assert not notes(caught.value)
    assert [stream.status for stream in mock.streams] == ["stopped"]
    assert [request.status for request in mock.requests] == [0, 422, 200]


@pytest.mark.parametrize("per_call", [False, True])
def test_a_clean_up_ends_in_its_time_with_a_note(frozen: MockServer, kind: str, per_call: bool) -> None:
    retry = RetryPolicy(cleanup=0.5) if per_call else None
    with of(frozen, kind, cleanup=30 if per_call else 0.5) as client:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknownError) as caught:
            with client.stream("CA1", URL, name="mine", timeout=SHORT, retry=retry):
                pytest.fail("the block must not be entered")
        assert 0.4 < time.monotonic() - began < 3
    (note,) = notes(caught.value)
    assert note.startswith("Stream mine on call CA1 may be running. It could not be stopped: ")
    assert {request.status for request in frozen.requests} == {404}
    assert len(frozen.requests) < 60  # of at most 100, which would take longer


def test_a_start_without_a_name_has_a_note_and_no_clean_up(frozen: MockServer, kind: str) -> None:
    with of(frozen, kind) as client:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknownError) as caught, client.stream("CA1", URL, timeout=SHORT):
            pytest.fail("the block must not be entered")
        assert time.monotonic() - began < 3
    assert notes(caught.value) == [
        "A stream may be running on call CA1. It has no name to stop it by, and ends with the call."
    ]
    assert not frozen.requests


@pytest.mark.parametrize("ends_by", ["an exception", "itself"])
def test_a_stream_that_has_gone_is_not_waited_for(mock: MockServer, kind: str, ends_by: str) -> None:
    caught: list[BaseException] = []
    with of(mock, kind) as client:
        try:
            with client.stream("CA1", URL, name="mine"):
                mock.reset()
                if ends_by == "an exception":
                    raise ZeroDivisionError
        except ZeroDivisionError as error:
            caught.append(error)
    assert [notes(error) for error in caught] == [[]] * (ends_by == "an exception")
    assert [request.status for request in mock.requests] == [404]


def cancel_at(mock: MockServer, *moments: float, timeout: float | None = None) -> tuple[list[str], float]:
    """Cancel a block at these moments; return the notes on its CancelledError, and the seconds it took to come."""

    async def main() -> tuple[list[str], float]:
        async with AsyncStreamsClient(mock.project, mock.token, mock.url, retry=RetryPolicy(backoff=0.1)) as client:
            task = asyncio.create_task(client.stream("CA1", URL, name="mine", timeout=timeout).__aenter__())
            for wait in moments:
                await asyncio.sleep(wait)
                task.cancel()
            cancelled = time.monotonic()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            return notes(caught.value), time.monotonic() - cancelled

    return asyncio.run(main())


INTERRUPTED_NOTE = "Stream mine on call CA1 may be running. Stopping it was interrupted."


def test_a_second_cancellation_ends_a_clean_up_at_once(frozen: MockServer) -> None:
    found, seconds = cancel_at(frozen, 0.2, 0.2)
    assert found == [INTERRUPTED_NOTE]
    assert seconds < 2


def test_the_first_cancellation_after_a_time_out_does_not_abandon_the_stream() -> None:
    with MockServer(start_delay=0.6) as mock:
        found, seconds = cancel_at(mock, 0.3, timeout=SHORT)
        assert not found
        assert seconds > 0.2
        assert [stream.status for stream in mock.streams] == ["stopped"]


def test_the_second_cancellation_after_a_time_out_does(frozen: MockServer) -> None:
    found, seconds = cancel_at(frozen, 0.3, 0.2, timeout=SHORT)
    assert found == [INTERRUPTED_NOTE]
    assert seconds < 2


def test_a_timeout_and_a_task_group_round_a_block_are_what_they_were(slow: MockServer) -> None:
    def assert_not_cancelling() -> None:
        this = asyncio.current_task()
        assert this is not None
        assert not this.cancelling()

    async def fail() -> None:
        await asyncio.sleep(0.05)
        raise ZeroDivisionError

    async def stay(client: AsyncStreamsClient) -> None:
        async with client.stream("CA1", URL, name="grouped"):
            await asyncio.sleep(60)

    async def main() -> None:
        async with AsyncStreamsClient(slow.project, slow.token, slow.url, retry=QUICK) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05), client.stream("CA1", URL, name="in time"):
                    pytest.fail("the block must not be entered")
            assert_not_cancelling()
            with pytest.raises(TimeoutError):  # it is over while the clean-up of an ordinary error is under way
                async with asyncio.timeout(SHORT * 1.2), client.stream("CA1", URL, name="late", timeout=SHORT):
                    pytest.fail("the block must not be entered")
            assert_not_cancelling()
            with pytest.raises(ExceptionGroup) as caught:
                async with asyncio.TaskGroup() as group:
                    group.create_task(stay(client))
                    group.create_task(fail())
            assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]

    asyncio.run(main())
    assert not left_running(slow) & {"in time", "late", "grouped"}


SIGNALS = """
import signal, sys, time
from signalwire_streams import RetryPolicy, StreamsClient

url, project, token, timeout, first, second = sys.argv[1:]
alarms = [float(second)] if float(second) else []

def interrupt(*_):
    if alarms:
        signal.setitimer(signal.ITIMER_REAL, alarms.pop())
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
with StreamsClient(project, token, url, retry=RetryPolicy(backoff=0.1)) as client:
    signal.setitimer(signal.ITIMER_REAL, float(first))
    began = time.monotonic()
    try:
        with client.stream("CA1", "wss://stream.example.com/audio", name="mine", timeout=float(timeout)):
            pass
    except KeyboardInterrupt as error:
        assert time.monotonic() - began < 5
        print(*getattr(error, "__notes__", []), end="")
"""


def interrupt_at(mock: MockServer, timeout: float, first: float, second: float) -> str:
    """Interrupt a block of the sync client once or twice, and return the notes on what came out."""
    arguments = [mock.url, mock.project, mock.token, *map(str, (timeout, first, second))]
    command = [sys.executable, "-W", "error", "-c", SIGNALS, *arguments]
    return subprocess.run(command, check=True, timeout=30, stdout=subprocess.PIPE, text=True).stdout


def test_a_second_signal_ends_a_clean_up_at_once(frozen: MockServer) -> None:
    assert interrupt_at(frozen, 10, 0.3, 0.3) == INTERRUPTED_NOTE


def test_the_second_signal_after_a_time_out_does_so(frozen: MockServer) -> None:
    assert interrupt_at(frozen, SHORT, 0.4, 0.2) == INTERRUPTED_NOTE


def test_the_first_signal_after_a_time_out_does_not_abandon_the_stream() -> None:
    with MockServer(start_delay=1) as mock:
        assert interrupt_at(mock, SHORT, 0.4, 0) == ""
        assert [stream.status for stream in mock.streams] == ["stopped"]


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), True, "1"])
def test_a_clean_up_that_is_no_time_is_refused(seconds: Any) -> None:
    with pytest.raises(InputError, match="^cleanup must be a number of seconds above zero; got "):
        RetryPolicy(cleanup=seconds)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_block_that_was_cancelled_before_its_start_was_sent_ends_at_once(backend: str) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:  # no TLS handshake ever ends here
            host = f"https://127.0.0.1:{silent.getsockname()[1]}"
            async with AsyncStreamsClient("p", "t", host) as client:
                began = time.monotonic()
                caught: BaseException | None = None
                with anyio.move_on_after(0.3):
                    try:
                        async with client.stream("CA1", URL, name="mine"):
                            pytest.fail("the block must not be entered")
                    except BaseException as error:
                        caught = error
                        raise
                assert caught is not None
                assert not hasattr(caught, "__notes__")
                assert time.monotonic() - began < 5  # the clean-up would take ten seconds

    anyio.run(main, backend=backend)
