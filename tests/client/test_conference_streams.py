"""Streams of a conference have all that a call's streams have, with both clients, on real sockets."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from signalwire_streams import (
    APIConnectionError,
    APIResponseError,
    CallStateError,
    InputError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    Retry,
    RetryPolicy,
)
from support.both import WITH_AIOHTTP, EitherClient
from support.canned import CONFERENCE_STREAM, CannedServer
from support.faulty import FaultyServer, faulty_server

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
CONFERENCE = "CF1"
PATH = "/api/laml/2010-04-01/Accounts/a-project/Conferences/CF1/Streams"
QUICK = RetryPolicy(backoff=0.001, cleanup=2)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def client(kind: str, server: FaultyServer) -> Iterator[EitherClient]:
    with EitherClient(kind, "a-project", "a-token", server.url, retry=QUICK) as client:
        yield client


def bodies(server: FaultyServer) -> list[tuple[str, str]]:
    return [(request.path, request.body.decode()) for request in server.requests]


def test_a_start_and_a_stop_are_sent_and_their_responses_are_typed(client: EitherClient, server: FaultyServer) -> None:
    started = client.start_conference_stream(
        CONFERENCE, URL, name="mine", codec="L16@16000h", realtime=True, parameters={"FirstName": "Jane"}
    )
    stopped = client.stop_conference_stream(CONFERENCE, started.sid)

    form = "Url=wss%3A%2F%2Fstream.example.com%2Faudio&Name=mine&StreamCodec=L16%4016000h&StreamRealTime=true"
    assert bodies(server) == [
        (PATH, f"Parameter1.Name=FirstName&Parameter1.Value=Jane&{form}"),
        (f"{PATH}/{started.sid}", "Status=stopped"),
    ]
    assert (started.conference_sid, started.name, started.status) == (CONFERENCE, "mine", "queued")
    assert started.date_updated == datetime(2018, 9, 19, 21, tzinfo=UTC)
    assert started.raw["conference_sid"] == CONFERENCE
    assert stopped.sid == started.sid
    assert repr(started).startswith("ConferenceStream(sid=")


def test_only_what_is_given_is_sent(client: EitherClient, server: FaultyServer) -> None:
    client.start_conference_stream(CONFERENCE, URL, realtime=False, codec=None)
    assert bodies(server) == [(PATH, "Url=wss%3A%2F%2Fstream.example.com%2Faudio&StreamRealTime=false")]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"codec": "MP3"}, "codec must be one of L16, L16@16000h, L16@24000h, PCMA, PCMU; got 'MP3'."),
        ({"realtime": "true"}, "realtime must be True or False; got str."),
        ({"realtime": 1}, "realtime must be True or False; got int."),
        ({"track": "both"}, "track must be one of both_tracks, inbound_track, outbound_track; got 'both'."),
        ({"conference_sid": ""}, "conference_sid must not be empty. Pass the SID of a conference."),
        ({"conference_sid": "a/b"}, "conference_sid must not hold a slash or a space. Pass the SID alone"),
        ({"url": "ws://h/"}, "url must start with wss://."),
    ],
)
def test_an_invalid_argument_is_rejected_before_anything_is_sent(
    client: EitherClient, server: FaultyServer, options: dict[str, Any], problem: str
) -> None:
    given: Any = {"conference_sid": CONFERENCE, "url": URL} | options
    with pytest.raises(InputError) as caught:
        client.start_conference_stream(**given)
    assert str(caught.value).startswith(problem)
    assert server.requests == []


def test_the_retry_rules_are_those_of_a_calls_stream(client: EitherClient, server: FaultyServer) -> None:
    retries: list[Retry] = []
    policy = RetryPolicy(backoff=0.001, on_retry=retries.append)
    server.does("status_429", "too_busy", "ok")
    client.start_conference_stream(CONFERENCE, URL, name="mine", retry=policy)
    server.does("reset_after_reading", "status_500", "ok")
    client.stop_conference_stream(CONFERENCE, "mine", retry=policy)
    assert [retry.attempt for retry in retries] == [1, 2, 1, 2]
    assert server.carried_out["start", "mine"] == 1


@pytest.mark.parametrize("fault", ["reset_after_reading", "status_500", "half_a_body", "html_with_200", "status_408"])
def test_a_start_that_may_have_worked_is_sent_once_and_its_outcome_is_unknown(
    client: EitherClient, server: FaultyServer, fault: str
) -> None:
    server.does(fault, "ok")
    with pytest.raises(OutcomeUnknownError) as caught:
        client.start_conference_stream(CONFERENCE, URL, name="mine")
    error = caught.value
    assert (error.conference_sid, error.call_sid, error.name) == (CONFERENCE, "", "mine")
    assert str(error).endswith(
        "A stream may be running on the conference. Stop it by its name: stop_conference_stream('CF1', 'mine')."
    )
    assert server.carried_out["start", "mine"] <= 1
    client.stop_conference_stream(error.conference_sid, "mine")


def test_an_unknown_outcome_without_a_name_tells_what_ends_the_stream(
    client: EitherClient, server: FaultyServer
) -> None:
    server.does("reset_after_reading")
    with pytest.raises(OutcomeUnknownError, match="and it ends with the conference\\.$"):
        client.start_conference_stream(CONFERENCE, URL)


def test_a_connection_that_is_refused_starts_nothing(kind: str) -> None:
    with EitherClient(kind, "p", "t", "http://127.0.0.1:1", retry=RetryPolicy(attempts=1)) as client:
        with pytest.raises(APIConnectionError) as caught:
            client.start_conference_stream(CONFERENCE, URL)
    assert not isinstance(caught.value, OutcomeUnknownError)


@pytest.mark.parametrize("failure", [None, ZeroDivisionError("in the block"), KeyboardInterrupt()])
def test_a_block_stops_its_stream_however_it_ends(
    client: EitherClient, server: FaultyServer, failure: BaseException | None
) -> None:
    def block() -> None:
        with client.conference_stream(CONFERENCE, URL, name="mine") as stream:
            assert stream.conference_sid == CONFERENCE
            if failure is not None:
                raise failure

    if failure is None:
        block()
    else:
        with pytest.raises(type(failure)) as caught:
            block()
        assert caught.value is failure
    assert bodies(server)[1:] == [(f"{PATH}/{CONFERENCE_STREAM['sid']}", "Status=stopped")]


def test_a_block_whose_stream_has_been_stopped_ends_well(client: EitherClient, server: FaultyServer) -> None:
    with client.conference_stream(CONFERENCE, URL):
        server.does("status_404")


def test_a_block_whose_start_has_an_unknown_outcome_stops_the_stream_by_its_name(
    client: EitherClient, server: FaultyServer
) -> None:
    server.does("reset_after_reading", "status_404", "ok")
    with pytest.raises(OutcomeUnknownError) as caught, client.conference_stream(CONFERENCE, URL, name="mine"):
        pytest.fail("the block must not be entered")
    assert caught.value.is_stopped
    assert str(caught.value).endswith("The stream was stopped.")
    assert bodies(server)[-1] == (f"{PATH}/mine", "Status=stopped")


def test_a_stream_that_cannot_be_stopped_is_told_in_a_note(client: EitherClient, server: FaultyServer) -> None:
    with pytest.raises(ZeroDivisionError) as caught, client.conference_stream(CONFERENCE, URL, name="mine"):
        server.does("status_500")
        raise ZeroDivisionError
    (note,) = caught.value.__notes__
    running = f"Stream {CONFERENCE_STREAM['sid']} on conference CF1 may be running. It could not be stopped: "
    assert note.startswith(running)


def test_a_stream_without_a_name_that_may_be_running_is_told_in_a_note(
    client: EitherClient, server: FaultyServer
) -> None:
    server.does("reset_after_reading")
    with pytest.raises(OutcomeUnknownError) as caught, client.conference_stream(CONFERENCE, URL):
        pytest.fail("the block must not be entered")
    assert caught.value.__notes__ == [
        "A stream may be running on conference CF1. It has no name to stop it by, and ends with the conference."
    ]


@pytest.mark.parametrize("body", [{"sid": "ST1"}, {"sid": "ST1", "name": None}], ids=["missing", "null"])
def test_a_sid_alone_is_a_stream_and_its_name_is_none(
    canned: CannedServer, canned_client: EitherClient, body: dict[str, Any]
) -> None:
    canned.answer(200, body)
    stream = canned_client.start_conference_stream(CONFERENCE, URL, name="mine")
    assert (stream.sid, stream.name, stream.conference_sid) == ("ST1", None, CONFERENCE)
    assert list(stream.unreadable) == ["status", "date_updated", "uri"]
    with pytest.raises(APIResponseError, match="The response has no 'status'"):
        _ = stream.status


@pytest.mark.parametrize("other", [{"conference_sid": "CF2"}, {"name": "another"}], ids=["conference", "name"])
def test_the_response_of_another_conference_is_not_taken(
    canned: CannedServer, canned_client: EitherClient, other: dict[str, str]
) -> None:
    canned.answer(200, CONFERENCE_STREAM | other)
    with pytest.raises(OutcomeUnknownError) as caught:
        canned_client.start_conference_stream(CONFERENCE, URL, name="mine")
    assert isinstance(caught.value.__cause__, APIResponseError)
    assert caught.value.__cause__.is_of_another_call
    assert caught.value.problem == (
        "The response belongs to another conference: its conference_sid or name is not the one of the request."
    )


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"errors": ["Url is not valid.", "Name is in use."]}, "Url is not valid. Name is in use."),
        ({"errors": ["Url is not valid", 7]}, "Url is not valid"),
        ({"errors": []}, "The response has no error object of the API. It begins with '{\"errors\": []}'."),
        ({"errors": "Url"}, "The response has no error object of the API. It begins with"),
    ],
)
def test_the_errors_of_a_422_are_the_message(
    canned: CannedServer, canned_client: EitherClient, body: dict[str, Any], problem: str
) -> None:
    canned.answer(422, body)
    with pytest.raises(InvalidRequestError) as caught:
        canned_client.start_conference_stream(CONFERENCE, URL)
    assert caught.value.problem.startswith(problem)
    assert str(caught.value).startswith(f"{caught.value.problem} (POST {PATH}, HTTP 422)")
    assert (caught.value.status, caught.value.code) == (422, None)


@pytest.mark.parametrize(
    ("status", "code", "kind_of_error"), [(404, 20404, NotFoundError), (400, 21220, CallStateError)]
)
def test_the_code_or_status_selects_the_error_class(
    canned: CannedServer, canned_client: EitherClient, status: int, code: int, kind_of_error: type
) -> None:
    canned.answer(status, {"code": code, "message": "No.", "more_info": "u", "status": status})
    with pytest.raises(kind_of_error, match="conference"):
        canned_client.start_conference_stream(CONFERENCE, URL)


def test_no_secret_of_a_start_is_shown(
    canned: CannedServer, canned_client: EitherClient, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = ("hunter2-bearer", "hunter2-value")
    options: Any = {"authorization_bearer_token": secrets[0], "parameters": {"n": secrets[1]}}
    with caplog.at_level(logging.DEBUG, "signalwire_streams"):
        canned.answer(200, CONFERENCE_STREAM | {"status": secrets[0], "uri": secrets[1]})
        stream = canned_client.start_conference_stream(CONFERENCE, URL, **options)
        canned.answer(422, {"errors": list(secrets)})
        with pytest.raises(InvalidRequestError) as caught:
            canned_client.start_conference_stream(CONFERENCE, URL, **options)
    shown = f"{stream!r} {stream} {caught.value!r} {caught.value} {caught.value.message} {caplog.text}"
    assert "hunter2" not in shown
    assert stream.status == secrets[0]


def test_with_options_keeps_the_connection(client: EitherClient, server: FaultyServer) -> None:
    once = client.with_options(retry=RetryPolicy(attempts=1))
    once.start_conference_stream(CONFERENCE, URL)
    client.start_conference_stream(CONFERENCE, URL)
    assert server.connections == 1
    server.does("status_429", "ok")
    with pytest.raises(Exception, match="HTTP 429"):
        once.start_conference_stream(CONFERENCE, URL)
