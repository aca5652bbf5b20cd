"""Fixtures to test code that starts streams, and servers that receive them, with no account.

pytest finds them by itself, and loads none of what they need until a test asks for one. They need the extra:
`pip install "signalwire-streams[pytest]"`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from signalwire_streams import AsyncStreamsClient, StreamsClient
    from signalwire_streams.mock import MockServer
    from signalwire_streams.pytest_plugin._serving import ServedApplication
    from signalwire_streams.receiver import Receiver


@pytest.fixture(scope="session")
def streams_mock_options() -> dict[str, Any]:
    """Give the keywords that `MockServer` is made with: override this in your `conftest.py`, with the same scope."""
    return {}


@pytest.fixture(scope="session")
def _streams_running_mock(streams_mock_options: dict[str, Any]) -> Iterator[MockServer]:
    try:
        from signalwire_streams.mock import MockServer
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name == "signalwire_streams":
            raise
        problem = f"The fixtures of signalwire-streams need the package {name}"
        raise pytest.fail.Exception(f'{problem}: pip install "signalwire-streams[pytest]"', pytrace=False) from None
    with MockServer(**streams_mock_options) as mock:
        yield mock


@pytest.fixture
def streams_mock(_streams_running_mock: MockServer) -> Iterator[MockServer]:
    """Give a mock of the service on a real socket, as if it were new; the streams of a test end with it."""
    yield _streams_running_mock
    _streams_running_mock.reset()


@pytest.fixture
def streams_client(streams_mock: MockServer) -> Iterator[StreamsClient]:
    """Give a `StreamsClient` of `streams_mock`."""
    from signalwire_streams import StreamsClient

    with StreamsClient(streams_mock.project, streams_mock.token, streams_mock.url) as client:
        yield client


@pytest.fixture
def async_streams_client(streams_mock: MockServer) -> AsyncStreamsClient:
    """Give an `AsyncStreamsClient` of `streams_mock`, for the event loop of the test, whichever plugin runs that.

    It keeps no connection open between calls, so that there is nothing left to close in a loop that has ended.
    """
    import httpx

    from signalwire_streams import AsyncStreamsClient

    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False)
    return AsyncStreamsClient(streams_mock.project, streams_mock.token, streams_mock.url, transport=transport)


@pytest.fixture
def streams_environment(streams_mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the settings of `streams_mock` into the environment, for code that makes its client with no arguments."""
    monkeypatch.setenv("SIGNALWIRE_PROJECT_ID", streams_mock.project)
    monkeypatch.setenv("SIGNALWIRE_API_TOKEN", streams_mock.token)
    monkeypatch.setenv("SIGNALWIRE_SPACE", streams_mock.url)
    monkeypatch.setenv("SIGNALWIRE_SIGNING_KEY", streams_mock.signing_key)


@pytest.fixture
def streams_receiver(streams_mock: MockServer) -> Iterator[Receiver]:
    """Give a WebSocket server that keeps what is sent to its `url`, which is `wss` and trusted by the mock."""
    from signalwire_streams.receiver import Receiver

    with Receiver(ssl=streams_mock.certificate_for("127.0.0.1")) as receiver:
        yield receiver
        streams_mock.reset()  # each stream is told its stop before the receiver goes


@pytest.fixture
def streams_serve(streams_mock: MockServer) -> Iterator[Callable[[Any, str], ServedApplication]]:
    """Run an ASGI application of yours, and lead the mock to it: `streams_serve(app, "agent.example.com")`.

    It is then what `wss://agent.example.com` and `https://agent.example.com` reach, until the test ends. What is
    returned has the `url` at which it really is, and can `wait_until_idle`.
    """
    from signalwire_streams.pytest_plugin._serving import serving

    with ExitStack() as running:

        def serve(app: Any, host: str) -> ServedApplication:  # noqa: ANN401  of any framework
            served = running.enter_context(serving(app))
            streams_mock.route(f"wss://{host}", served.url.replace("http", "ws", 1))
            streams_mock.route(f"https://{host}", served.url)
            return served

        yield serve
        streams_mock.reset()  # each stream is told its stop before the server goes
