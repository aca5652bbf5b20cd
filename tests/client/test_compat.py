"""The vendor's own documented call, for code that was written for it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from signalwire_streams import InputError, NotFoundError, SettingsError
from signalwire_streams.compat import RestClient
from signalwire_streams.mock import MockServer
from support.canned import STREAM

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
        ({"Url": "ws://x"}, "url: has the scheme 'ws'"),
        ({"Url": URL, "url": URL}, "url: is not a field of the form; it has Url, Name, Track"),
        ({"Url": URL, "Parameter100.Name": "x"}, "Parameter100.Name.* is not a parameter's field"),
        ({"Url": URL, "Parameter1.Name": "x"}, r"Parameter1\.Value: is missing"),
        ({"Url": URL, "Track": "inbound"}, "track: 'inbound' does not exist"),
    ],
)
def test_a_bad_field_is_refused_before_anything_is_sent(
    rest: RestClient, mock: MockServer, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        rest.compat.calls.start_stream("CA1", **fields)
    assert mock.requests == []


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
        return httpx.Response(200, json=STREAM)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        with RestClient("p", "t", "http://127.0.0.1:9", timeout=2.5, http_client=http) as rest:
            rest.compat.calls.start_stream("CA1", Url=URL)
        assert not http.is_closed
    assert seen == [2.5]


def test_its_own_connections_are_closed_with_it(rest: RestClient) -> None:
    rest.compat.calls.start_stream("CA1", Url=URL)
    rest.close()
    assert rest._client._http.is_closed
