"""What the mock records of a stream: when it changed, how its handshake went, and its messages without audio."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import Audio, MessageLog, MockServer, MockStream, RecordedRequest
from signalwire_streams.mock._state import Change, State
from support.sockets import Heard, listening
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

URL = "wss://agent.example.com/audio"


@pytest.fixture
def client(mock: MockServer) -> Iterator[StreamsClient]:
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        yield client


def test_each_status_of_the_history_has_a_time(mock: MockServer, client: StreamsClient) -> None:
    before = datetime.now(UTC)
    stream = client.start_stream("CA1", URL)
    client.stop_stream("CA1", stream.sid)
    recorded = mock.wait_for(stream, "closed")
    assert list(recorded.times) == recorded.history == ["queued", "in-progress", "stopped", "closed"]
    times = [before, *recorded.times.values(), datetime.now(UTC)]
    assert times == sorted(times)
    assert recorded.times["stopped"] == recorded.date_updated


def test_a_stream_tells_where_it_leads_and_how_its_handshake_went(mock: MockServer, client: StreamsClient) -> None:
    with listening() as listener:
        mock.route("wss://agent.example.com", listener.url)
        stream = mock.wait_for(client.start_stream("CA1", URL), "in-progress")
        client.stop_stream("CA1", stream.sid)
        mock.wait_for(stream, "closed")
    handshake = stream.handshake
    assert handshake
    assert (stream.target, handshake.status, handshake.problem) == (listener.url, 101, None)
    assert stream.times["queued"] <= handshake.time <= stream.times["in-progress"]
    assert 0 < handshake.duration < 60


@pytest.mark.parametrize("status", [302, 404])
def test_a_rejected_handshake_is_recorded_with_its_status(mock: MockServer, client: StreamsClient, status: int) -> None:
    def refuse(connection: ServerConnection, _request: Request) -> Response:
        response = connection.respond(status, "no")
        response.headers["Location"] = "wss://elsewhere.example.com/"
        return response

    with listening(process_request=refuse) as listener:
        mock.route("wss://agent.example.com", listener.url)
        stream = mock.wait_for(client.start_stream("CA1", URL), "closed")
    assert stream.handshake
    assert (stream.handshake.status, stream.handshake.problem) == (status, stream.problem)


def test_a_handshake_without_a_response_has_no_status(mock: MockServer, client: StreamsClient) -> None:
    stream = mock.wait_for(client.start_stream("CA1", "wss://127.0.0.1:1/"), "closed")
    assert stream.target == "wss://127.0.0.1:1"
    assert stream.handshake
    assert (stream.handshake.status, stream.handshake.problem) == (None, "Nothing is listening on 127.0.0.1:1.")


def test_the_start_message_is_there_after_any_amount_of_audio() -> None:
    audio = {"inbound": Audio.tone(seconds=10)}
    with listening() as listener, MockServer(realtime=False, audio=audio) as fast:
        fast.route("wss://agent.example.com", listener.url)
        with StreamsClient(fast.project, fast.token, fast.url) as client:
            stream = fast.wait_for(client.start_stream("CA1", URL, track="inbound_track", name="mine"), "closed")
    assert {message["event"] for message in stream.sent.last} == {"media", "stop"}
    connected, start, stop = stream.sent.control
    assert [message.event for message in (connected, start, stop)] == ["connected", "start", "stop"]
    assert start.message["start"]["streamSid"] == stream.sid
    assert stream.times["queued"] <= connected.time <= start.time <= stop.time <= stream.times["closed"]


def test_keys_and_what_the_receiver_says_are_kept_apart_from_audio(mock: MockServer, client: StreamsClient) -> None:
    said = threading.Event()

    def talk(connection: ServerConnection, _heard: Heard) -> None:
        for text in ('{"event": "media"}', '{"event": "mark", "mark": {"name": "a"}}', "no JSON"):
            connection.send(text)
        for message in connection:
            if "dtmf" in message:
                said.set()

    with listening(talk) as listener:
        mock.route("wss://agent.example.com", listener.url)
        stream = mock.wait_for(client.start_stream("CA1", URL), "in-progress")
        mock.press(stream, "5#")
        assert said.wait(10)
        mock.stop_stream(stream)
        mock.wait_for(stream, "closed")
    assert [message.event for message in stream.sent.control] == ["connected", "start", "dtmf", "dtmf", "stop"]
    assert [message.message["dtmf"]["digit"] for message in stream.sent.control[2:4]] == ["5", "#"]
    assert [(message.event, message.text) for message in stream.received.control] == [
        ("mark", '{"event": "mark", "mark": {"name": "a"}}'),
        ("", "no JSON"),
    ]


def test_messages_without_audio_are_bounded_in_number_and_size() -> None:
    log = MessageLog()
    for number in range(150):
        log.add("dtmf", str(number))
    assert [message.text for message in log.control] == [str(number) for number in range(50, 150)]
    for _ in range(5):
        log.add("mark", "x" * 400_000)
    assert [len(message.text) for message in log.control] == [400_000, 400_000]
    log.forget()
    assert (log.control, log.counts) == ([], {"dtmf": 150, "mark": 5})


def test_no_repr_of_a_message_shows_what_it_says() -> None:
    log = MessageLog()
    log.add("start", '{"customParameters": {"a": "hunter2"}}')
    assert "hunter2" not in repr([log, log.control])


def test_a_stream_tells_how_far_its_receiver_is_behind() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read_late(connection: ServerConnection, heard: Heard) -> None:
        connection.recv()
        begun.set()
        go_on.wait(30)
        for message in connection:
            heard.texts.append(str(message))

    audio = {"inbound": Audio.tone(seconds=120)}
    with listening(read_late, max_queue=1) as listener, MockServer(realtime=False, audio=audio) as mock:
        mock.route("wss://agent.example.com", listener.url)
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            stream = mock.wait_for(client.start_stream("CA1", URL, track="inbound_track"), "in-progress")
            assert begun.wait(10)
            earlier = later = 0.0
            while not 0 < earlier < later:  # it grows while nobody reads
                assert stream.status == "in-progress"
                earlier, later = later, stream.behind
            go_on.set()
            mock.wait_for(stream, "closed", 30)
    assert (stream.error, stream.behind) == (None, 0.0)


def test_a_stream_is_stopped_as_by_the_api(mock: MockServer, client: StreamsClient) -> None:
    started = client.start_stream("CA1", URL, name="mine")
    for stream in (started, started.sid, "mine"):
        mock.stop_stream(stream)
        assert mock.wait_for(started, "closed").history == ["queued", "in-progress", "stopped", "closed"]
    with pytest.raises(RuntimeError, match="There is no such stream. Pass a stream of this mock, its sid or its name"):
        mock.stop_stream("nope")


def test_routes_and_planned_failures_can_be_listed() -> None:
    mock = MockServer(routes={"wss://agent.example.com": "ws://127.0.0.1:8000"})
    mock.route("https://App.example.com:443/", "http://[::1]:80")
    assert mock.routes == {"wss://agent.example.com": "ws://127.0.0.1:8000", "https://app.example.com": "http://[::1]"}
    mock.fail_next(429, retry_after=2)
    mock.fail_next(lost=True, carried_out=True, times=2)
    first, *others = mock.planned_failures
    assert (first.status, first.code, first.retry_after, first.lost, first.carried_out) == (
        429,
        20429,
        "2",
        False,
        False,
    )
    assert [(each.status, each.lost, each.carried_out) for each in others] == [(503, True, True)] * 2
    mock.cancel_failures()
    assert mock.planned_failures == ()


def test_an_observer_is_told_of_each_change() -> None:
    state = State(None, None, 10)
    told: list[tuple[Change, object]] = []
    state.observe(lambda change, record: told.append((change, record)))
    request = state.add_request(RecordedRequest("GET", "/", 404, {}, b""))
    stream = MockStream("AC", "CA1", URL, "both_tracks", None, "POST", [], None, name="mine")
    state.add_stream(stream)
    state.mark_in_progress(stream)
    state.end(("call", "CA1"))
    state.mark_closed(stream)
    state.end(("conference", "CF1"))
    state.reset()
    assert told == [
        ("request", request),
        ("call", ("call", "CA1")),
        ("stream", stream),
        ("status", stream),
        ("call", ("call", "CA1")),
        ("status", stream),
        ("stream", stream),
        ("call", ("conference", "CF1")),
        ("reset", None),
    ]
