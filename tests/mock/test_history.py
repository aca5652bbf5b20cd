"""What the mock keeps of the past, and what it drops."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from signalwire_streams import NotFoundError, RetryPolicy, ServerError, StreamsClient
from signalwire_streams.mock import MockServer
from support.sockets import Heard, listening
from websockets.sync.server import ServerConnection

URL = "wss://stream.example.com/audio"
CALLBACK = "https://app.example.com/events"


@pytest.fixture
def small() -> Iterator[MockServer]:
    with MockServer(keep=10) as mock:
        yield mock


def connect(mock: MockServer) -> StreamsClient:
    return StreamsClient(mock.project, mock.token, mock.url, retry=RetryPolicy(attempts=1))


def test_the_last_records_are_kept_and_all_are_counted(small: MockServer) -> None:
    with connect(small) as client:
        for number in range(25):
            stream = client.start_stream("CA1", URL, name=f"n{number}", status_callback=CALLBACK)
            client.stop_stream("CA1", stream.sid)
            small.wait_for(stream, "closed")
    assert (len(small.requests), len(small.streams), len(small.callbacks)) == (10, 10, 10)
    assert (small.counts.requests, small.counts.streams, small.counts.callbacks) == (50, 25, 50)
    assert [stream.name for stream in small.streams] == [f"n{number}" for number in range(15, 25)]
    assert small.requests[-1].path.endswith(stream.sid)
    assert {callback.stream_sid for callback in small.callbacks} == {stream.sid for stream in small.streams[-5:]}


def test_a_stream_keeps_its_messages_until_enough_others_have_stopped(
    mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalwire_streams.mock._history.KEPT_WITH_MESSAGES", 2)
    with listening() as listener, connect(mock) as client:
        mock.route("wss://stream.example.com", listener.url)
        for _ in range(3):
            stream = mock.wait_for(client.start_stream("CA1", URL), "in-progress")
            client.stop_stream("CA1", stream.sid)
            mock.wait_for(stream, "closed")
    assert [bool(stream.sent.last) for stream in mock.streams] == [False, True, True]
    assert [stream.sent.counts["connected"] for stream in mock.streams] == [1, 1, 1]


def test_a_running_stream_is_kept_until_it_is_stopped(small: MockServer) -> None:
    with connect(small) as client:
        by_name, by_sid, unnamed = (client.start_stream("CA1", URL, name=name) for name in ("a", "b", None))
        on_other_call = client.start_stream("CA2", URL, name="a")
        for _ in range(30):
            client.stop_stream("CA1", client.start_stream("CA1", URL, name="short").sid)
        running = [by_name.sid, by_sid.sid, unnamed.sid, on_other_call.sid]
        assert [stream.sid for stream in small.streams[:4]] == running
        assert len(small.streams) == 14
        assert client.stop_stream("CA1", "a").sid == by_name.sid
        assert client.stop_stream("CA1", by_sid.sid).sid == by_sid.sid
        assert client.stop_stream("CA1", unnamed.sid).sid == unnamed.sid
        small.end_call("CA2")
    assert small.wait_for(on_other_call, "closed").status == "stopped"
    assert len(small.streams) == 10


def test_a_dropped_stream_is_not_found_and_its_name_is_free(small: MockServer) -> None:
    with connect(small) as client:
        for name in ["old", *(f"n{number}" for number in range(10))]:
            stream = client.start_stream("CA1", URL, name=name)
            client.stop_stream("CA1", name)
        assert client.stop_stream("CA1", "n0").name == "n0"
        with pytest.raises(NotFoundError):
            client.stop_stream("CA1", "old")
        with pytest.raises(TimeoutError, match="no such stream .* keeps the last 10 stopped streams"):
            small.wait_for("old", "stopped", timeout=0)
        assert client.start_stream("CA1", URL, name="old").sid != stream.sid
        assert small.wait_for("old", "in-progress").status == "in-progress"


def test_waiting_for_a_callback_finds_those_that_are_kept(small: MockServer) -> None:
    with connect(small) as client:
        streams = [client.start_stream("CA1", URL, status_callback=CALLBACK) for _ in range(15)]
        small.wait_for_callback("stream-started", streams[-1])
        assert small.wait_for_callback("stream-started").stream_sid == streams[5].sid
        with pytest.raises(TimeoutError, match="No stream-started callback"):
            small.wait_for_callback("stream-started", streams[4], timeout=0)
        client.stop_stream("CA1", streams[0].sid)
        assert small.wait_for_callback("stream-stopped").stream_sid == streams[0].sid


def test_a_callback_that_is_kept_is_found_after_its_stream_was_dropped(small: MockServer) -> None:
    with connect(small) as client:
        told = client.start_stream("CA1", URL, status_callback=CALLBACK)
        client.stop_stream("CA1", told.sid)
        small.wait_for(told, "closed")
        for _ in range(10):
            client.stop_stream("CA1", client.start_stream("CA1", URL).sid)
    assert told.sid not in {stream.sid for stream in small.streams}
    assert small.wait_for_callback("stream-stopped", told).stream_sid == told.sid
    assert small.wait_for_callback("stream-started", told.sid).stream_sid == told.sid


def test_too_many_running_streams_are_refused(small: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signalwire_streams.mock._state.MAX_RUNNING", 3)
    with connect(small) as client:
        first, _, _ = (client.start_stream("CA1", URL) for _ in range(3))
        with pytest.raises(ServerError, match="The mock runs 20000 streams, which is its most"):
            client.start_stream("CA1", URL)
        client.stop_stream("CA1", first.sid)
        assert client.start_stream("CA1", URL).status == "queued"


def test_large_requests_are_dropped_earlier(small: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signalwire_streams.mock._history.MAX_REQUEST_BYTES", 20_000)
    with StreamsClient(small.project, "wrong", small.url, retry=RetryPolicy(attempts=1)) as client:
        for _ in range(8):
            with pytest.raises(Exception, match="Authentication failed"):
                client.start_stream("CA1", URL, parameters={"n": "x" * 5_500})
    assert (len(small.requests), small.counts.requests) == (3, 8)


def test_large_stopped_streams_are_dropped_earlier(small: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signalwire_streams.mock._history.MAX_STREAM_BYTES", 30_000)
    with connect(small) as client:
        streams = [client.start_stream("CA1", URL, parameters={"large": "x" * 9_000}) for _ in range(5)]
        assert len(small.streams) == 5
        for stream in streams:
            client.stop_stream("CA1", stream.sid)
        assert [stream.sid for stream in small.streams] == [stream.sid for stream in streams[2:]]
        client.stop_stream("CA1", client.start_stream("CA1", URL).sid)
        assert len(small.streams) == 4
    assert small.counts.streams == 6


def test_ended_calls_are_forgotten_after_as_many_others(small: MockServer) -> None:
    with connect(small) as client:
        for number in range(11):
            small.end_call(f"CA{number}")
        assert client.start_stream("CA0", URL).status == "queued"
        with pytest.raises(Exception, match="the call has ended"):
            client.start_stream("CA1", URL)


def test_messages_of_a_receiver_are_counted_and_the_last_kept(mock: MockServer) -> None:
    def talk(connection: ServerConnection, _heard: Heard) -> None:
        for number in range(300):
            connection.send(json.dumps({"event": f"e{number}"}))
        connection.send(json.dumps({"event": "x" * 101}))
        connection.send(json.dumps({"event": "e5"}))
        for _ in range(5):
            connection.send(json.dumps({"event": "large", "x": "y" * 400_000}))

    with listening(talk) as listener, connect(mock) as client:
        mock.route("wss://agent.example.com", listener.url)
        stream = mock.wait_for(client.start_stream("CA1", "wss://agent.example.com/"), "closed")
    counts = stream.received.counts
    assert (len(counts), counts.total(), counts["e5"], counts["e99"]) == (101, 307, 2, 1)
    assert [message["event"] for message in stream.received.last] == ["large", "large"]


def test_a_reset_counts_from_zero(small: MockServer) -> None:
    with connect(small) as client:
        client.start_stream("CA1", URL, name="n")
        small.reset()
        assert (small.counts.requests, small.counts.streams, small.counts.callbacks) == (0, 0, 0)
        assert client.start_stream("CA1", URL, name="n").name == "n"
    assert small.counts.streams == 1


@pytest.mark.parametrize("keep", [0, -1, True, 1.5, "3", None])
def test_what_is_no_number_of_records_is_refused(keep: Any) -> None:
    with pytest.raises(ValueError, match="keep must be a number of records, 1 or more"):
        MockServer(keep=keep)
