"""Pytest fixtures that test your code against a mock of SignalWire, without an account.

Install them with `pip install "signalwire-streams[pytest]"`. pytest discovers the fixtures. It imports
`signalwire_streams` and its dependencies only when a test uses one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from pytest_signalwire_streams._application import ServedApplication as ServedApplication

if TYPE_CHECKING:
    from signalwire_streams import AsyncStreamsClient, StreamsClient
    from signalwire_streams.mock import MockServer
    from signalwire_streams.receiver import Receiver

    from pytest_signalwire_streams._mocks import RunningMocks


@pytest.fixture(scope="session")
def streams_mock_options() -> dict[str, Any]:
    """Return the `MockServer` arguments for `streams_mock`. Override this fixture to change them.

    Override it in a `conftest.py`, a module or a class, with any scope. Tests with equal options share a mock.
    """
    return {}


@pytest.fixture(scope="session")
def _streams_running_mocks() -> Iterator[RunningMocks]:
    try:
        from pytest_signalwire_streams._mocks import RunningMocks
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if "signalwire_streams" in name:
            raise
        problem = f"The signalwire-streams fixtures need {name}, which is not installed"
        fix = 'run pip install "signalwire-streams[pytest]"'
        raise pytest.fail.Exception(f"{problem}: {fix}", pytrace=False) from None
    mocks = RunningMocks()
    yield mocks
    mocks.stop()


@pytest.fixture
def streams_mock(streams_mock_options: dict[str, Any], _streams_running_mocks: RunningMocks) -> Iterator[MockServer]:
    """Provide a running `MockServer`, reset after each test."""
    mock = _streams_running_mocks.get(streams_mock_options)
    yield mock
    mock.reset()


@pytest.fixture
def streams_client(streams_mock: MockServer) -> Iterator[StreamsClient]:
    """Provide a `StreamsClient` connected to `streams_mock`."""
    from signalwire_streams import StreamsClient

    with StreamsClient(streams_mock.project, streams_mock.token, streams_mock.url) as client:
        yield client


@pytest.fixture
def async_streams_client(streams_mock: MockServer) -> AsyncStreamsClient:
    """Provide an `AsyncStreamsClient` connected to `streams_mock`, for pytest-asyncio, anyio and trio.

    It keeps no connection open between calls, so nothing is left to close when the event loop of the test ends.
    """
    import httpx
    from signalwire_streams import AsyncStreamsClient

    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False)
    return AsyncStreamsClient(streams_mock.project, streams_mock.token, streams_mock.url, transport=transport)


@pytest.fixture
def streams_environment(streams_mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set environment variables to the settings of `streams_mock`, for code that creates its own client."""
    monkeypatch.setenv("SIGNALWIRE_PROJECT_ID", streams_mock.project)
    monkeypatch.setenv("SIGNALWIRE_API_TOKEN", streams_mock.token)
    monkeypatch.setenv("SIGNALWIRE_SPACE", streams_mock.url)
    monkeypatch.setenv("SIGNALWIRE_SIGNING_KEY", streams_mock.signing_key)


@pytest.fixture
def streams_receiver(streams_mock: MockServer) -> Iterator[Receiver]:
    """Provide a `Receiver`: a WebSocket server that records the streams sent to its `url`.

    The URL is `wss://`, with a certificate that `streams_mock` trusts.
    """
    from signalwire_streams.receiver import Receiver

    with Receiver(ssl=streams_mock.certificate_for("127.0.0.1")) as receiver:
        yield receiver
        streams_mock.reset()  # sends each stream its stop message while the receiver still runs


@pytest.fixture
def streams_serve(streams_mock: MockServer) -> Iterator[Callable[[Any, str], ServedApplication]]:
    """Run your ASGI application for the mock to connect to: `streams_serve(app, "agent.example.com")`.

    Until the test ends, the mock connects to your application for `wss://agent.example.com` and
    `https://agent.example.com`. The call returns a `ServedApplication`, with `url`, `wait_for_audio()` and
    `wait_until_idle()`.
    """
    from pytest_signalwire_streams._serving import serving

    with ExitStack() as running:

        def serve(app: Any, host: str) -> ServedApplication:  # noqa: ANN401  applications of any framework
            served = running.enter_context(serving(app, streams_mock))
            streams_mock.route(f"wss://{host}", served.url.replace("http", "ws", 1))
            streams_mock.route(f"https://{host}", served.url)
            return served

        yield serve
        streams_mock.reset()  # sends each stream its stop message while the application still runs
