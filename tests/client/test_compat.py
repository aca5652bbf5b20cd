"""The vendor's own documented call, for code that was written for it."""

import traceback
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from signalwire_streams import ClientStateError, InputError, NotFoundError, SettingsError, StreamsError
from signalwire_streams.compat import RestClient
from signalwire_streams.mock import MockServer
from support.canned import answering_with_the_stream

URL = "wss://stream.example.com/audio"


@pytest.fixture
def rest(mock: MockServer) -> Iterator[RestClient]:
    with RestClient(project=mock.project, token=mock.token, host=mock.url) as client:
        yield client


def test_wire_names_go_in_and_the_answers_dict_comes_out(rest: RestClient, mock: MockServer) -> None:
    stream = rest.compat.calls.start_stream("CA1", Url=URL, Name="mine", Track="inbound_track")

    assert stream["name"] == "mine"
    assert stream["status"] == "queued"
    assert isinstance(stream["date_updated"], str)
    assert sorted(mock.requests[0].form) == [("Name", "mine"), ("Track", "inbound_track"), ("Url", URL)]


def test_every_field_of_the_form_is_taken(rest: RestClient, mock: MockServer) -> None:
    fields = {
        "Url": URL,
        "Name": "mine",
        "Track": "both_tracks",
        "StatusCallback": "https://example.com/",
        "StatusCallbackMethod": "GET",
        "AuthorizationBearerToken": "t",
        "Parameter1.Name": "FirstName",
        "Parameter1.Value": "Jane",
    }
    rest.compat.calls.start_stream("CA1", **fields)
    assert dict(mock.requests[0].form) == fields


def test_a_stream_is_stopped(rest: RestClient, mock: MockServer) -> None:
    sid = rest.compat.calls.start_stream("CA1", Url=URL)["sid"]
    assert rest.compat.calls.stop_stream("CA1", sid, Status="stopped")["status"] == "stopped"
    assert mock.streams[0].status == "stopped"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "Url: is missing"),
        ({"Url": "ws://x"}, "Url: has the scheme 'ws'"),
        ({"Url": URL, "url": URL}, "url: is not a field of the form; it has Url, Name, Track"),
        ({"Url": URL, "Parameter100.Name": "x"}, "'Parameter100.Name': is not a parameter's field"),
        ({"Url": URL, "Parameters": {"a": "b"}}, "Parameters: is not a field of the form; it has .*Parameter1.Name"),
        ({"Url": URL, "Parameter1": "x"}, "Parameter1: is not a field of the form"),
        ({"Url": URL, "Parameter1.Name": "x"}, r"Parameter1\.Value: is missing"),
        ({"Url": URL, "Track": "inbound"}, "Track: 'inbound' does not exist"),
    ],
)
def test_a_bad_field_is_refused_before_anything_is_sent(
    rest: RestClient, mock: MockServer, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=f"^{problem}"):
        rest.compat.calls.start_stream("CA1", **fields)
    assert mock.requests == []


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("Url", "", "is empty."),
        ("Url", None, "is of type NoneType; expected text."),
        ("Url", "wss://u:p@example.com/", "holds credentials; use AuthorizationBearerToken instead."),
        (
            "Url",
            "wss://example.com/?a=b",
            "has a query string, which the API does not support; use Parameter1.Name, … instead.",
        ),
        ("Name", "..", "has a segment '.' or '..', which in a path means another place."),
        ("Track", "inbound", "'inbound' does not exist; expected one of both_tracks, inbound_track, outbound_track."),
        ("StatusCallback", "", "is empty."),
        ("StatusCallbackMethod", "PUT", "'PUT' does not exist; expected one of GET, POST."),
        ("AuthorizationBearerToken", "", "is empty."),
    ],
)
def test_an_error_names_the_field_as_it_was_given(rest: RestClient, field: str, value: Any, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        rest.compat.calls.start_stream("CA1", **{"Url": URL, field: value})
    assert caught.value.argument == field
    assert str(caught.value) == f"{field}: {problem}"


def test_an_argument_that_is_no_field_keeps_its_name(rest: RestClient) -> None:
    with pytest.raises(InputError, match="^call_sid: is empty"):
        rest.compat.calls.start_stream("", Url=URL)


@pytest.mark.parametrize(
    "wrong",
    [
        {"Colour": "red"},
        {"Url": ""},
        {"Track": "inbound"},
        {"AuthorizationBearerToken": "hunter2 hunter2"},
        {"Parameter2.Name": "x"},
        {"Parameter1.Name": ""},
        {"Name": "taken"},
    ],
    ids=str,
)
def test_no_frame_of_an_error_holds_a_value(rest: RestClient, wrong: dict[str, str]) -> None:
    rest.compat.calls.start_stream("CA1", Url=URL, Name="taken")
    secret = {"AuthorizationBearerToken": "hunter2", "Parameter1.Name": "Password", "Parameter1.Value": "hunter2"}
    with pytest.raises(StreamsError) as caught:
        rest.compat.calls.start_stream("CA1", **{"Url": URL, **secret, **wrong})
    error: BaseException | None = caught.value
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename != __file__:
                assert "hunter2" not in repr(frame.f_locals), frame.f_code.co_qualname
        error = error.__cause__ or error.__context__


def test_a_status_other_than_stopped_is_refused(rest: RestClient, mock: MockServer) -> None:
    with pytest.raises(InputError, match="Status: can only be 'stopped'"):
        rest.compat.calls.stop_stream("CA1", "ST1", Status="paused")
    assert mock.requests == []


def test_errors_are_ours(rest: RestClient) -> None:
    with pytest.raises(NotFoundError):
        rest.compat.calls.stop_stream("CA1", "no_such_stream", Status="stopped")
    with pytest.raises(SettingsError, match="project is missing"):
        RestClient()


def test_time_out_and_http_client_are_taken_as_streams_client_takes_them() -> None:
    seen: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"]["read"])
        return answering_with_the_stream(request)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        with RestClient("p", "t", "http://127.0.0.1:9", timeout=2.5, http_client=http) as rest:
            rest.compat.calls.start_stream("CA1", Url=URL)
        assert not http.is_closed
    assert seen == [2.5]


def test_its_own_connections_are_closed_with_it(rest: RestClient) -> None:
    rest.compat.calls.start_stream("CA1", Url=URL)
    rest.close()
    with pytest.raises(ClientStateError):
        rest.compat.calls.start_stream("CA1", Url=URL)
