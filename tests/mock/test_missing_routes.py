"""A stream with nobody connected says which route is missing, wherever it is waited for."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import MissingRoute, MockServer
from signalwire_streams.mock._streams.routes import Routes
from support.sockets import listening, taking_callbacks

URL = "wss://agent.example.com/audio"
PROBLEM = (
    "There is no route for wss://agent.example.com, so nobody is connected. "
    'Add it in Python with mock.route("wss://agent.example.com", "ws://127.0.0.1:PORT"), or on the command line '
    "with --route wss://agent.example.com=ws://127.0.0.1:PORT, then start the stream again."
)


@pytest.fixture
def client(mock: MockServer) -> Iterator[StreamsClient]:
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        yield client


def test_a_stream_without_a_route_says_which_one_to_add_and_keeps_saying_it(
    mock: MockServer, client: StreamsClient
) -> None:
    stream = mock.wait_for(client.start_stream("CA1", URL), "in-progress")
    assert (stream.status, stream.error, stream.problem) == ("in-progress", None, PROBLEM)
    assert (stream.missing_route, stream.target) == (MissingRoute("wss://agent.example.com", None), None)
    client.stop_stream("CA1", stream.sid)
    stream = mock.wait_for(stream, "closed")
    assert (stream.status, stream.error, stream.problem) == ("stopped", None, PROBLEM)


def test_the_advice_connects_the_next_stream(mock: MockServer, client: StreamsClient) -> None:
    missing = mock.wait_for(client.start_stream("CA1", URL), "in-progress").missing_route
    assert missing
    with listening() as listener:
        mock.route(missing.prefix, listener.url)
        connected = mock.wait_for(client.start_stream("CA1", URL), "in-progress")
        client.stop_stream("CA1", connected.sid)
        listener.the_one()
    assert (connected.problem, connected.missing_route, connected.target) == (None, None, listener.url)


@pytest.mark.parametrize(
    ("route", "url"),
    [
        ("wss://agent.example.com:8443", "wss://agent.example.com/"),
        ("wss://agent.example.com", "wss://agent.example.com:8443/"),
        ("https://agent.example.com", "wss://agent.example.com/"),
        ("wss://www.agent.example.com", "wss://agent.example.com/"),
        ("wss://agent.example.com", "wss://www.agent.example.com/"),
        ("wss://agent.example.com", "wss://agnet.example.com/"),
        ("wss://agent.example.com", "wss://agents.example.com/"),
    ],
)
def test_a_route_that_looks_like_a_typing_error_is_named(
    mock: MockServer, client: StreamsClient, route: str, url: str
) -> None:
    mock.route(route, "ws://127.0.0.1:1" if route.startswith("wss") else "http://127.0.0.1:1")
    mock.route("wss://other.example.com", "ws://127.0.0.1:1")
    stream = mock.wait_for(client.start_stream("CA1", url), "in-progress")
    assert stream.missing_route == MissingRoute(url.rstrip("/"), route)
    assert (stream.problem or "").endswith(f" The nearest route is for {route}.")


def test_a_route_of_another_service_is_not_named(mock: MockServer, client: StreamsClient) -> None:
    mock.route("wss://transcripts.example.com", "ws://127.0.0.1:1")
    stream = mock.wait_for(client.start_stream("CA1", URL), "in-progress")
    assert stream.missing_route == MissingRoute("wss://agent.example.com", None)


def test_of_several_routes_to_a_host_one_of_the_same_scheme_is_named() -> None:
    routes = Routes(
        {
            "https://agent.example.com": "http://127.0.0.1:1",
            "wss://agent.example.com:8443": "ws://127.0.0.1:1",
            "https://agent.example.com:8443": "http://127.0.0.1:1",
        }
    )
    assert routes.missing(URL).nearest == "wss://agent.example.com:8443"


def test_a_huge_host_name_is_not_compared(mock: MockServer, client: StreamsClient) -> None:
    host = f"{'a' * 400_000}.example.com"
    mock.route(f"wss://{host}", "ws://127.0.0.1:1")
    stream = mock.wait_for(client.start_stream("CA1", f"wss://{host}:1/"), "in-progress")
    assert stream.missing_route == MissingRoute(f"wss://{host}:1", None)


def test_a_timeout_explains_that_nobody_is_connected(mock: MockServer, client: StreamsClient) -> None:
    with taking_callbacks() as sink:
        stream = client.start_stream("CA1", URL, name="mine", status_callback=sink.url)
        mock.wait_for_callback("stream-started", stream)
        with pytest.raises(TimeoutError) as caught:
            mock.wait_for(stream, "stopped", timeout=0)
        assert str(caught.value) == f"The stream 'mine' is in-progress after 0 seconds, not stopped. {PROBLEM}"
        for about in (stream, None):
            with pytest.raises(TimeoutError) as caught:
                mock.wait_for_callback("stream-stopped", about, timeout=0)
            assert str(caught.value).endswith(f" Streams: 'mine' is in-progress. {PROBLEM}")


def test_a_timeout_explains_that_no_callback_was_asked_for(mock: MockServer, client: StreamsClient) -> None:
    stream = client.start_stream("CA1", URL, name="mine")
    client.stop_stream("CA1", stream.sid)
    with pytest.raises(TimeoutError, match="'mine' is stopped. The stream 'mine' was started without a status callb"):
        mock.wait_for_callback("stream-stopped", stream, timeout=0)


def test_a_stream_of_a_mock_that_is_called_in_process_lacks_no_route() -> None:
    mock = MockServer()

    async def start() -> None:
        transport = httpx.ASGITransport(mock.app)
        async with httpx.AsyncClient(transport=transport, auth=(mock.project, mock.token)) as client:
            path = f"/api/laml/2010-04-01/Accounts/{mock.project}/Calls/CA1/Streams"
            (await client.post(f"http://mock{path}", data={"Url": URL})).raise_for_status()

    asyncio.run(start())
    assert [(each.status, each.problem, each.missing_route) for each in mock.streams] == [("in-progress", None, None)]
