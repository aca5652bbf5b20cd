"""What the mock records of a status callback: each attempt, and what was signed. And how to send one again."""

import base64
import hashlib
import hmac
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from signalwire_streams import SignatureError, StreamsClient
from signalwire_streams.callbacks import verify_signature
from signalwire_streams.mock import DEFAULT_SIGNING_KEY, MockServer, RecordedCallback
from support.sockets import Callback, taking_callbacks

URL = "wss://stream.example.com/"  # the mock does not connect to it, but the stream starts and stops


def start_and_stop(mock: MockServer, callback: str, **options: Any) -> list[RecordedCallback]:
    with StreamsClient(mock.project, mock.token, mock.url) as client:
        stream = client.start_stream("CA1", URL, status_callback=callback, **options)
        client.stop_stream("CA1", stream.sid)
    mock.wait_for(stream, "closed", timeout=20)
    return mock.callbacks


def sign(text: str) -> str:
    digest = hmac.new(DEFAULT_SIGNING_KEY.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def test_each_attempt_has_its_time_and_its_outcome(mock: MockServer) -> None:
    before = datetime.now(UTC)
    with taking_callbacks(lambda number: [500, None, 204][number] if number < 3 else 404) as sink:
        started, stopped = start_and_stop(mock, sink.url)
    assert [(each.status, each.problem) for each in started.attempt_log] == [
        (500, "The response was HTTP status 500."),
        (None, "There was no response: RemoteProtocolError."),
        (204, None),
    ]
    assert [(each.status, each.problem) for each in stopped.attempt_log] == [(404, "The response was HTTP status 404.")]
    assert [(each.id, each.attempts, each.final) for each in (started, stopped)] == [(1, 3, True), (2, 1, True)]
    times = [before, started.time, *(each.time for each in started.attempt_log), stopped.time, datetime.now(UTC)]
    assert times == sorted(times)
    assert all(0 < each.duration < 60 for each in started.attempt_log)


def test_an_attempt_that_the_total_timeout_ends_is_recorded(mock: MockServer) -> None:
    release = threading.Event()
    with taking_callbacks(lambda _: 200 if release.wait(30) else None) as sink:
        try:
            (started, _) = start_and_stop(mock, f"{sink.url}/#rt=15000&tt=100")
        finally:
            release.set()
    (attempt,) = started.attempt_log
    assert (attempt.status, attempt.problem) == (None, "There was no response: TimeoutError.")
    assert attempt.duration >= 0.09


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_text_that_was_signed_is_recorded(mock: MockServer, method: str) -> None:
    with taking_callbacks() as sink:
        mock.route("https://app.example.com", sink.url)
        url = "https://user:hunter2@app.example.com/events?a=b#ot=2000"
        started, _ = start_and_stop(mock, url, status_callback_method=method)
    text = started.signed_text or ""
    assert text.startswith("https://app.example.com/events?a=b")
    assert sign(text) == started.signature == sink.callbacks[0].headers["X-SignalWire-Signature"]
    assert "hunter2" not in text + repr(started)


def test_a_callback_that_is_not_sent_has_no_attempt_and_no_signature(mock: MockServer) -> None:
    started, _ = start_and_stop(mock, "https://elsewhere.example.com/events")
    assert (started.attempts, started.attempt_log, started.final) == (0, (), True)
    assert (started.signed_text, started.signature) == (None, None)
    assert started.problem == "The URL is not on this machine and has no route."


def test_on_callback_is_called_after_each_attempt() -> None:
    told: list[RecordedCallback] = []
    with (
        taking_callbacks(lambda number: 500 if number < 2 else 204) as sink,
        MockServer(on_callback=told.append) as mock,
    ):
        kept = start_and_stop(mock, sink.url)
        start_and_stop(mock, "https://elsewhere.example.com/events")
    assert [(each.id, each.attempts, each.final, each.delivered) for each in told[:4]] == [
        (1, 1, False, False),
        (1, 2, False, False),
        (1, 3, True, True),
        (2, 1, True, True),
    ]
    assert [told[2], told[3]] == kept
    assert [(each.id, each.attempts, each.final) for each in told[4:]] == [(3, 0, True), (4, 0, True)]


def is_verified(callback: Callback, url: str) -> bool:
    body, signature = callback.body.encode(), callback.headers["X-SignalWire-Signature"]
    try:
        verify_signature(url, form=body, signature=signature, signing_key=DEFAULT_SIGNING_KEY)
    except SignatureError:
        return False
    return True


def test_a_callback_can_be_sent_again_with_a_valid_or_an_invalid_signature(mock: MockServer) -> None:
    url = "https://app.example.com/events"
    with taking_callbacks() as sink:
        mock.route("https://app.example.com", sink.url)
        started, _ = start_and_stop(mock, url)
        again = mock.resend(started)
        forged = mock.resend(started, signature="invalid")
    assert [each.body for each in sink.callbacks[2:]] == [sink.callbacks[0].body] * 2
    assert [is_verified(each, url) for each in sink.callbacks] == [True, True, True, False]
    assert (again.id, again.event, again.stream_sid, again.fields) == (
        3,
        started.event,
        started.stream_sid,
        started.fields,
    )
    assert (again.signature, forged.signature == started.signature) == (started.signature, False)
    assert mock.callbacks[2:] == [again, forged]
    assert mock.wait_for_callback("stream-started", started.stream_sid) == started


def test_a_callback_that_failed_can_be_sent_again_once_its_server_works(mock: MockServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    mock.route("https://app.example.com", f"http://127.0.0.1:{port}")
    failed, _ = start_and_stop(mock, "https://app.example.com/events")
    with taking_callbacks() as sink:
        mock.route("https://app.example.com", sink.url)
        assert (failed.delivered, mock.resend(failed).delivered) == (False, True)
    assert sink.events == ["stream-started"]


def test_another_signature_or_a_mock_that_is_not_running_is_refused(mock: MockServer) -> None:
    callback, _ = start_and_stop(mock, "https://elsewhere.example.com/events")
    signature: Any = "wrong"
    with pytest.raises(ValueError, match="signature must be 'valid' or 'invalid', not 'wrong'"):
        mock.resend(callback, signature=signature)
    with pytest.raises(RuntimeError, match="The mock is not running"):
        MockServer().resend(callback)


@pytest.mark.parametrize(
    "act", [lambda mock: mock.replay(mock.requests[0]), lambda mock: mock.resend(mock.callbacks[0])]
)
def test_nothing_is_repeated_in_the_mocks_own_thread(act: Callable[[MockServer], object]) -> None:
    problems: list[str] = []

    def repeat(_callback: RecordedCallback) -> None:
        with pytest.raises(RuntimeError) as error:
            act(mock)
        problems.append(str(error.value))

    with MockServer(on_callback=repeat) as mock:
        start_and_stop(mock, "https://elsewhere.example.com/events")
    assert len(problems) == 2
    assert "not from on_request, on_change or on_callback" in problems[0]
