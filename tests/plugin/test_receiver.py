"""Receiver and ReceivedStream, over real WebSockets."""

import logging
import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
import soundfile
from signalwire_streams import StreamsClient
from signalwire_streams.media import Dtmf, Media
from signalwire_streams.mock import MockServer
from signalwire_streams.receiver import ReceivedStream, Receiver
from support import messages
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

CANARY = "c4nary-s3cret"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@contextmanager
def opened(receiver: Receiver, *texts: str | bytes, token: str | None = None) -> Iterator[ClientConnection]:
    """Connect as SignalWire does, and send the first messages of a stream, then `texts`."""
    headers = {} if token is None else {"Authorization": token}
    with connect(receiver.url, additional_headers=headers, proxy=None) as connection:
        for text in (messages.connected(), messages.start(), *texts):
            connection.send(text)
        yield connection


def audio(number: int, payload: bytes = b"\xff" * 160, track: str = "inbound") -> str:
    return messages.media(number + 1, payload, chunk=number, timestamp=20 * (number - 1), track=track)


def test_a_stream_of_the_mock_is_received_completely(
    streams_mock: MockServer, streams_client: StreamsClient, streams_receiver: Receiver
) -> None:
    assert streams_receiver.url.startswith("wss://127.0.0.1:")
    with streams_client.stream(
        "CA1", streams_receiver.url + "/a", parameters={"FirstName": "Jane"}, authorization_bearer_token="b"
    ) as started:
        stream = streams_receiver.wait_for_stream()
        stream.wait_for_audio(0.2)
        streams_mock.press(started, "5#")
        stream.wait_for("dtmf", 2)
    stream.wait_for_end()
    assert (stream.stream_sid, stream.call_sid, stream.parameters) == (started.sid, "CA1", {"FirstName": "Jane"})
    assert (stream.path, stream.headers["authorization"], stream.digits) == ("/a", "Bearer b", "5#")
    assert (stream.state, stream.close_code, stream.irregularities) == ("stopped", 1000, [])
    assert stream.received[-1].event == "stop"
    assert len(stream.received) == stream.messages
    assert len(stream.pcm("outbound")) == 2 * stream.audio["outbound"].bytes
    assert stream.levels["outbound"].mean == pytest.approx(20 * math.log10(0.5 / math.sqrt(2)), abs=0.1)
    assert stream.levels["outbound"].peak == pytest.approx(20 * math.log10(0.5), abs=0.3)
    assert streams_receiver.streams == [stream]


def test_received_audio_can_be_written_to_a_wav_file(receiver: Receiver, tmp_path: Path) -> None:
    with opened(receiver, audio(1, b"\x80" * 160), audio(2, b"\x80" * 160, track="outbound")):
        stream = receiver.wait_for_stream()
        stream.wait_for("media", 2)
    stream.write_wav(tmp_path / "a.wav")
    samples, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
    assert stream.pcm("inbound") == (32124).to_bytes(2, "little") * 160
    assert samples[:160, 0].tolist() == [32124] * 160


def test_a_gap_in_the_audio_is_silence_in_the_wav_file_as_long_as_it_really_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    # Not time.monotonic itself, by which the event loops of other threads live.
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr("signalwire_streams.receiver._received_stream.time", clock)
    stream = ReceivedStream("/", {})
    stream.feed(messages.start(tracks=["inbound"]))
    now = 600.0
    stream.feed(messages.media(2, b"\xff" * 160, chunk=1, timestamp=600_000))
    stream.feed(messages.media(3, b"\xff" * 160, chunk=2, timestamp=3_000_000))  # 40 minutes in the future
    stream.write_wav(tmp_path / "a.wav")
    assert soundfile.info(tmp_path / "a.wav").frames == 600 * 8000 + 160


def test_wait_for_stream_returns_streams_in_order(receiver: Receiver) -> None:
    with opened(receiver):
        first = receiver.wait_for_stream()
        with opened(receiver):
            assert receiver.wait_for_stream() is not first
            with pytest.raises(TimeoutError, match=r"^Timed out after 0\.05 seconds waiting for stream 3\.$"):
                receiver.wait_for_stream(0.05)
            assert receiver.streams[0] is first


def test_a_connection_without_a_start_message_adds_no_stream() -> None:
    reported = threading.Event()
    with Receiver(on_problem=lambda *_: reported.set()) as receiver:
        with connect(receiver.url, proxy=None) as connection:
            connection.send(messages.connected())
        assert reported.wait(10)
        with pytest.raises(
            TimeoutError, match=r"waiting for stream 1\. Connections closed before a start message: 1\.$"
        ):
            receiver.wait_for_stream(0)
        assert receiver.streams == []


def test_a_lost_connection_leaves_a_lost_stream(receiver: Receiver) -> None:
    with opened(receiver) as connection:
        stream = receiver.wait_for_stream()
        connection.socket.shutdown(socket.SHUT_RDWR)
        stream.wait_for_end()
    assert (stream.state, stream.close_code) == ("lost", 1006)


def test_a_timeout_describes_the_streams_state(receiver: Receiver) -> None:
    with opened(receiver, audio(1)) as connection:
        stream = receiver.wait_for_stream()
        stream.wait_for("media")
        with pytest.raises(TimeoutError) as error:
            stream.wait_for("dtmf", 2, timeout=0.05)
        assert str(error.value) == (
            "Timed out after 0.05 seconds while waiting for 2 dtmf messages. "
            "The stream is streaming. Received: 1 connected, 1 start, 1 media."
        )
        with pytest.raises(TimeoutError, match="waiting for 1 seconds of audio on each track"):
            stream.wait_for_audio(1, timeout=0.05)
        with pytest.raises(TimeoutError, match="waiting for the connection to close"):
            stream.wait_for_end(timeout=0.05)
        connection.send(messages.stop(3))
    before = time.monotonic()
    closed = "^The connection was closed with code 1000 while waiting for 1 dtmf messages. The stream is stopped. "
    with pytest.raises(TimeoutError, match=closed):
        stream.wait_for("dtmf", timeout=30)
    assert time.monotonic() - before < 15


def test_wait_for_audio_waits_for_each_track(receiver: Receiver) -> None:
    with opened(receiver, audio(1), audio(2)) as connection:
        stream = receiver.wait_for_stream()
        stream.wait_for("media", 2)
        with pytest.raises(TimeoutError):
            stream.wait_for_audio(0.02, timeout=0.05)
        connection.send(audio(1, track="outbound"))
        stream.wait_for_audio(0.02)


def test_invalid_messages_are_reported_and_the_stream_continues() -> None:
    problems = []
    with Receiver(on_problem=lambda stream, problem: problems.append((stream, problem))) as receiver:
        with opened(receiver, "no JSON", b"\xff", messages.dtmf("7")):
            stream = receiver.wait_for_stream()
            stream.wait_for("dtmf")
        assert stream.bad_messages == 2
        assert [(who is stream, text.partition(":")[0]) for who, text in problems] == [(True, "invalid message")] * 2


def test_callbacks_receive_messages_and_the_end_in_order() -> None:
    reported: list[object] = []
    ended = threading.Event()

    def end(stream: ReceivedStream) -> None:
        reported.append(stream.state)
        ended.set()

    with Receiver(on_message=lambda _, message: reported.append(message.event), on_end=end) as receiver:
        with opened(receiver, audio(1), messages.stop(3)):
            pass
        assert ended.wait(5)
    assert reported == ["connected", "start", "media", "stop", "stopped"]


def test_keep_false_keeps_only_running_streams_and_no_messages() -> None:
    with Receiver(keep=False) as receiver:
        for _ in range(2):
            with opened(receiver, audio(1)):
                stream = receiver.wait_for_stream()
                stream.wait_for("media")
                assert receiver.streams == [stream]
            stream.wait_for_end()
            assert stream.received == []
            assert stream.audio["inbound"].messages == 1
        receiver.stop()
        assert receiver.streams == []


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer wrong", f"Basic {CANARY}", f"Bearer {CANARY}x", "Bearer é"]
)
def test_a_connection_without_the_bearer_token_is_rejected(given: str | None) -> None:
    with Receiver(bearer_token=CANARY) as receiver:
        with pytest.raises(InvalidStatus) as refused, opened(receiver, token=given):
            pass
        assert refused.value.response.status_code == 401
        assert refused.value.response.headers["WWW-Authenticate"] == "Bearer"
        with pytest.raises(TimeoutError, match="Connections rejected for their bearer token: 1"):
            receiver.wait_for_stream(0)


@contextmanager
def requested(receiver: Receiver, host: str, origin: str | None) -> Iterator[ClientConnection]:
    """Connect to the receiver, for the host and from the origin. PORT in them is the receiver's."""
    host = host.replace("PORT", str(receiver.port))
    origin = origin and origin.replace("PORT", str(receiver.port))
    raw = socket.create_connection(("127.0.0.1", receiver.port))
    with connect(f"ws://{host}/", sock=raw, origin=Origin(origin) if origin else None, proxy=None) as connection:
        yield connection


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:PORT", None),
        ("127.0.0.1:PORT", "http://127.0.0.1:PORT"),
        ("localhost:PORT", "http://localhost:PORT"),
        ("tunnel.example", None),
        ("tunnel.example", "https://tunnel.example"),
        ("tunnel.example:PORT", None),
    ],
)
def test_clients_that_are_no_foreign_page_are_accepted(receiver: Receiver, host: str, origin: str | None) -> None:
    with requested(receiver, host, origin) as connection:
        connection.send(messages.connected())
        connection.send(messages.start())
        receiver.wait_for_stream()


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:PORT", "https://evil.example"),
        ("127.0.0.1:PORT", "http://127.0.0.1:1"),
        ("127.0.0.1:PORT", "null"),
        ("tunnel.example", "https://evil.example"),
        ("evil.example:PORT", "http://evil.example:PORT"),  # DNS rebinding
    ],
)
def test_web_pages_of_another_origin_are_refused(host: str, origin: str) -> None:
    problems: list[str] = []
    with Receiver(on_problem=lambda _, text: problems.append(text)) as receiver:
        with pytest.raises(InvalidStatus) as refused, requested(receiver, host, origin):
            pass
        origin = origin.replace("PORT", str(receiver.port))
    assert refused.value.response.status_code == 403
    assert problems == [f"connection refused: from a web page of another origin, {origin!r}."]


def test_a_sender_that_floods_pings_and_reads_no_pongs_is_disconnected() -> None:
    problems: list[str] = []
    ended = threading.Event()
    with Receiver(on_problem=lambda _, text: problems.append(text), on_end=lambda _: ended.set()) as receiver:
        with socket.create_connection(("127.0.0.1", receiver.port), 30) as raw:
            key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="
            raw.sendall(
                f"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{key}\r\n\r\n".encode()
            )
            start = messages.start().encode()
            raw.sendall(b"\x81\xfe" + len(start).to_bytes(2, "big") + bytes(4) + start)
            pings = (b"\x89\xfd" + bytes(4 + 125)) * 1000
            with pytest.raises(ConnectionError):
                for _ in range(1000):
                    raw.sendall(pings)
        assert ended.wait(30)
        assert receiver.wait_for_stream().state == "lost"
    assert problems == ["connection closed: the sender does not read the pongs to its pings."]


def test_the_bearer_token_is_accepted_and_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    problems: list[str] = []
    with Receiver(bearer_token=CANARY, on_problem=lambda _, text: problems.append(text)) as receiver:
        with opened(receiver, token=f"bearer {CANARY}"):
            receiver.wait_for_stream()
        with pytest.raises(InvalidStatus), opened(receiver, token=f"Basic {CANARY}"):
            pass
        assert problems == ["connection refused: missing or wrong bearer token."]
        assert CANARY not in repr([receiver, vars(receiver)])
    ours = [record for record in caplog.records if record.name.startswith("signalwire_streams")]
    assert CANARY not in "".join(record.getMessage() for record in ours)


def test_audio_that_cannot_be_decoded_has_no_level(receiver: Receiver) -> None:
    encoding = {"encoding": "audio/opus", "sampleRate": 48000, "channels": 1}
    with connect(receiver.url, proxy=None) as connection:
        for text in (messages.connected(), messages.start(mediaFormat=encoding), audio(1)):
            connection.send(text)
        stream = receiver.wait_for_stream()
        stream.wait_for("media")
    assert (stream.levels["inbound"].mean, stream.pcm("inbound")) == (-math.inf, b"")
    l16 = {"encoding": "audio/x-L16", "sampleRate": 16000, "channels": 1}
    with connect(receiver.url, proxy=None) as connection:
        for text in (messages.connected(), messages.start(mediaFormat=l16), audio(1, b"x"), audio(2, b"\x00\x40")):
            connection.send(text)
        stream = receiver.wait_for_stream()
        stream.wait_for("media", 2)
    assert stream.levels["inbound"].peak == pytest.approx(-6.0206)


def test_stop_closes_all_connections_and_frees_the_port() -> None:
    receiver = Receiver().start()
    with opened(receiver):
        stream = receiver.wait_for_stream()
        port = receiver.port
        receiver.stop()
        assert (stream.state, stream.close_code) == ("lost", 1001)
    assert repr(receiver) == "Receiver(not running)"
    with pytest.raises(RuntimeError, match="receiver is not running"):
        _ = receiver.url
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(OSError, match="in use"):
            Receiver(port).start()
    receiver.start()
    with pytest.raises(RuntimeError, match="is already running"):
        receiver.start()
    receiver.stop()
    receiver.stop()


def test_a_receiver_can_listen_on_ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"IPv6 is not available: {error}")
    with Receiver(host="::1") as receiver, opened(receiver):
        assert receiver.url == f"ws://[::1]:{receiver.port}"
        receiver.wait_for_stream()


def test_received_messages_are_typed(receiver: Receiver) -> None:
    with opened(receiver, audio(1), messages.dtmf("5", 3)):
        stream = receiver.wait_for_stream()
        stream.wait_for("dtmf")
    assert [type(message) for message in stream.received[2:]] == [Media, Dtmf]


def test_a_silent_connection_does_not_delay_stop() -> None:
    receiver = Receiver().start()
    with opened(receiver), socket.create_connection(("127.0.0.1", receiver.port)) as silent:
        receiver.wait_for_stream()
        silent.settimeout(5)
        stopping = threading.Thread(target=receiver.stop)
        stopping.start()
        stopping.join(5)
        assert not stopping.is_alive()
        with suppress(ConnectionResetError):
            assert silent.recv(1) == b""
