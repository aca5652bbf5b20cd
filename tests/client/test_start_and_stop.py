"""The main job, with both clients, on a mock behind a real socket."""

import enum
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from signalwire_streams import CallStateError, InvalidRequestError, NotFoundError
from signalwire_streams.mock import MockServer
from support.both import WITH_AIOHTTP, EitherClient

CALL = "b3877c40-da60-4998-90ad-b792e98472ca"
KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
PATH = "/api/laml/2010-04-01/Accounts/b3877c40-da60-4998-90ad-b792e98472af/Calls/" + CALL


def test_a_stream_is_started_and_the_answer_is_typed(client: EitherClient, mock: MockServer) -> None:
    stream = client.start_stream(CALL, URL, name="my_first_stream")

    assert (stream.account_sid, stream.call_sid, stream.name) == (mock.project, CALL, "my_first_stream")
    assert stream.status == "queued"
    assert abs(stream.date_updated - datetime.now(UTC)) < timedelta(minutes=1)
    assert stream.uri == f"{PATH}/Streams/{stream.sid}.json"
    assert mock.streams[0].sid == stream.sid


def test_a_start_with_only_a_url_sends_one_field(client: EitherClient, mock: MockServer) -> None:
    client.start_stream(CALL, URL)

    assert mock.requests[0].body == b"Url=wss%3A%2F%2Fstream.example.com%2Faudio"
    assert mock.requests[0].path == f"{PATH}/Streams"


def test_none_is_not_sent(client: EitherClient, mock: MockServer) -> None:
    client.start_stream(
        CALL,
        URL,
        name=None,
        track=None,
        status_callback=None,
        status_callback_method=None,
        authorization_bearer_token=None,
        parameters=None,
    )
    assert mock.requests[0].body == b"Url=wss%3A%2F%2Fstream.example.com%2Faudio"


def test_every_field_arrives_as_it_was_given(client: EitherClient, mock: MockServer) -> None:
    client.start_stream(
        CALL,
        URL,
        name="a name/with &=+% and ☎",
        track="inbound_track",
        status_callback="https://example.com/events?a=1&b=2#rt=5000",
        status_callback_method="GET",
        authorization_bearer_token="bearer+/=",
        parameters=[("Tag", "b&c=d"), ("Tag", "+% \r\n☎"), ("Empty", "")],
    )
    assert dict(parse_qsl(mock.requests[0].body.decode(), keep_blank_values=True, strict_parsing=True)) == {
        "Url": URL,
        "Name": "a name/with &=+% and ☎",
        "Track": "inbound_track",
        "StatusCallback": "https://example.com/events?a=1&b=2#rt=5000",
        "StatusCallbackMethod": "GET",
        "AuthorizationBearerToken": "bearer+/=",
        "Parameter1.Name": "Tag",
        "Parameter1.Value": "b&c=d",
        "Parameter2.Name": "Tag",
        "Parameter2.Value": "+% \r\n☎",
        "Parameter3.Name": "Empty",
        "Parameter3.Value": "",
    }
    assert mock.streams[0].parameters == [("Tag", "b&c=d"), ("Tag", "+% \r\n☎"), ("Empty", "")]


def test_members_of_enumerations_of_text_are_sent_as_their_text(client: EitherClient, mock: MockServer) -> None:
    class Choice(str, enum.Enum):  # noqa: UP042  the spelling whose str() is not its text
        NAME = "mine"
        TRACK = "inbound_track"
        METHOD = "GET"
        RED = "red"

    track: Any = Choice.TRACK
    method: Any = Choice.METHOD
    client.start_stream(
        CALL,
        URL,
        name=Choice.NAME,
        track=track,
        status_callback_method=method,
        parameters=[(Choice.RED, Choice.RED)],
    )
    client.stop_stream(CALL, Choice.NAME)

    assert sorted(mock.requests[0].body.split(b"&")) == [
        b"Name=mine",
        b"Parameter1.Name=red",
        b"Parameter1.Value=red",
        b"StatusCallbackMethod=GET",
        b"Track=inbound_track",
        b"Url=wss%3A%2F%2Fstream.example.com%2Faudio",
    ]
    assert mock.requests[1].path == f"{PATH}/Streams/mine"


def test_ninety_nine_parameters_arrive(client: EitherClient, mock: MockServer) -> None:
    pairs = [(f"name-{index}", f"value {index}") for index in range(1, 100)]
    client.start_stream(CALL, URL, parameters=pairs)
    assert mock.streams[0].parameters == pairs


def test_a_stream_is_stopped_by_its_sid(client: EitherClient, mock: MockServer) -> None:
    stream = client.start_stream(CALL, URL)
    stopped = client.stop_stream(CALL, stream.sid)

    assert (stopped.sid, stopped.status) == (stream.sid, "stopped")
    assert mock.streams[0].status == "stopped"
    assert mock.requests[1].body == b"Status=stopped"
    assert mock.requests[1].path == f"{PATH}/Streams/{stream.sid}"


@pytest.mark.parametrize(
    ("name", "quoted"), [("my_first_stream", "my_first_stream"), ("a/b c?d#e%2F☎", "a%2Fb%20c%3Fd%23e%252F%E2%98%8E")]
)
def test_a_stream_is_stopped_by_its_name(client: EitherClient, mock: MockServer, name: str, quoted: str) -> None:
    started = client.start_stream(CALL, URL, name=name)
    stopped = client.stop_stream(CALL, name)

    assert (stopped.sid, stopped.status) == (started.sid, "stopped")
    assert mock.requests[1].path == f"{PATH}/Streams/{quoted}"


def test_requests_carry_basic_credentials_and_say_who_asks(client: EitherClient, mock: MockServer) -> None:
    client.start_stream(CALL, URL)
    headers = mock.requests[0].headers
    assert headers["authorization"] == "Basic YjM4NzdjNDAtZGE2MC00OTk4LTkwYWQtYjc5MmU5ODQ3MmFmOm1vY2stdG9rZW4="
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["accept"] == "application/json"
    assert headers["user-agent"].startswith("signalwire-streams/")


def test_a_token_of_any_characters_is_taken(kind: str) -> None:
    token = "☎?>>~>"  # with a plus and a slash in its Base64
    with MockServer(project="p", token=token) as mock, EitherClient(kind, "p", token, mock.url) as client:
        assert client.start_stream(CALL, URL).status == "queued"
        assert set("+/") < set(mock.requests[0].headers["authorization"])


def test_a_refusal_is_an_error_with_all_that_the_service_said(client: EitherClient) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.stop_stream(CALL, "no_such_stream")
    error = caught.value
    assert (error.status, error.code, error.message) == (404, 20404, "The stream was not found.")
    assert error.more_info == "https://signalwire.com/docs/compatibility-api/reference/errors"
    assert "HTTP 404, code 20404" in str(error)
    assert "Check the SID of the call" in str(error)


def test_a_start_on_an_ended_call_says_so(client: EitherClient, mock: MockServer) -> None:
    mock.end_call(CALL)
    with pytest.raises(CallStateError, match="while the call or conference is in progress"):
        client.start_stream(CALL, URL)


def test_a_name_in_use_is_refused_by_the_service(client: EitherClient) -> None:
    client.start_stream(CALL, URL, name="taken")
    with pytest.raises(InvalidRequestError, match="Name is in use"):
        client.start_stream(CALL, URL, name="taken")


def test_a_block_stops_its_stream(client: EitherClient, mock: MockServer) -> None:
    with client.stream(CALL, URL, name="for a while") as stream:
        assert stream.name == "for a while"
        assert mock.streams[0].status == "in-progress"
    assert mock.streams[0].status == "stopped"


@pytest.mark.parametrize("error", [ZeroDivisionError("in the block"), KeyboardInterrupt()])
def test_a_block_that_fails_stops_its_stream_and_fails_as_it_did(
    client: EitherClient, mock: MockServer, error: BaseException
) -> None:
    with pytest.raises(type(error)) as caught, client.stream(CALL, URL):
        raise error
    assert caught.value is error
    assert mock.streams[0].status == "stopped"


def test_a_block_whose_stream_has_been_stopped_ends_well(client: EitherClient) -> None:
    with client.stream(CALL, URL) as stream:
        client.stop_stream(CALL, stream.sid)


def test_a_block_leaves_another_stream_alone_that_has_come_to_its_name(client: EitherClient, mock: MockServer) -> None:
    with client.stream(CALL, URL, name="n"):
        client.stop_stream(CALL, "n")
        client.start_stream(CALL, URL, name="n")
    assert [stream.status for stream in mock.streams] == ["stopped", "in-progress"]
