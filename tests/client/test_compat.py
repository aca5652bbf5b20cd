"""The call that SignalWire documents, for code written for signalwire-sdk."""

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


def test_a_start_takes_wire_names_and_returns_the_response_as_a_dict(rest: RestClient, mock: MockServer) -> None:
    stream = rest.compat.calls.start_stream("CA1", Url=URL, Name="mine", Track="inbound_track")

    assert stream["name"] == "mine"
    assert stream["status"] == "queued"
    assert isinstance(stream["date_updated"], str)
    assert sorted(mock.requests[0].form) == [("Name", "mine"), ("Track", "inbound_track"), ("Url", URL)]


def test_every_form_field_is_accepted(rest: RestClient, mock: MockServer) -> None:
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
        ({}, r"Url is missing\. Pass the wss:// URL of your WebSocket server\.$"),
        ({"Url": "ws://x"}, "Url must start with wss://"),
        ({"Url": URL, "url": URL}, "url must be one of Url, Name, Track, .* and Parameter1.Name, Parameter1.Value, …"),
        (
            {"Url": URL, "Parameter100.Name": "x"},
            "'Parameter100.Name' must be one of Parameter1.Name to Parameter99.Value",
        ),
        ({"Url": URL, "Parameters": {"a": "b"}}, "Parameters must be one of Url, .* and Parameter1.Name"),
        ({"Url": URL, "Parameter1": "x"}, "Parameter1 must be one of Url, .* and Parameter1.Name"),
        ({"Url": URL, "Parameter1.Name": "x"}, r"Parameter1\.Value is missing beside Parameter1\.Name\. Pass both\.$"),
        (
            {"Url": URL, "Track": "inbound"},
            "Track must be one of both_tracks, inbound_track, outbound_track; got 'inbound'",
        ),
    ],
)
def test_an_invalid_field_is_rejected_before_anything_is_sent(
    rest: RestClient, mock: MockServer, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError, match=f"^{problem}"):
        rest.compat.calls.start_stream("CA1", **fields)
    assert mock.requests == []


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("Url", "", "must not be empty. Pass the wss:// URL of your WebSocket server."),
        ("Url", None, "must be a str; got NoneType."),
        ("Url", "wss://u:p@example.com/", "must not hold credentials. Use AuthorizationBearerToken= instead."),
        (
            "Url",
            "wss://example.com/?a=b",
            "must not have a query string, because SignalWire does not support it. Use Parameter1.Name= instead.",
        ),
        ("Name", "..", "must not have a segment '.' or '..', which means another place in a path."),
        ("Track", "inbound", "must be one of both_tracks, inbound_track, outbound_track; got 'inbound'."),
        ("StatusCallback", "", "must not be empty. Leave the argument out if you have no value for it."),
        ("StatusCallbackMethod", "PUT", "must be one of GET, POST; got 'PUT'."),
        ("AuthorizationBearerToken", "", "must not be empty. Leave the argument out if you have no value for it."),
    ],
)
def test_an_error_names_the_field_by_its_wire_name(rest: RestClient, field: str, value: Any, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        rest.compat.calls.start_stream("CA1", **{"Url": URL, field: value})
    assert caught.value.argument == field
    assert str(caught.value) == f"{field} {problem}"


def test_an_argument_that_is_not_a_field_keeps_its_name(rest: RestClient) -> None:
    with pytest.raises(InputError, match="^call_sid must not be empty"):
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
def test_no_error_in_the_chain_shows_a_secret(rest: RestClient, wrong: dict[str, str]) -> None:
    rest.compat.calls.start_stream("CA1", Url=URL, Name="taken")
    secret = {"AuthorizationBearerToken": "hunter2", "Parameter1.Name": "Password", "Parameter1.Value": "hunter2"}
    with pytest.raises(StreamsError) as caught:
        rest.compat.calls.start_stream("CA1", **{"Url": URL, **secret, **wrong})
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in f"{error} {error!r} {getattr(error, '__notes__', '')}"
        error = error.__cause__ or error.__context__


def test_a_status_other_than_stopped_is_rejected(rest: RestClient, mock: MockServer) -> None:
    with pytest.raises(InputError, match="^Status must be 'stopped'[.]$"):
        rest.compat.calls.stop_stream("CA1", "ST1", Status="paused")
    assert mock.requests == []


def test_errors_are_those_of_streams_client(rest: RestClient) -> None:
    with pytest.raises(NotFoundError):
        rest.compat.calls.stop_stream("CA1", "no_such_stream", Status="stopped")
    with pytest.raises(
        SettingsError, match="^No project, token or host set[.] Pass project=…, token=… and host=…, or set "
    ):
        RestClient()


def test_timeout_and_http_client_work_as_in_streams_client() -> None:
    seen: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"]["read"])
        return answering_with_the_stream(request)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        with RestClient("p", "t", "http://127.0.0.1:9", timeout=2.5, http_client=http) as rest:
            rest.compat.calls.start_stream("CA1", Url=URL)
        assert not http.is_closed
    assert seen == [2.5]


def test_closing_it_closes_its_own_connections(rest: RestClient) -> None:
    rest.compat.calls.start_stream("CA1", Url=URL)
    rest.close()
    with pytest.raises(ClientStateError):
        rest.compat.calls.start_stream("CA1", Url=URL)
