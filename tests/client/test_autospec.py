"""The methods of the async client are coroutine functions, so that `create_autospec` makes mocks to await."""

import asyncio
import inspect
from typing import Any
from unittest.mock import AsyncMock, create_autospec

import pytest
from signalwire_streams import AsyncStreamsClient, StreamsClient

ARGUMENTS = ("CA1", "wss://stream.example.com/audio")


@pytest.mark.parametrize("method", ["start_stream", "stop_stream"])
def test_autospec_mocks_the_methods_of_the_async_client_with_their_arguments(method: str) -> None:
    mocked: Any = create_autospec(AsyncStreamsClient, instance=True)
    assert isinstance(getattr(mocked, method), AsyncMock)
    asyncio.run(getattr(mocked, method)(*ARGUMENTS, timeout=3))
    with pytest.raises(TypeError):
        asyncio.run(getattr(mocked, method)(*ARGUMENTS, parameter1_name="x"))


@pytest.mark.parametrize("method", ["start_stream", "stop_stream", "stream"])
def test_only_starts_and_stops_of_the_async_client_are_coroutine_functions(method: str) -> None:
    assert inspect.iscoroutinefunction(getattr(AsyncStreamsClient, method)) == (method != "stream")
    assert not inspect.iscoroutinefunction(getattr(StreamsClient, method))


@pytest.mark.parametrize("method", ["start_stream", "stop_stream"])
def test_the_async_client_suggests_the_keyword_that_was_meant(method: str) -> None:
    client: Any = AsyncStreamsClient("p", "t", "example")
    with pytest.raises(TypeError, match=r"Did you mean 'timeout'\?"):
        asyncio.run(getattr(client, method)(*ARGUMENTS, time_out=3))
    asyncio.run(client.aclose())
