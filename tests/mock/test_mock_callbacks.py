"""Status callbacks as a user's HTTP server receives them, verified without the client's code."""

import base64
import hashlib
import hmac
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import DEFAULT_SIGNING_KEY, MockServer, RecordedCallback
from signalwire_streams.mock._streams.callbacks import sign
from support.document import STATUS_CALLBACK, is_valid, known_values
from support.sockets import Callback, Sink, taking_callbacks

URL = "wss://stream.example.com/"  # the mock does not connect to it, but the stream starts and stops


@pytest.fixture
def sink(mock: MockServer) -> Iterator[Sink]:
    with taking_callbacks() as sink:
        mock.route("https://app.example.com", sink.url)
        yield sink


def start_and_stop(mock: MockServer, callback: str, **options: str) -> list[RecordedCallback]:
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        stream = client.start_stream("CA1", URL, status_callback=callback, **options)  # type: ignore[arg-type]
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
    made = sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields)
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
            recorded = start_and_stop(mock, f"{sink.url}/#rt=50")
            assert recorded[0].problem == "There was no response: ReadTimeout."
            recorded = start_and_stop(mock, f"{sink.url}/#tt=50")
            assert recorded[2].problem == "There was no response: TimeoutError."
        finally:
            release.set()
    assert [record.attempts for record in recorded] == [3] * 4


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
