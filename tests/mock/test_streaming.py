"""A whole stream as the user's WebSocket server receives it, from the upgrade request to the stop."""

import base64
import threading
import time
from collections.abc import Iterator

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import Audio, MockServer
from support.message_document import PAYLOADS, is_message
from support.sockets import Heard, Listener, listening, read_all, taking_callbacks
from websockets.sync.server import ServerConnection

URL = "wss://agent.example.com/audio"
SHORT = {"inbound": Audio.tone(seconds=0.1)}


@pytest.fixture(scope="module")
def fast() -> Iterator[MockServer]:
    """A mock whose streams last five frames, sent as fast as possible."""
    with MockServer(realtime=False, audio=SHORT) as mock:
        yield mock


@pytest.fixture(scope="module")
def client(fast: MockServer) -> Iterator[StreamsClient]:
    with StreamsClient(fast.project, fast.token, fast.url) as client:
        yield client


@pytest.fixture
def listener(fast: MockServer) -> Iterator[Listener]:
    fast.reset()
    with listening() as listener:
        fast.route("wss://agent.example.com", listener.url)
        yield listener


def test_a_stream_sends_numbered_messages_from_connected_to_stop(
    fast: MockServer, client: StreamsClient, listener: Listener
) -> None:
    stream = client.start_stream("CA1", URL, name="mine", parameters={"First Name": "Jäne", "Tag": "a"})
    ended = fast.wait_for(stream, "closed")
    heard = listener.the_one()
    connected, start, *media, stop = heard.messages
    assert connected == {"event": "connected", "protocol": "Call", "version": "0.2.0"}
    assert start == {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "streamSid": stream.sid,
            "accountSid": fast.project,
            "callSid": "CA1",
            "tracks": ["inbound", "outbound"],
            "customParameters": {"First Name": "Jäne", "Tag": "a"},
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        },
    }
    assert [message["event"] for message in media] == ["media"] * 10
    assert [message["sequenceNumber"] for message in media] == [str(number) for number in range(2, 12)]
    for track in ("inbound", "outbound"):
        pieces = heard.media(track)
        assert [piece["chunk"] for piece in pieces] == ["1", "2", "3", "4", "5"]
        assert [piece["timestamp"] for piece in pieces] == ["0", "20", "40", "60", "80"]
        assert {len(base64.b64decode(piece["payload"])) for piece in pieces} == {160}
    assert stop == {"event": "stop", "sequenceNumber": "12"}
    assert (heard.close_code, ended.close_code, ended.error) == (1000, 1000, None)
    assert ended.history == ["queued", "in-progress", "stopped", "closed"]
    assert ended.sent.counts == {"connected": 1, "start": 1, "media": 10, "stop": 1}
    assert ended.sent.last == heard.messages


def test_each_message_matches_the_document(listener: Listener) -> None:
    with MockServer(routes={"wss://agent.example.com": listener.url}) as mock:
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            stream = client.start_stream("CA1", URL, parameters={"a": "b"})
            mock.wait_for(stream, "in-progress")
            mock.press(stream, "0123456789*#ABCD")
            client.stop_stream("CA1", stream.sid)
            mock.wait_for(stream, "closed")
    messages = listener.the_one().messages
    assert {message["event"] for message in messages} == {"connected", "start", "media", "dtmf", "stop"}
    for message in messages:
        name = message["event"].title()
        assert is_message(name, message), message
        assert set(message) <= set(PAYLOADS[name]["properties"]), (
            "the mock sends a field that the document does not have"
        )


def test_without_parameters_the_start_message_has_no_custom_parameters(
    fast: MockServer, client: StreamsClient, listener: Listener
) -> None:
    fast.wait_for(client.start_stream("CA1", URL), "closed")
    assert "customParameters" not in listener.the_one().of("start")[0]["start"]


@pytest.mark.parametrize("track", ["inbound", "outbound"])
def test_only_the_requested_track_is_sent(
    fast: MockServer, client: StreamsClient, listener: Listener, track: str
) -> None:
    stream = client.start_stream("CA1", URL, track=f"{track}_track")  # type: ignore[arg-type]
    fast.wait_for(stream, "in-progress")
    client.stop_stream("CA1", stream.sid)
    fast.wait_for(stream, "closed")
    heard = listener.the_one()
    assert heard.of("start")[0]["start"]["tracks"] == [track]
    assert {message["media"]["track"] for message in heard.of("media")} <= {track}


def test_the_upgrade_request_looks_like_production_behind_a_proxy(
    fast: MockServer, client: StreamsClient, listener: Listener
) -> None:
    fast.route("wss://agent.example.com:8443", listener.url)
    stream = client.start_stream("CA1", "wss://agent.example.com:8443/a%20b", authorization_bearer_token="secret-token")
    fast.wait_for(stream, "closed")
    heard = listener.the_one()
    assert heard.path == "/a%20b"
    assert heard.headers.get_all("Host") == ["agent.example.com:8443"]
    assert heard.headers.get_all("Authorization") == ["Bearer secret-token"]
    assert heard.headers.get_all("X-Forwarded-Proto") == ["https"]
    assert "Sec-WebSocket-Extensions" not in heard.headers


def test_without_a_bearer_token_there_is_no_authorization_header(
    fast: MockServer, client: StreamsClient, listener: Listener
) -> None:
    fast.wait_for(client.start_stream("CA1", URL), "closed")
    assert "Authorization" not in listener.the_one().headers


def test_endless_audio_plays_until_the_stream_is_stopped(fast: MockServer, client: StreamsClient) -> None:
    enough = threading.Event()

    def act(connection: ServerConnection, heard: Heard) -> None:
        for message in connection:
            assert isinstance(message, str)
            heard.texts.append(message)
            if len(heard.texts) == 300:
                enough.set()

    fast.reset()
    with listening(act) as listener:
        fast.route("wss://agent.example.com", listener.url)
        stream = client.start_stream("CA1", URL, track="outbound_track")
        assert enough.wait(10)
        assert fast.wait_for(stream, "in-progress").status == "in-progress"
        assert client.stop_stream("CA1", stream.sid).status == "stopped"
        ended = fast.wait_for(stream, "closed", timeout=10)
        heard = listener.the_one()
    assert heard.messages[-1]["event"] == "stop"
    numbers = [int(message["sequenceNumber"]) for message in heard.messages[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert ended.sent.counts["media"] == len(heard.of("media"))
    assert len(ended.sent.last) == 100


def test_ending_a_call_ends_its_own_streams_only(fast: MockServer, client: StreamsClient, listener: Listener) -> None:
    first, second, other = (client.start_stream(call, URL, track="outbound_track") for call in ("CA1", "CA1", "CA2"))
    for stream in (first, second, other):
        fast.wait_for(stream, "in-progress")
    fast.end_call("CA1")
    assert fast.wait_for(first, "closed").error is None
    fast.wait_for(second, "closed")
    assert fast.wait_for(other, "in-progress").status == "in-progress"
    fast.end_call("CA2")
    fast.wait_for(other, "closed")
    for heard in listener.wait(3):
        assert heard.ended.wait(10)
        assert (heard.messages[-1]["event"], heard.close_code) == ("stop", 1000)


def test_with_realtime_no_frame_is_sent_early() -> None:
    times: list[float] = []

    def act(connection: ServerConnection, heard: Heard) -> None:
        for message in connection:
            assert isinstance(message, str)
            heard.texts.append(message)
            times.append(time.monotonic())

    with listening(act) as timed, MockServer(audio=SHORT, routes={"wss://agent.example.com": timed.url}) as mock:
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            mock.wait_for(client.start_stream("CA1", URL), "closed")
        heard = timed.the_one()
    due = [int(message["media"]["timestamp"]) / 1000 for message in heard.of("media")] + [0.1]  # the stop comes last
    start = times[1]
    assert all(at - start >= when - 0.01 for at, when in zip(times[2:], due, strict=True))


def test_a_stream_to_another_host_is_in_progress_without_a_connection(
    fast: MockServer, client: StreamsClient, listener: Listener
) -> None:
    stream = client.start_stream("CA1", "wss://elsewhere.example.com/")
    found = fast.wait_for(stream, "in-progress")
    assert (found.status, found.sent.counts, listener.connections) == ("in-progress", {}, [])
    fast.end_call("CA1")
    assert fast.wait_for(stream, "closed").close_code is None


@pytest.mark.parametrize("method", ["reset", "stop"])
def test_a_reset_and_a_stop_send_stop_messages_but_no_callbacks(method: str) -> None:
    with (
        listening() as listener,
        taking_callbacks() as sink,
        MockServer(routes={"wss://agent.example.com": listener.url}) as mock,
    ):
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            streams = [client.start_stream("CA1", URL, status_callback=sink.url) for _ in range(3)]
            for stream in streams:
                mock.wait_for_callback("stream-started", stream)
        getattr(mock, method)()
        for heard in listener.wait(3):
            assert heard.ended.wait(5)
            assert (heard.messages[-1]["event"], heard.close_code) == ("stop", 1000)
        assert sink.events == ["stream-started"] * 3


def test_stopping_the_mock_does_not_wait_for_a_deaf_receiver() -> None:
    release = threading.Event()

    def deaf(_connection: ServerConnection, _heard: Heard) -> None:
        release.wait(30)

    try:
        with listening(deaf, max_queue=1, close_timeout=0.1) as listener, MockServer(realtime=False) as mock:
            mock.route("wss://agent.example.com", listener.url)
            with StreamsClient(mock.project, mock.token, mock.url) as client:
                stream = client.start_stream("CA1", URL)
                mock.wait_for(stream, "in-progress")
            before = time.monotonic()
            mock.stop()
            assert time.monotonic() - before < 4.5  # less than the receiver_timeout of five seconds
            release.set()
    finally:
        release.set()


def test_messages_from_the_receiver_are_recorded(fast: MockServer, client: StreamsClient) -> None:
    spoken = threading.Event()

    def act(connection: ServerConnection, heard: Heard) -> None:
        connection.send('{"event": "mark", "mark": {"name": "x"}}')
        connection.send("no JSON")
        connection.send(b"\xff")
        connection.send("[]")
        spoken.set()
        read_all(connection, heard)

    fast.reset()
    with listening(act) as listener:
        fast.route("wss://agent.example.com", listener.url)
        started = client.start_stream("CA1", URL, track="outbound_track")
        assert spoken.wait(10)
        client.stop_stream("CA1", started.sid)
        stream = fast.wait_for(started, "closed")
    assert stream.received.counts == {"mark": 1, "": 3}
    assert stream.received.last == [{"event": "mark", "mark": {"name": "x"}}, "no JSON", b"\xff", []]
    assert stream.error is None


def test_no_repr_of_a_stream_shows_its_parameters_and_token(
    fast: MockServer, client: StreamsClient, listener: Listener
) -> None:
    started = client.start_stream("CA1", URL, parameters={"p": "hunter2"}, authorization_bearer_token="hunter2")
    stream = fast.wait_for(started, "closed")
    assert "hunter2" in listener.the_one().texts[1]
    assert "hunter2" not in repr([stream, stream.sent, fast])
