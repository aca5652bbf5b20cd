"""`on_retry` may be async with the async client, which awaits it. The sync client rejects it."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
import trio
from signalwire_streams import AsyncStreamsClient, InputError, RateLimitError, Retry, RetryPolicy, StreamsClient
from support.canned import answering_with_the_stream

URL = "wss://stream.example.com/audio"
PROBLEM = "must not have an async on_retry, because StreamsClient cannot await it. Pass a plain function."
LOOPS = pytest.mark.parametrize("loop", ["asyncio", "trio"])
events: list[str] = []


@pytest.fixture(autouse=True)
def no_events_yet() -> None:
    events.clear()


async def tell(retry: Retry) -> None:
    events.append(f"begin {retry.attempt}")
    await anyio.sleep(0.001)
    events.append(f"end {retry.attempt}")


async def tell_with_prefix(prefix: str, retry: Retry) -> None:
    events.append(prefix)
    await tell(retry)


class Telling:
    async def __call__(self, retry: Retry) -> None:
        await tell(retry)

    async def method(self, retry: Retry) -> None:
        await tell(retry)


ASYNC_FORMS: dict[str, Callable[[Retry], Any]] = {
    "function": tell,
    "partial": partial(tell_with_prefix, "partial"),
    "object": Telling(),
    "method": Telling().method,
}
EACH_FORM = pytest.mark.parametrize("on_retry", ASYNC_FORMS.values(), ids=ASYNC_FORMS)


def busy_twice() -> httpx.MockTransport:
    """Return a transport that responds with 429 twice, then with a stream."""

    def respond(request: httpx.Request) -> httpx.Response:
        events.append("request")
        return httpx.Response(429) if events.count("request") < 3 else answering_with_the_stream(request)

    return httpx.MockTransport(respond)


def run(loop: str, main: Callable[[], Any]) -> None:
    if loop == "asyncio":
        asyncio.run(main())
    else:
        trio.run(main)


@LOOPS
@EACH_FORM
def test_the_async_client_awaits_on_retry_before_the_next_attempt(loop: str, on_retry: Callable[[Retry], Any]) -> None:
    policy = RetryPolicy(backoff=0.001, on_retry=on_retry)

    async def main() -> None:
        async with AsyncStreamsClient("p", "t", "example", retry=policy, transport=busy_twice()) as client:
            assert (await client.start_stream("CA1", URL)).status == "queued"

    run(loop, main)
    told = [event for event in events if event != "partial"]
    assert told == ["request", "begin 1", "end 1", "request", "begin 2", "end 2", "request"]


@LOOPS
def test_the_async_client_awaits_the_on_retry_of_a_single_call(loop: str) -> None:
    policy = RetryPolicy(backoff=0.001, on_retry=tell)

    async def main() -> None:
        async with AsyncStreamsClient("p", "t", "example", transport=busy_twice()) as client:
            await client.stop_stream("CA1", "ST1", retry=policy)

    run(loop, main)
    assert events == ["request", "begin 1", "end 1", "request", "begin 2", "end 2", "request"]


@LOOPS
def test_the_async_client_accepts_a_plain_on_retry(loop: str) -> None:
    policy = RetryPolicy(backoff=0.001, on_retry=lambda retry: events.append(f"retry {retry.attempt}"))

    async def main() -> None:
        async with AsyncStreamsClient("p", "t", "example", retry=policy, transport=busy_twice()) as client:
            await client.start_stream("CA1", URL)

    run(loop, main)
    assert events == ["request", "retry 1", "request", "retry 2", "request"]


@LOOPS
def test_an_exception_of_an_async_on_retry_ends_the_call(loop: str) -> None:
    async def fail(retry: Retry) -> None:
        assert isinstance(retry.error, RateLimitError)
        raise ZeroDivisionError

    async def main() -> None:
        policy = RetryPolicy(on_retry=fail)
        async with AsyncStreamsClient("p", "t", "example", retry=policy, transport=busy_twice()) as client:
            with pytest.raises(ZeroDivisionError):
                await client.start_stream("CA1", URL)

    run(loop, main)
    assert events == ["request"]


@EACH_FORM
def test_the_sync_client_rejects_an_async_on_retry(on_retry: Callable[[Retry], Any]) -> None:
    with pytest.raises(InputError) as caught:
        StreamsClient("p", "t", "example", retry=RetryPolicy(on_retry=on_retry))
    assert (caught.value.argument, caught.value.problem) == ("retry", PROBLEM)
    assert str(caught.value) == f"retry {PROBLEM}"


@EACH_FORM
def test_each_call_of_the_sync_client_rejects_an_async_on_retry(on_retry: Callable[[Retry], Any]) -> None:
    policy = RetryPolicy(on_retry=on_retry)
    with StreamsClient("p", "t", "example", transport=busy_twice()) as client:
        with pytest.raises(InputError) as of_start:
            client.start_stream("CA1", URL, retry=policy)
        with pytest.raises(InputError) as of_stop:
            client.stop_stream("CA1", "ST1", retry=policy)
        with pytest.raises(InputError) as of_block, client.stream("CA1", URL, retry=policy):
            pytest.fail("the block must not be entered")
    assert [str(caught.value) for caught in (of_start, of_stop, of_block)] == [f"retry {PROBLEM}"] * 3
    assert events == []
