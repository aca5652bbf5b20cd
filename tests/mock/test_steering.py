"""Steer the mock from a test, and wait for it."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from signalwire_streams import (
    AsyncStreamsClient,
    CallStateError,
    OutcomeUnknownError,
    RateLimitError,
    RetryPolicy,
    ServerError,
    Stream,
    StreamsClient,
)
from signalwire_streams.mock import Audio, MockServer, MockStream, RecordedRequest
from support.sockets import Listener, listening, taking_callbacks

URL = "wss://agent.example.com/audio"
ONCE = RetryPolicy(attempts=1)


@pytest.fixture
def client(mock: MockServer) -> Iterator[StreamsClient]:
    with StreamsClient(mock.project, mock.token, mock.url, retry=ONCE) as client:
        yield client


@pytest.fixture
def listener(mock: MockServer) -> Iterator[Listener]:
    with listening() as listener:
        mock.route("wss://agent.example.com", listener.url)
        yield listener


def test_keys_are_pressed_in_order_on_a_stream_given_by_object_sid_or_name(
    mock: MockServer, client: StreamsClient, listener: Listener
) -> None:
    stream = client.start_stream("CA1", URL, name="mine")
    found = mock.wait_for(stream, "in-progress")
    for meant, digits in ((stream, "1"), (found, "2#"), (stream.sid, "*"), ("mine", "D")):
        mock.press(meant, digits)
    client.stop_stream("CA1", "mine")
    mock.wait_for(stream, "closed")
    assert [message["dtmf"] for message in listener.the_one().of("dtmf")] == [
        {"digit": digit, "duration": 100} for digit in "12#*D"
    ]


@pytest.mark.parametrize("digits", ["", "E", "a", "1 2", "٣"])
def test_an_unknown_key_is_refused(mock: MockServer, client: StreamsClient, digits: str) -> None:
    stream = client.start_stream("CA1", URL)
    with pytest.raises(ValueError, match="digits must be telephone keys"):
        mock.press(stream, digits)


def test_only_a_stream_in_progress_can_be_steered(mock: MockServer, client: StreamsClient) -> None:
    with pytest.raises(RuntimeError, match="There is no such stream. Pass a stream that is in progress."):
        mock.press("nope", "1")
    stream = client.start_stream("CA1", "wss://elsewhere.example.com/")
    client.stop_stream("CA1", stream.sid)
    with pytest.raises(RuntimeError, match="is stopped. Pass a stream that is in progress."):
        mock.drop(stream)
    with pytest.raises(TypeError, match="not int"):
        mock.press(5, "1")


def test_a_dropped_connection_is_a_failure_on_both_sides(
    mock: MockServer, client: StreamsClient, listener: Listener
) -> None:
    with taking_callbacks() as sink:
        stream = client.start_stream("CA1", URL, status_callback=sink.url)
        mock.wait_for(stream, "in-progress")
        mock.drop(stream)
        found = mock.wait_for(stream, "closed")
        assert sink.events == ["stream-started", "stream-error"]
    assert (found.error, found.problem, found.close_code) == ("general_error", "The connection was lost.", 1006)
    heard = listener.the_one()
    assert heard.close_code == 1006
    assert heard.of("stop") == []


def test_only_the_next_request_fails(mock: MockServer, client: StreamsClient) -> None:
    mock.fail_next()
    with pytest.raises(ServerError) as error:
        client.start_stream("CA1", URL)
    assert (error.value.status, error.value.code) == (503, 20504)
    client.start_stream("CA1", URL)
    assert [request.status for request in mock.requests] == [503, 200]
    assert len(mock.streams) == 1


def test_a_planned_failure_can_have_a_retry_after_header(mock: MockServer, client: StreamsClient) -> None:
    mock.fail_next(429, retry_after=7)
    with pytest.raises(RateLimitError) as error:
        client.start_stream("CA1", URL)
    assert error.value.code == 20429
    assert error.value.headers is not None
    assert error.value.headers["Retry-After"] == "7"


def test_a_planned_failure_has_the_given_code_and_message(mock: MockServer, client: StreamsClient) -> None:
    mock.fail_next(422, code=21220, message="The call hangs up.")
    with pytest.raises(CallStateError, match="The call hangs up") as error:
        client.start_stream("CA1", URL)
    assert error.value.code == 21220


def test_several_requests_can_fail(mock: MockServer) -> None:
    mock.fail_next(503, retry_after=0, times=2)
    with StreamsClient(mock.project, mock.token, mock.url, retry=RetryPolicy(attempts=3)) as client:
        client.start_stream("CA1", URL)
    assert [request.status for request in mock.requests] == [503, 503, 200]


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_connection_can_be_lost_before_or_after_the_start(
    mock: MockServer, client: StreamsClient, carried_out: bool
) -> None:
    mock.fail_next(lost=True, carried_out=carried_out)
    with pytest.raises(OutcomeUnknownError, match="Server disconnected|reset"):
        client.start_stream("CA1", "wss://elsewhere.example.com/", name="mine")
    assert [stream.name for stream in mock.streams] == (["mine"] if carried_out else [])
    assert mock.requests[0].status == 0
    if carried_out:
        assert client.stop_stream("CA1", "mine").status == "stopped"


def test_an_error_can_hide_a_started_stream(mock: MockServer, client: StreamsClient) -> None:
    mock.fail_next(502, carried_out=True)
    with pytest.raises(OutcomeUnknownError):
        client.start_stream("CA1", "wss://elsewhere.example.com/")
    assert mock.wait_for(mock.streams[0], "in-progress").status == "in-progress"


@pytest.mark.parametrize("status", [200, 302, 600])
def test_a_status_that_is_not_an_error_is_refused(mock: MockServer, status: int) -> None:
    with pytest.raises(ValueError, match="status must be an error from 400 to 599"):
        mock.fail_next(status)


@pytest.mark.parametrize("value", ["\u0663", "1\r\nX: 1", " 1", "1 ", "\x9b"])
def test_a_retry_after_that_no_header_can_hold_is_refused(mock: MockServer, value: str) -> None:
    with pytest.raises(ValueError, match="retry_after must be ASCII text"):
        mock.fail_next(retry_after=value)


def test_a_reset_forgets_planned_failures(mock: MockServer, client: StreamsClient) -> None:
    mock.fail_next()
    mock.reset()
    assert client.start_stream("CA1", URL).status == "queued"


def test_waiting_can_begin_before_the_stream_starts(mock: MockServer, client: StreamsClient) -> None:
    found: list[MockStream] = []
    thread = threading.Thread(target=lambda: found.append(mock.wait_for("mine", "stopped", timeout=10)))
    thread.start()
    client.start_stream("CA1", "wss://elsewhere.example.com/", name="mine")
    client.stop_stream("CA1", "mine")
    thread.join()
    assert [stream.status for stream in found] == ["stopped"]


def test_waiting_for_an_earlier_state_returns_at_once(mock: MockServer, client: StreamsClient) -> None:
    stream = client.start_stream("CA1", "wss://elsewhere.example.com/")
    client.stop_stream("CA1", stream.sid)
    assert mock.wait_for(stream, "queued", timeout=0).status == "stopped"
    assert mock.wait_for(stream, "in-progress", timeout=0).status == "stopped"


def test_a_timeout_describes_the_stream(mock: MockServer, client: StreamsClient) -> None:
    with pytest.raises(TimeoutError, match=r"There is no such stream after 0\.01 seconds\."):
        mock.wait_for("mine", "stopped", timeout=0.01)
    client.start_stream("CA1", "wss://elsewhere.example.com/", name="mine")
    with pytest.raises(TimeoutError, match=r"The stream 'mine' is in-progress after 0\.01 seconds, not stopped\."):
        mock.wait_for("mine", "stopped", timeout=0.01)
    with pytest.raises(TimeoutError, match="The stream 'mine' is in-progress after 0.01 seconds, not closed"):
        mock.wait_for("mine", "closed", timeout=0.01)
    with pytest.raises(ValueError, match="state must be one of queued, in-progress, stopped, closed, not 'running'"):
        mock.wait_for("mine", "running")


def test_waiting_for_a_failed_stream_raises_at_once(mock: MockServer, client: StreamsClient) -> None:
    stream = client.start_stream("CA1", "wss://127.0.0.1:1/", name="mine")
    before = time.monotonic()
    expected = r"'mine' stopped \(connection_refused: Nothing is listening on 127.0.0.1:1.\) and was never in-progress"
    with pytest.raises(TimeoutError, match=expected):
        mock.wait_for(stream, "in-progress", timeout=30)
    assert time.monotonic() - before < 20


def test_waiting_for_a_callback_returns_it(mock: MockServer, client: StreamsClient) -> None:
    with taking_callbacks() as sink:
        first, second = (
            client.start_stream(call, "wss://elsewhere.example.com/", status_callback=sink.url, name=call)
            for call in ("CA1", "CA2")
        )
        assert mock.wait_for_callback("stream-started", second).stream_sid == second.sid
        with pytest.raises(TimeoutError, match="No stream-stopped callback within 0.01 .*'CA1' is in-progress"):
            mock.wait_for_callback("stream-stopped", timeout=0.01)
        mock.end_call("CA1")
        assert mock.wait_for_callback("stream-stopped").stream_sid == first.sid
        with pytest.raises(TimeoutError):
            mock.wait_for_callback("stream-stopped", "CA2", timeout=0.01)
        with pytest.raises(ValueError, match="event must be one of .*, not 'stopped'"):
            mock.wait_for_callback("stopped")


def test_an_async_test_can_steer_the_mock(listener: Listener, mock: MockServer) -> None:
    async def job() -> Stream:
        async with AsyncStreamsClient(mock.project, mock.token, mock.url) as client:
            stream = await client.start_stream("CA1", URL)
            await asyncio.to_thread(mock.wait_for, stream, "in-progress")
            mock.press(stream, "1")
            mock.end_call("CA1")
            await asyncio.to_thread(mock.wait_for, stream, "closed")
            return stream

    stream = asyncio.run(job())
    assert listener.the_one().of("start")[0]["start"]["streamSid"] == stream.sid
    assert len(listener.the_one().of("dtmf")) == 1


def test_waiting_in_the_mocks_own_thread_is_refused() -> None:
    problems: list[str] = []

    def wait(_request: RecordedRequest) -> None:
        for act in (lambda: mock.wait_for("x", "stopped"), mock.reset, mock.stop):
            with pytest.raises(RuntimeError) as error:
                act()
            problems.append(str(error.value))

    with MockServer(on_request=wait) as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
        client.start_stream("CA1", "wss://elsewhere.example.com/")
    assert (
        problems
        == [
            "This call would block the mock's own thread forever. Call it from another thread, not from on_request, on_change or on_callback."
        ]
        * 3
    )


def test_on_change_is_called_for_each_change_of_status(listener: Listener) -> None:
    changes: list[str] = []
    audio = {"inbound": Audio.tone(seconds=0.1)}
    with MockServer(on_change=lambda stream: changes.append(stream.status), realtime=False, audio=audio) as mock:
        mock.route("wss://agent.example.com", listener.url)
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            mock.wait_for(client.start_stream("CA1", URL), "closed")
    assert changes == ["in-progress", "stopped"]


def test_several_threads_can_use_one_mock(mock: MockServer, listener: Listener) -> None:
    def job(number: int) -> None:
        with StreamsClient(mock.project, mock.token, mock.url) as client:
            for _ in range(5):
                stream = client.start_stream(f"CA{number}", URL, name="same")
                mock.wait_for(stream, "in-progress", timeout=30)
                mock.press(stream, str(number))
                client.stop_stream(f"CA{number}", "same")
                mock.wait_for(stream, "closed", timeout=30)

    threads = [threading.Thread(target=job, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [stream.error for stream in mock.streams] == [None] * 40
    connections = listener.wait(40)
    assert all(heard.ended.wait(10) for heard in connections)
    pressed = sorted(message["dtmf"]["digit"] for heard in connections for message in heard.of("dtmf"))
    assert pressed == [str(number) for number in range(8) for _ in range(5)]
