"""A client with other settings shares the connections of the first, which closes them."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from signalwire_streams import (
    APITimeoutError,
    AsyncStreamsClient,
    ClientStateError,
    InputError,
    RetryPolicy,
    ServerError,
    StreamsClient,
)
from support.both import WITH_AIOHTTP, EitherClient
from support.faulty import FaultyServer, faulty_server

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
QUICK = RetryPolicy(attempts=2, backoff=0.001)
ONCE = RetryPolicy(attempts=1)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def first(kind: str, server: FaultyServer) -> Iterator[EitherClient]:
    with EitherClient(kind, "p", "t", server.url, timeout=20, retry=QUICK) as client:
        yield client


def call(first: EitherClient, client: Any) -> Any:
    return first._do(client.stop_stream("CA1", "ST1"))


def close(first: EitherClient, client: Any) -> None:
    first._do(client.aclose() if first.runner else client.close())


def test_both_clients_share_one_connection(first: EitherClient, server: FaultyServer) -> None:
    other = first.client.with_options(timeout=10)
    for client in (first.client, other, other.with_options(retry=ONCE), first.client):
        call(first, client)
    assert server.connections == 1


def test_another_retry_is_used_and_the_first_client_keeps_its_own(first: EitherClient, server: FaultyServer) -> None:
    server.does("status_500")
    attempts = []
    for client in (first.client.with_options(retry=ONCE), first.client, first.client.with_options(timeout=1)):
        with pytest.raises(ServerError) as caught:
            call(first, client)
        attempts.append(caught.value.attempts)
    assert attempts == [1, 2, 2]


def test_another_timeout_is_used(first: EitherClient, server: FaultyServer) -> None:
    server.does("say_nothing")
    other = first.client.with_options(timeout=0.05, retry=ONCE)
    for client in (other, other.with_options(), other.with_options(timeout=None)):
        began = time.monotonic()
        with pytest.raises(APITimeoutError):
            call(first, client)
        assert time.monotonic() - began < 15  # the timeout of the first client is 20


def test_closing_the_other_client_leaves_the_connections_open(first: EitherClient, server: FaultyServer) -> None:
    other = first.client.with_options(timeout=10)
    call(first, other)
    close(first, other)
    call(first, first.client)
    assert server.connections == 1


def test_the_other_client_cannot_be_used_once_the_first_is_closed(first: EitherClient) -> None:
    other = first.client.with_options(timeout=10)
    close(first, first.client)
    with pytest.raises(ClientStateError):
        call(first, other)


def test_a_subclass_keeps_its_class_and_attributes() -> None:
    class Sync(StreamsClient):
        def __init__(self, region: str, **options: Any) -> None:
            super().__init__("p", "t", "example", **options)
            self.region = region

    class Async(AsyncStreamsClient):
        def __init__(self, region: str, **options: Any) -> None:
            super().__init__("p", "t", "example", **options)
            self.region = region

    with Sync("eu", timeout=3) as client:
        other = client.with_options(retry=ONCE)
        assert (type(other), other.region) == (Sync, "eu")

    async def main() -> None:
        async with Async("us") as client:
            other = client.with_options(retry=ONCE)
            assert (type(other), other.region) == (Async, "us")

    asyncio.run(main())


def test_both_clients_belong_to_one_event_loop(server: FaultyServer) -> None:
    client = AsyncStreamsClient("p", "t", server.url)
    other = client.with_options(timeout=1)
    with asyncio.Runner() as runner:
        runner.run(client.stop_stream("CA1", "ST1"))
        with pytest.raises(ClientStateError, match="event loop"):
            asyncio.run(other.stop_stream("CA1", "ST1"))
        runner.run(client.aclose())


def test_invalid_options_are_rejected(first: EitherClient) -> None:
    with pytest.raises(InputError, match="^timeout must be a number of seconds above zero"):
        first.client.with_options(timeout=0)
    with pytest.raises(InputError, match="^retry must be a RetryPolicy; got int"):
        first.client.with_options(retry=3)
    with pytest.raises(TypeError, match="has no argument 'retries'. Did you mean 'retry'[?]"):
        first.client.with_options(retries=ONCE)


@pytest.mark.kinds("sync")
def test_a_sync_client_refuses_an_async_on_retry(first: EitherClient) -> None:
    async def on_retry(_: object) -> None: ...

    with pytest.raises(InputError, match="^retry must not have an async on_retry"):
        first.client.with_options(retry=RetryPolicy(on_retry=on_retry))
