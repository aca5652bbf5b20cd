"""The end of a `with client.stream(…)` block, where something else goes wrong too."""

import time
from typing import Any

import pytest
from signalwire_streams import OutcomeUnknownError, Retry, RetryPolicy
from support.both import EitherClient
from support.canned import STREAM, CannedServer
from support.faulty import FAULTS, Connection, faulty_server

URL = "wss://stream.example.com/audio"
QUICK = RetryPolicy(attempts=2, backoff=0.001)


def test_an_error_of_on_retry_does_not_hide_the_error_of_the_block(kind: str, canned: CannedServer) -> None:
    def fail(_: Retry) -> None:
        raise ValueError("in on_retry")

    retry = RetryPolicy(attempts=2, backoff=0.001, on_retry=fail)
    with EitherClient(kind, "p", "t", canned.url, retry=retry) as client:
        with pytest.raises(ZeroDivisionError) as caught, client.stream("CA1", URL, name="mine"):
            canned.answer(500, b"")
            raise ZeroDivisionError
    (note,) = caught.value.__notes__
    assert note.endswith("on call CA1 may be running. It could not be stopped: in on_retry")


def test_a_block_stops_a_stream_whose_sid_no_user_could_pass(kind: str, canned: CannedServer) -> None:
    canned.answer(200, STREAM | {"sid": "odd.json"})
    with EitherClient(kind, "p", "t", canned.url, retry=QUICK) as client, client.stream("CA1", URL):
        pass
    assert canned.received[-1].target.endswith("/Streams/odd.json")


def test_the_stop_at_the_end_of_a_block_has_the_options_of_the_block(kind: str, canned: CannedServer) -> None:
    with EitherClient(kind, "p", "t", canned.url, retry=RetryPolicy(attempts=5, backoff=0.001)) as client:
        with pytest.raises(Exception, match="500"), client.stream("CA1", URL, retry=RetryPolicy(attempts=1)):
            canned.answer(500, b"")
    assert len(canned.received) == 2


def test_the_error_of_an_unknown_outcome_says_that_the_stream_was_stopped(kind: str) -> None:
    with faulty_server() as server, EitherClient(kind, "p", "t", server.url, retry=QUICK) as client:
        server.does("close_after_reading", "ok")
        with pytest.raises(OutcomeUnknownError, match=r"The stream was stopped\.$") as caught:
            with client.stream("CA1", URL, name="mine"):
                pytest.fail("the block must not be entered")
        assert caught.value.is_stopped
        assert not hasattr(caught.value, "__notes__")


def test_a_clean_up_does_not_flood_a_server_that_asks_for_no_wait(kind: str) -> None:
    def not_found(connection: Connection) -> bool:
        if connection.read() is None:
            return False
        connection.answer(404, b"{}", "Retry-After: 0")
        return True

    script: list[Any] = [FAULTS["close_after_reading"]]
    with faulty_server() as server:
        server.pick = lambda: script.pop() if script else not_found
        with EitherClient(kind, "p", "t", server.url, retry=RetryPolicy(cleanup=3)) as client:
            with pytest.raises(OutcomeUnknownError) as caught, client.stream("CA1", URL, name="mine"):
                pytest.fail("the block must not be entered")
    assert "Stream mine on call CA1 may be running." in caught.value.__notes__[0]
    assert server.connections <= 101


def test_no_request_follows_an_on_retry_that_took_the_rest_of_the_time(kind: str, canned: CannedServer) -> None:
    retry = RetryPolicy(attempts=3, backoff=0.001, deadline=0.2, on_retry=lambda _: time.sleep(0.3))
    canned.answer(429, b"")
    with EitherClient(kind, "p", "t", canned.url, retry=retry) as client, pytest.raises(Exception, match="HTTP 429"):
        client.start_stream("CA1", URL)
    assert len(canned.received) == 1


def test_credentials_of_a_status_callback_are_redacted_where_a_server_repeats_them(
    kind: str, canned: CannedServer
) -> None:
    canned.answer(400, {"code": 21456, "message": "https://user:hunter2pw@h/x?key=hunter2query is not valid"})
    with EitherClient(kind, "p", "t", canned.url) as client, pytest.raises(Exception, match="redacted") as caught:
        client.start_stream("CA1", URL, status_callback="https://user:hunter2pw@h/x?key=hunter2query")
    assert "hunter2" not in str(caught.value) + repr(vars(caught.value))


def test_parameters_that_are_words_of_our_messages_are_not_redacted_there(kind: str, canned: CannedServer) -> None:
    canned.answer(400, b"<html>")
    with EitherClient(kind, "p", "t", canned.url) as client, pytest.raises(Exception, match="^The response has no"):
        client.start_stream("CA1", URL, parameters={"a": "response", "b": "begins"})
