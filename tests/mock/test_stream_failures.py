"""Receivers that refuse, time out, are not trusted, are slow or die: each has a documented reason."""

import base64
import hashlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from signalwire_streams import StreamsClient
from signalwire_streams.mock import Audio, MockServer, MockStream
from signalwire_streams.mock._streams import AudioFormat
from support.document import STATUS_CALLBACK, known_values
from support.sockets import Heard, Listener, Sink, listening, read_all, taking_callbacks
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

URL = "wss://agent.example.com/audio"
EVENTS = "https://app.example.com/events"
REFUSED_OR_TIMEOUT = "connection_refused_timeout_or_ssl_error"
RECEIVER_TIMEOUT = 2  # seconds: a handshake may take one when all cores are busy


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with taking_callbacks() as sink:
        yield sink


@pytest.fixture(scope="module")
def running(sink: Sink) -> Iterator[MockServer]:
    routes = {"https://app.example.com": sink.url}
    with MockServer(
        receiver_timeout=RECEIVER_TIMEOUT, routes=routes, audio={"inbound": Audio.tone(seconds=0.1)}
    ) as mock:
        yield mock


@pytest.fixture
def mock(running: MockServer, sink: Sink) -> MockServer:  # replaces the shared mock in this file
    running.reset()
    sink.callbacks.clear()
    return running


def stream_to(mock: MockServer, target: str, seconds: float = 10) -> MockStream:
    mock.route("wss://agent.example.com", target)
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        stream = client.start_stream("CA1", URL, status_callback=EVENTS)
    return mock.wait_for(stream, "closed", timeout=seconds)


@contextmanager
def raw_server(act: Callable[[socket.socket], None], *, accept: bool = True) -> Iterator[str]:
    """Run a server that calls `act` with the socket of one connection."""
    done = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            act(connection)
            done.wait(30)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        if accept:
            thread.start()
        try:
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            done.set()
            if accept:
                thread.join(5)


def require_failure(stream: MockStream, sink: Sink, reason: str, problem: str, *, started: bool = False) -> None:
    assert (stream.status, stream.error) == ("stopped", reason)
    assert problem in (stream.problem or "")
    assert sink.events == (["stream-started"] if started else []) + ["stream-error"]
    assert sink.callbacks[-1].fields["StreamError"] == reason
    assert reason in known_values(STATUS_CALLBACK["properties"]["StreamError"])


def test_a_receiver_that_does_not_listen_refuses_the_connection(mock: MockServer, sink: Sink) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    stream = stream_to(mock, f"ws://127.0.0.1:{port}")
    require_failure(stream, sink, "connection_refused", f"Nothing is listening on 127.0.0.1:{port}.")
    assert stream.history == ["queued", "stopped", "closed"]
    assert stream.close_code is None


@pytest.mark.parametrize("status", [200, 401, 404, 500, 302])
def test_a_rejected_handshake_is_connection_refused(mock: MockServer, sink: Sink, status: int) -> None:
    def refuse(connection: ServerConnection, _request: Request) -> Response:
        response = connection.respond(status, "no")
        response.headers["Location"] = "wss://elsewhere.example.com/"
        return response

    with listening(process_request=refuse) as listener:
        stream = stream_to(mock, listener.url)
    wanted = "a redirect" if status == 302 else f"with HTTP status {status}"
    require_failure(stream, sink, "connection_refused", wanted)


def test_an_invalid_handshake_is_a_general_error(mock: MockServer, sink: Sink) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")

    with raw_server(answer) as url:
        require_failure(stream_to(mock, url), sink, "general_error", "WebSocket handshake is invalid")


def test_a_problem_shows_what_the_receiver_sent_escaped(mock: MockServer, sink: Sink) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 101 X\r\nUpgrade: \x9b31m\r\nConnection: Upgrade\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)

    with raw_server(answer) as url:
        stream = stream_to(mock, url)
    require_failure(stream, sink, "general_error", r"in \x9b31m")
    with pytest.raises(TimeoutError, match="was never in-progress") as caught:
        mock.wait_for(stream, "in-progress")
    assert str(caught.value).isprintable()


def test_a_response_that_is_not_http_is_a_general_error(mock: MockServer, sink: Sink) -> None:
    def greet(connection: socket.socket) -> None:
        connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
        connection.shutdown(socket.SHUT_WR)

    with raw_server(greet) as url:
        require_failure(stream_to(mock, url), sink, "general_error", "WebSocket handshake is invalid")


def test_a_url_that_only_the_document_allows_is_invalid(mock: MockServer, sink: Sink) -> None:
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        for url in ("wss://[0]/", "wss://long.example.com/"):
            mock.route("wss://long.example.com", f"wss://{'a' * 64}.example.com")
            stream = mock.wait_for(client.start_stream("CA1", url, status_callback=EVENTS), "closed")
            assert (stream.status, stream.error, stream.history[1:]) == (
                "stopped",
                "invalid_url",
                ["stopped", "closed"],
            )
    assert sink.events == ["stream-error"] * 2


def test_a_handshake_without_a_response_times_out(mock: MockServer, sink: Sink) -> None:
    with raw_server(lambda _: None) as url:
        require_failure(
            stream_to(mock, url), sink, REFUSED_OR_TIMEOUT, f"did not respond within {RECEIVER_TIMEOUT} seconds"
        )


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def test_a_certificate_from_an_unknown_ca_is_not_trusted(mock: MockServer, sink: Sink) -> None:
    with listening(context=server_context(trustme.CA().issue_cert("127.0.0.1"))) as listener:
        stream = stream_to(mock, listener.url)
    require_failure(stream, sink, REFUSED_OR_TIMEOUT, "CERTIFICATE_VERIFY_FAILED")


def test_a_certificate_for_another_name_is_not_trusted(mock: MockServer, sink: Sink) -> None:
    with listening(context=mock.certificate_for("other.example.com")) as listener:
        stream = stream_to(mock, listener.url)
    require_failure(stream, sink, REFUSED_OR_TIMEOUT, "not valid for '127.0.0.1'")


def test_an_expired_certificate_is_not_trusted(tmp_path: Path, sink: Sink, mock: MockServer) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    expired = authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    routes = {"https://app.example.com": sink.url}
    with (
        listening(context=server_context(expired)) as listener,
        MockServer(ca_file=tmp_path / "ca.pem", routes=routes) as trusting,
    ):
        stream = stream_to(trusting, listener.url)
    require_failure(stream, sink, REFUSED_OR_TIMEOUT, "expired")
    assert mock.streams == []


def test_a_wss_url_fails_on_a_server_without_tls(mock: MockServer, sink: Sink) -> None:
    with listening() as listener:
        stream = stream_to(mock, listener.url.replace("ws:", "wss:"))
    require_failure(stream, sink, REFUSED_OR_TIMEOUT, "")  # the words depend on which side gives up first


def test_a_certificate_issued_by_the_mock_is_trusted(mock: MockServer, sink: Sink) -> None:
    with listening(context=mock.certificate_for("127.0.0.1", "localhost")) as listener:
        for host in ("127.0.0.1", "localhost"):
            stream = stream_to(mock, listener.url.replace("127.0.0.1", host))
            assert (stream.error, stream.close_code) == (None, 1000)
    assert sink.events == ["stream-started", "stream-stopped"] * 2


def test_a_url_of_this_machine_needs_no_route(mock: MockServer) -> None:
    with (
        listening(context=mock.certificate_for("127.0.0.1")) as listener,
        StreamsClient(mock.project, mock.token, mock.url) as client,
    ):
        mock.wait_for(client.start_stream("CA1", listener.url + "/x"), "closed")
        assert listener.the_one().path == "/x"


def test_certificate_files_work_for_servers_that_need_files(mock: MockServer, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = mock.certificate_files(tmp_path, "127.0.0.1")
    context.load_cert_chain(certificate, key)
    assert key.stat().st_mode & 0o077 == 0
    with listening(context=context) as listener:
        assert stream_to(mock, listener.url).error is None


def test_the_users_own_ca_is_trusted(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    audio = {"inbound": Audio.tone(seconds=0.1)}
    with (
        listening(context=server_context(authority.issue_cert("127.0.0.1"))) as listener,
        MockServer(ca_file=tmp_path / "ca.pem", audio=audio, realtime=False) as mock,
    ):
        assert stream_to(mock, listener.url).error is None


@pytest.mark.parametrize(
    ("code", "reason"), [(1000, None), (1001, None), (1008, "general_error"), (1011, "general_error")]
)
def test_a_receiver_that_closes_early_ends_the_stream(
    mock: MockServer, sink: Sink, code: int, reason: str | None
) -> None:
    def leave(connection: ServerConnection, heard: Heard) -> None:
        heard.texts.append(str(connection.recv()))
        connection.close(code)

    with listening(leave) as listener:
        stream = stream_to(mock, listener.url)
    assert (stream.status, stream.error, stream.close_code) == ("stopped", reason, code)
    assert sink.events == ["stream-started", "stream-error" if reason else "stream-stopped"]
    assert stream.sent.counts["stop"] == 0
    if reason:
        assert stream.problem == f"The receiver closed the WebSocket with code {code}."


def test_a_receiver_that_dies_fails_the_stream(mock: MockServer, sink: Sink) -> None:
    def die(connection: ServerConnection, _heard: Heard) -> None:
        connection.recv()
        connection.socket.shutdown(socket.SHUT_RDWR)

    with listening(die) as listener:
        stream = stream_to(mock, listener.url)
    require_failure(stream, sink, "general_error", "The connection was lost.", started=True)
    assert stream.close_code == 1006


def test_a_receiver_that_breaks_the_protocol_fails_the_stream(mock: MockServer, sink: Sink) -> None:
    def babble(connection: ServerConnection, _heard: Heard) -> None:
        connection.recv()
        connection.socket.sendall(b"\xff\xff\xff\xff")

    with listening(babble) as listener:
        stream = stream_to(mock, listener.url)
    require_failure(stream, sink, "general_error", "protocol (close code 1002).", started=True)


def upgraded(connection: socket.socket) -> None:
    """Complete the handshake, and never read again."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65536)
    found = re.search(rb"Sec-WebSocket-Key: (\S+)", request)
    assert found
    accept = base64.b64encode(hashlib.sha1(found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


@pytest.mark.parametrize("realtime", [True, False])
def test_a_receiver_that_reads_nothing_fails_its_own_stream_only(sink: Sink, mock: MockServer, realtime: bool) -> None:
    # In real time the system's buffers would need a minute to fill, so make the frames larger.
    routes = {"https://app.example.com": sink.url}
    with MockServer(realtime=realtime, receiver_timeout=RECEIVER_TIMEOUT, routes=routes) as own, listening() as well:
        with raw_server(upgraded) as stuck, StreamsClient(own.project, own.token, own.url) as client:
            own.route("wss://well.example.com", well.url)
            good = client.start_stream("CA2", "wss://well.example.com/", track="outbound_track")
            own.wait_for(good, "in-progress")
            if realtime:
                own._config.payloads(AudioFormat())["inbound"].size *= 1000
            bad = stream_to(own, stuck)
            require_failure(
                bad, sink, "general_error", f"The receiver read nothing for {RECEIVER_TIMEOUT} seconds.", started=True
            )
            assert own.wait_for(good, "in-progress").status == "in-progress"
            client.stop_stream("CA2", good.sid)
            assert own.wait_for(good, "closed").error is None
    assert mock.streams == []


def test_without_realtime_the_mock_waits_for_a_slow_receiver() -> None:
    go_on = threading.Event()

    def slow(connection: ServerConnection, heard: Heard) -> None:
        go_on.wait(10)
        read_all(connection, heard)

    audio = {"inbound": Audio.tone(seconds=120)}
    with listening(slow) as listener, MockServer(realtime=False, audio=audio) as mock:
        mock.route("wss://agent.example.com", listener.url)
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            stream = client.start_stream("CA1", URL)
            found = mock.wait_for(stream, "in-progress")
            go_on.set()
            mock.wait_for(stream, "closed", timeout=30)
        heard = listener.the_one()
    assert found.error is None
    assert [int(piece["chunk"]) for piece in heard.media("outbound")] == list(range(1, 6001))


def test_a_stream_can_be_stopped_while_it_connects(mock: MockServer, sink: Sink) -> None:
    with raw_server(lambda _: None) as url, StreamsClient(mock.project, mock.token, mock.url) as client:
        mock.route("wss://agent.example.com", url)
        stream = client.start_stream("CA1", URL, status_callback=EVENTS)
        assert client.stop_stream("CA1", stream.sid).status == "stopped"
        found = mock.wait_for(stream, "closed")
    assert (found.error, found.history) == (None, ["queued", "stopped", "closed"])
    assert sink.events == ["stream-stopped"]


def test_streams_to_one_receiver_fail_independently(mock: MockServer) -> None:
    def die_at_odd_calls(connection: ServerConnection, heard: Heard) -> None:
        connection.recv()
        heard.texts.append(str(connection.recv()))
        if heard.messages[0]["start"]["callSid"][-1] in "13579":
            connection.socket.shutdown(socket.SHUT_RDWR)
        read_all(connection, heard)

    def start(client: StreamsClient, listener: Listener) -> list[MockStream]:
        mock.route("wss://agent.example.com", listener.url)
        streams = [client.start_stream(f"CA{number}", URL) for number in range(10)]
        return [mock.wait_for(stream, "closed") for stream in streams]

    with listening(die_at_odd_calls) as listener, StreamsClient(mock.project, mock.token, mock.url) as client:
        errors = [stream.error for stream in start(client, listener)]
    assert errors == [None, "general_error"] * 5
