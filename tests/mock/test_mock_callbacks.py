"""Status callbacks as a user's HTTP server receives them, verified without the client's code."""

import base64
import hashlib
import hmac
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import DEFAULT_SIGNING_KEY, MockServer, RecordedCallback
from signalwire_streams.mock._streams.callbacks import read_timeouts, sign, text_to_sign
from support.document import STATUS_CALLBACK, is_valid, known_values
from support.sockets import Callback, Sink, listening, taking_callbacks

URL = "wss://stream.example.com/"  # the mock does not connect to it, but the stream starts and stops


@pytest.fixture
def sink(mock: MockServer) -> Iterator[Sink]:
    with taking_callbacks() as sink:
        mock.route("https://app.example.com", sink.url)
        yield sink


def start_and_stop(mock: MockServer, callback: str, to: str = URL, **options: str) -> list[RecordedCallback]:
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        stream = client.start_stream("CA1", to, status_callback=callback, **options)  # type: ignore[arg-type]
        client.stop_stream("CA1", stream.sid)
    mock.wait_for(stream, "closed", timeout=20)
    return mock.callbacks


def signature(url: str, callback: Callback, key: str = DEFAULT_SIGNING_KEY) -> str:
    text = url + "".join(name + value for name, value in sorted(parse_qsl(callback.body)))
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_a_start_and_a_stop_send_the_documented_parameters(mock: MockServer, sink: Sink) -> None:
    recorded = start_and_stop(mock, "https://app.example.com/events", name="mine", track="inbound_track")
    (stream,) = mock.streams
    for callback, record, event in zip(sink.callbacks, recorded, ["stream-started", "stream-stopped"], strict=True):
        fields = callback.fields
        happened = datetime.fromisoformat(fields.pop("Timestamp"))
        assert abs(happened - stream.date_updated) < timedelta(seconds=10)
        assert fields == {
            "AccountSid": mock.project,
            "CallSid": "CA1",
            "StreamSid": stream.sid,
            "StreamName": "mine",
            "StreamEvent": event,
            "StreamTrack": "inbound_track",
            "Unique-ID": "CA1",
        }
        assert is_valid(STATUS_CALLBACK, callback.fields)
        assert event in known_values(STATUS_CALLBACK["properties"]["StreamEvent"])
        assert set(callback.fields) <= set(STATUS_CALLBACK["properties"])
        assert (callback.method, callback.path) == ("POST", "/events")
        assert callback.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert record.fields == callback.fields
        assert (record.event, record.attempts, record.status, record.delivered) == (event, 1, 204, True)
        assert (record.stream_sid, record.method, record.problem) == (stream.sid, "POST", None)
        assert record.url == "https://app.example.com/events"


def test_the_callback_of_a_stream_without_a_name_has_its_sid_as_name(mock: MockServer, sink: Sink) -> None:
    start_and_stop(mock, "https://app.example.com/events")
    assert [callback.fields["StreamName"] for callback in sink.callbacks] == [mock.streams[0].sid] * 2


@pytest.mark.parametrize(
    ("callback", "requested"),
    [
        ("https://app.example.com/events", "https://app.example.com/events"),
        ("https://app.example.com", "https://app.example.com/"),
        ("https://app.example.com?a=b", "https://app.example.com/?a=b"),
        ("https://app.example.com/e?x=1&y=%20'!*()", "https://app.example.com/e?x=1&y=%20'!*()"),
        ("https://app.example.com:443/events#rt=5000&ot=2000&tt=15000", "https://app.example.com:443/events"),
        ("https://APP.example.com/%7Ea/./b//", "https://APP.example.com/%7Ea/./b//"),
        ("https://us!er:pass@app.example.com/e", "https://app.example.com/e"),
    ],
)
def test_a_post_is_signed_over_the_url_of_the_request(
    mock: MockServer, sink: Sink, callback: str, requested: str
) -> None:
    start_and_stop(mock, callback)
    parts = urlsplit(requested)
    for came in sink.callbacks:
        assert came.headers["X-SignalWire-Signature"] == signature(requested, came)
        assert came.path == requested.partition(parts.netloc)[2]
        assert came.headers.get_all("Host") == [parts.netloc]
        assert came.headers.get_all("X-Forwarded-Proto") == ["https"]
        basic = "Basic " + base64.b64encode(b"us!er:pass").decode()
        assert came.headers["Authorization"] == (basic if "@" in callback else None)


def test_a_get_has_all_parameters_in_its_signed_query(mock: MockServer, sink: Sink) -> None:
    start_and_stop(mock, "https://app.example.com/e?own=1#rt=5000", status_callback_method="GET", name="a b&ü")
    assert sink.events == ["stream-started", "stream-stopped"]
    for came in sink.callbacks:
        assert (came.method, came.body) == ("GET", "")
        assert came.headers["X-SignalWire-Signature"] == signature(f"https://app.example.com{came.path}", came)
        assert came.path.startswith("/e?own=1&AccountSid=")
        fields = came.fields
        assert (fields.pop("own"), fields["StreamName"]) == ("1", "a b&ü")
        assert is_valid(STATUS_CALLBACK, fields)


def test_callbacks_are_signed_with_the_given_key() -> None:
    with taking_callbacks() as sink, MockServer(signing_key="hunter2") as mock:
        start_and_stop(mock, sink.url)
        assert mock.signing_key == "hunter2"
        assert "hunter2" not in repr([mock, mock.callbacks, mock._config])
    for came in sink.callbacks:
        assert came.headers["X-SignalWire-Signature"] == signature(sink.url + "/", came, "hunter2")


def test_the_signature_matches_the_published_example() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    made = sign("12345", text_to_sign("https://mycompany.com/myapp.php?foo=1&bar=2", fields))
    assert made == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize("status", [500, 503, None])
def test_a_callback_is_retried_after_a_server_error_or_a_lost_connection(mock: MockServer, status: int | None) -> None:
    with taking_callbacks(lambda number: status if number < 2 else 200) as sink:
        recorded = start_and_stop(mock, sink.url)
    assert sink.events == ["stream-started"] * 3 + ["stream-stopped"]
    assert len({callback.body for callback in sink.callbacks[:3]}) == 1
    assert [(record.attempts, record.status, record.delivered) for record in recorded] == [
        (3, 200, True),
        (1, 200, True),
    ]


def test_a_callback_is_given_up_after_three_attempts(mock: MockServer) -> None:
    with taking_callbacks(lambda _: 500) as sink:
        recorded = start_and_stop(mock, sink.url)
    assert len(sink.callbacks) == 6
    assert [(record.attempts, record.status, record.delivered) for record in recorded] == [(3, 500, False)] * 2
    assert recorded[0].problem == "The response was HTTP status 500."


@pytest.mark.parametrize("status", [301, 400, 404, 429])
def test_a_refused_callback_is_not_retried(mock: MockServer, status: int) -> None:
    with taking_callbacks(lambda _: status) as sink:
        recorded = start_and_stop(mock, sink.url)
    assert len(sink.callbacks) == 2
    assert [(record.attempts, record.status, record.delivered) for record in recorded] == [(1, status, False)] * 2


def test_a_callback_that_nothing_listens_for_is_recorded_as_not_delivered(mock: MockServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    recorded = start_and_stop(mock, f"http://127.0.0.1:{port}/")
    assert [(record.attempts, record.status, record.delivered) for record in recorded] == [(3, None, False)] * 2
    assert recorded[0].problem == "There was no response: ConnectError."


def test_the_timeouts_in_the_fragment_apply(mock: MockServer) -> None:
    release = threading.Event()

    def answer(_number: int) -> int:
        release.wait(30)
        return 200

    with taking_callbacks(answer) as sink:
        try:
            recorded = start_and_stop(mock, f"{sink.url}/#rt=100")
            assert recorded[0].outcomes == ("There was no response: ReadTimeout.",) * 3
            recorded = start_and_stop(mock, f"{sink.url}/#rt=15000&tt=100")
            assert recorded[2].outcomes == ("There was no response: TimeoutError.",)
        finally:
            release.set()
    # The total covers all attempts, so after it there is no other one.
    assert [record.attempts for record in recorded] == [3, 3, 1, 1]
    assert [record.problem for record in recorded] == [record.outcomes[-1] for record in recorded]


@pytest.mark.parametrize(
    ("fragment", "seconds"),
    [
        ("", [2, 5, 15]),
        ("#ot=100&rt=100&tt=100", [0.1, 0.1, 0.1]),
        ("#ot=10000&rt=15000&tt=15000", [10, 15, 15]),
        ("#ot=99&rt=0&tt=1", [0.1, 0.1, 0.1]),
        ("#ot=10001&rt=15001&tt=999999999999", [10, 15, 15]),
        ("#ot=-1&rt=1.5&tt=x", [2, 5, 15]),
        ("#rt=300&rt=400&tt=", [2, 0.4, 15]),
        ("#top", [2, 5, 15]),
    ],
)
def test_a_timeout_out_of_range_counts_as_the_nearest_limit(fragment: str, seconds: list[float]) -> None:
    assert read_timeouts(f"https://app.example.com/{fragment}") == seconds


def test_callbacks_of_a_stream_arrive_in_order(mock: MockServer) -> None:
    stopped = threading.Event()

    def answer(number: int) -> int:
        if number == 0:
            stopped.wait(10)
        return 200

    with taking_callbacks(answer) as sink, StreamsClient(mock.project, mock.token, mock.url) as client:
        stream = client.start_stream("CA1", URL, status_callback=sink.url)
        client.stop_stream("CA1", stream.sid)
        mock.wait_for(stream, "stopped")
        stopped.set()
        mock.wait_for(stream, "closed")
        assert sink.events == ["stream-started", "stream-stopped"]


def test_a_callback_to_another_host_is_recorded_but_not_sent(mock: MockServer) -> None:
    recorded = start_and_stop(mock, "https://elsewhere.example.com/e")
    assert [(record.event, record.attempts, record.delivered) for record in recorded] == [
        ("stream-started", 0, False),
        ("stream-stopped", 0, False),
    ]
    assert recorded[0].problem == "The URL is not on this machine and has no route."


def test_a_stream_without_a_status_callback_sends_none(mock: MockServer) -> None:
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        stream = client.start_stream("CA1", URL)
        client.stop_stream("CA1", stream.sid)
    mock.wait_for(stream, "closed")
    assert mock.callbacks == []


def test_a_callback_uses_tls_if_the_mock_trusts_the_server(mock: MockServer) -> None:
    with taking_callbacks(context=mock.certificate_for("127.0.0.1")) as sink:
        recorded = start_and_stop(mock, sink.url)
    assert [record.delivered for record in recorded] == [True, True]
    with taking_callbacks(context=mock.certificate_for("other.example.com")) as sink:
        recorded = start_and_stop(mock, sink.url)
    assert [record.delivered for record in recorded[2:]] == [False, False]


def test_the_repr_of_a_callback_shows_no_credentials(mock: MockServer, sink: Sink) -> None:
    recorded = start_and_stop(mock, "https://user:hunter2@app.example.com/")
    assert [record.delivered for record in recorded] == [callback.method == "POST" for callback in sink.callbacks]
    assert "hunter2" not in repr(recorded)


def test_a_callback_to_an_invalid_url_is_recorded_but_not_sent(mock: MockServer) -> None:
    recorded = start_and_stop(mock, "https://[0]/")
    assert [(record.attempts, record.delivered, record.problem) for record in recorded] == [
        (0, False, "The URL is not valid.")
    ] * 2


def test_a_huge_number_in_the_fragment_does_no_harm(mock: MockServer, sink: Sink) -> None:
    recorded = start_and_stop(mock, f"{sink.url}/#rt={'9' * 400}")
    assert [record.delivered for record in recorded] == [True, True]


REDIRECTED = "https://other.example.com/next?x=1"


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_along_routes_and_signed_anew(mock: MockServer, status: int, method: str) -> None:
    with taking_callbacks(lambda _: status, headers={"Location": REDIRECTED}) as first, taking_callbacks() as second:
        mock.route("https://app.example.com", first.url)
        mock.route("https://other.example.com", second.url)
        recorded = start_and_stop(mock, "https://app.example.com/e", status_callback_method=method)
    for came, before, record in zip(second.callbacks, first.callbacks, recorded, strict=True):
        repeated = method == "POST" and status in {307, 308}
        assert (came.method, came.body) == (("POST", before.body) if repeated else ("GET", ""))
        assert (came.path, came.headers["Host"]) == ("/next?x=1", "other.example.com")
        assert before.headers["X-SignalWire-Signature"] == signature(f"https://app.example.com{before.path}", before)
        assert came.headers["X-SignalWire-Signature"] == signature(REDIRECTED, came)
        assert (record.url, record.method) == ("https://app.example.com/e", method)
        assert (record.outcomes, record.attempts, record.status, record.delivered) == ((status, 204), 1, 204, True)


def test_three_redirects_are_followed(mock: MockServer) -> None:
    with taking_callbacks(lambda number: 302 if number % 4 < 3 else 204, headers={"Location": "next"}) as sink:
        recorded = start_and_stop(mock, f"{sink.url}/a/b")
    assert [came.path for came in sink.callbacks] == ["/a/b", "/a/next", "/a/next", "/a/next"] * 2
    assert [(record.outcomes, record.delivered) for record in recorded] == [((302, 302, 302, 204), True)] * 2


def test_a_fourth_redirect_is_not_followed(mock: MockServer) -> None:
    with taking_callbacks(lambda _: 307, headers={"Location": "/"}) as sink:
        recorded = start_and_stop(mock, sink.url)
    assert [(record.outcomes, record.attempts, record.delivered) for record in recorded] == [((307,) * 4, 1, False)] * 2
    assert recorded[0].problem == "The response was HTTP status 307. The mock follows 3 redirects."


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        ("https://elsewhere.example.com/", "The URL is not on this machine and has no route."),
        ("http://app.example.com/", "The URL is not on this machine and has no route."),
        ("ws://127.0.0.1/", "The URL is not on this machine and has no route."),
        ("mailto:a@b", "The URL is not valid."),
        ("//[", "The URL is not valid."),
        ("//app.example.com:x/", "The URL is not valid."),
    ],
)
def test_a_redirect_to_an_invalid_url_or_another_host_is_not_followed(
    mock: MockServer, location: str, problem: str
) -> None:
    with taking_callbacks(lambda _: 302, headers={"Location": location}) as sink:
        mock.route("https://app.example.com", sink.url)
        recorded = start_and_stop(mock, "https://app.example.com/e")
    assert [(record.outcomes, record.status, record.delivered) for record in recorded] == [((302,), 302, False)] * 2
    assert recorded[0].problem == f"The response was HTTP status 302. The redirect was not followed. {problem}"


def test_a_location_with_other_characters_than_a_url_is_encoded(mock: MockServer) -> None:
    with taking_callbacks(lambda number: 302 if number % 2 == 0 else 204, headers={"Location": "/a b%20\xfc"}) as sink:
        recorded = start_and_stop(mock, sink.url)
    assert [record.delivered for record in recorded] == [True, True]
    assert sink.callbacks[1].path == "/a%20b%20%C3%BC"


def test_a_retry_begins_at_the_first_url(mock: MockServer) -> None:
    statuses = [302, 500, 302, 503, 302, 204]
    with taking_callbacks(lambda number: statuses[number % 6], headers={"Location": "/next"}) as sink:
        recorded = start_and_stop(mock, f"{sink.url}/e")
    assert [came.path for came in sink.callbacks] == ["/e", "/next"] * 6
    assert [(record.outcomes, record.attempts, record.delivered) for record in recorded] == [
        ((302, 500, 302, 503, 302, 204), 3, True)
    ] * 2


def test_a_redirect_takes_credentials_to_their_own_origin_only(mock: MockServer) -> None:
    locations = ["https://app.example.com/same", "/relative", "https://other.example.com/"]
    for location in locations:
        with (
            taking_callbacks(lambda number: 307 if number % 2 == 0 else 204, headers={"Location": location}) as sink,
            taking_callbacks() as other,
        ):
            mock.route("https://app.example.com", sink.url)
            mock.route("https://other.example.com", other.url)
            start_and_stop(mock, "https://user:pass@app.example.com/e")
        assert all(came.headers["Authorization"] for came in sink.callbacks)
        assert not any(came.headers["Authorization"] for came in other.callbacks)


def test_callbacks_carry_no_cookies(mock: MockServer) -> None:
    # Cookies do not distinguish ports, so a jar would send them to every receiver on this machine.
    headers = {"Set-Cookie": "session=1; Path=/", "Location": "/next"}
    with taking_callbacks(lambda number: 302 if number % 2 == 0 else 200, headers=headers) as first:
        start_and_stop(mock, first.url)
        with taking_callbacks() as second:
            start_and_stop(mock, second.url)
    assert len(first.callbacks) == 4
    assert [came.headers["Cookie"] for came in first.callbacks + second.callbacks] == [None] * 6


@contextmanager
def raw_receiver(first: bytes, repeated: bytes) -> Iterator[str]:
    """Run a server that sends `first` as soon as a request comes, then `repeated` for ever."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.recv(65536)
                self.request.sendall(first)
                while not ended.wait(0.01):
                    self.request.sendall(repeated)

    ended = threading.Event()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            ended.set()
            server.shutdown()
            thread.join()


def test_the_body_of_a_response_is_not_read(mock: MockServer) -> None:
    with raw_receiver(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n%4096s\r\n" % b"") as url:
        recorded = start_and_stop(mock, f"{url}/#rt=15000")
    assert [(record.outcomes, record.delivered) for record in recorded] == [((200,), True)] * 2


def test_a_response_that_never_ends_holds_a_stream_until_the_total_timeout(mock: MockServer) -> None:
    # Each line comes within the timeout of a read.
    with raw_receiver(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n") as url:
        recorded = start_and_stop(mock, f"{url}/#tt=300")
    assert [record.outcomes for record in recorded] == [("There was no response: TimeoutError.",)] * 2


def test_a_reset_does_not_wait_for_a_slow_receiver(mock: MockServer) -> None:
    asked, release = threading.Event(), threading.Event()

    def answer(_number: int) -> int:
        asked.set()
        release.wait(60)
        return 200

    with taking_callbacks(answer) as sink, StreamsClient(mock.project, mock.token, mock.url) as client:
        try:
            stream = client.start_stream("CA1", URL, status_callback=f"{sink.url}/#rt=15000")
            assert asked.wait(10)
            client.stop_stream("CA1", stream.sid)
            before = time.monotonic()
            mock.reset()
            assert time.monotonic() - before < 10  # two callbacks would take thirty seconds
        finally:
            release.set()
    assert sink.events == ["stream-started"]


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], None]:
    """Returns a function that sets the addresses of `localhost`."""
    real = socket.getaddrinfo

    def set_addresses(addresses: list[str]) -> None:
        def resolve(host: Any, *arguments: Any, **options: Any) -> list[Any]:
            if host not in {"localhost", b"localhost"}:
                return real(host, *arguments, **options)
            return [found for each in addresses for found in real(each, *arguments, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

    return set_addresses


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["192.0.2.1", "127.0.0.1"]])
def test_localhost_is_each_of_its_loopback_addresses(
    mock: MockServer, resolving: Callable[[list[str]], None], addresses: list[str]
) -> None:
    resolving(addresses)
    with taking_callbacks(context=mock.certificate_for("localhost")) as sink, listening() as listener:
        mock.route("wss://agent.example.com", listener.url.replace("127.0.0.1", "localhost"))
        recorded = start_and_stop(mock, sink.url.replace("127.0.0.1", "localhost"), to="wss://agent.example.com/")
        assert listener.the_one().close_code == 1000
    assert [(record.outcomes, record.delivered) for record in recorded] == [((204,), True)] * len(recorded)
    assert sink.callbacks[0].headers["Host"].startswith("localhost:")


def test_localhost_is_not_dialed_at_another_address(mock: MockServer, resolving: Callable[[list[str]], None]) -> None:
    resolving(["192.0.2.1"])
    problem = "localhost does not resolve to a loopback address."
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        stream = client.start_stream("CA1", "wss://localhost:9/", status_callback="http://localhost:9/")
    ended = mock.wait_for(stream, "closed", timeout=20)
    assert ended.problem == f"The mock could not connect to the receiver: {problem}"
    assert [record.outcomes for record in mock.callbacks] == [(f"There was no response: {problem}",) * 3]
