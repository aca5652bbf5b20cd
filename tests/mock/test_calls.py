"""The calls that the mock lists."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from signalwire_streams import CallStateError, InvalidRequestError, NotFoundError, ServerError
from signalwire_streams.mock import MockServer
from support.both import EitherClient

URL = "wss://agent.example.com/audio"


def sids(client: EitherClient, **filters: Any) -> list[str]:
    return [call.sid for call in client.list_calls(**filters)]


def ask(mock: MockServer, **query: Any) -> httpx.Response:
    path = f"/api/laml/2010-04-01/Accounts/{mock.project}/Calls"
    return httpx.get(f"{mock.url}{path}", auth=(mock.project, mock.token), params=query)


def test_calls_are_those_added_and_those_with_a_stream_newest_first(client: EitherClient, mock: MockServer) -> None:
    client.start_stream("CA1", URL)
    mock.add_call("CA2", from_="+1", to="+2", parent_call_sid="CA1", direction="outbound-api")
    assert sids(client) == ["CA2", "CA1"]
    call = next(iter(client.list_calls()))
    assert (call.from_, call.to, call.parent_call_sid, call.direction) == ("+1", "+2", "CA1", "outbound-api")
    assert (call.status, call.end_time, call.duration) == ("in-progress", None, None)
    assert call.start_time == call.date_created


def test_a_call_that_ends_is_completed(client: EitherClient, mock: MockServer) -> None:
    mock.add_call("CA1")
    mock.end_call("CA1")
    (call,) = client.list_calls(status="completed")
    assert call.end_time is not None
    assert call.duration is not None
    assert sids(client, status="in-progress") == []


def test_the_calls_of_the_argument_are_there_from_the_start(client: EitherClient) -> None:
    with (
        MockServer(calls=["CA1", "CA2"]) as mock,
        EitherClient(client.kind, mock.project, mock.token, mock.url) as other,
    ):
        assert sids(other) == ["CA2", "CA1"]
        with pytest.raises(NotFoundError):
            other.start_stream("CA3", URL)
        mock.add_call("CA3")
        other.start_stream("CA3", URL)
        mock.reset()
        assert sids(other) == ["CA2", "CA1"]


@pytest.mark.parametrize("status", ["queued", "ringing", "completed", "busy"])
def test_no_stream_starts_on_a_call_that_is_not_in_progress(
    client: EitherClient, mock: MockServer, status: str
) -> None:
    mock.add_call("CA1", status=status)
    with pytest.raises(CallStateError, match=f"the call is {status}"):
        client.start_stream("CA1", URL)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status": "ringing"}, ["CA3"]),
        ({"from_": "+1"}, ["CA2", "CA1"]),
        ({"to": "+9"}, ["CA1"]),
        ({"from_": "+1", "to": "+9"}, ["CA1"]),
        ({"parent_call_sid": "CA1"}, ["CA2"]),
        ({"start_time": "1999-12-31"}, []),
        ({"end_time": "1999-12-31"}, []),
    ],
)
def test_filters_choose(client: EitherClient, mock: MockServer, filters: Any, found: list[str]) -> None:
    mock.add_call("CA1", from_="+1", to="+9")
    mock.add_call("CA2", from_="+1", to="+8", parent_call_sid="CA1")
    mock.add_call("CA3", from_="+2", status="ringing")
    assert sids(client, **filters) == found


def test_a_day_is_written_in_either_way(client: EitherClient, mock: MockServer) -> None:
    call = mock.add_call("CA1")
    today = call.date_created
    assert sids(client, start_time=today.date().isoformat()) == ["CA1"]
    assert sids(client, start_time=format_datetime(today)) == ["CA1"]
    assert sids(client, end_time=today.date().isoformat()) == []
    assert sids(client, start_time=format_datetime(today - timedelta(days=1))) == []
    assert sids(client, start_time="today") == []


def test_pages_follow_each_other_while_new_calls_come(client: EitherClient, mock: MockServer) -> None:
    for number in range(5):
        mock.add_call(f"CA{number}")
    found = []
    for call in client.list_calls(page_size=2):
        found.append(call.sid)
        mock.add_call()
    assert found == ["CA4", "CA3", "CA2", "CA1", "CA0"]
    queries = [dict(httpx.QueryParams(request.query)) for request in mock.requests]
    assert [query.get("Page") for query in queries] == [None, "1", "2"]
    assert {query["PageSize"] for query in queries} == {"2"}


def test_a_page_names_its_neighbors(mock: MockServer) -> None:
    for number in range(5):
        mock.add_call(f"CA{number}")
    seen: list[tuple[str, list[str]]] = []

    def turn(uri: str, link: str) -> Any:
        page = httpx.get(mock.url + uri, auth=(mock.project, mock.token)).json()
        seen.append((uri, [call["sid"] for call in page["calls"]]))
        assert page["uri"] == uri
        return page[link]

    uri = ask(mock, PageSize=2, Status="in-progress").json()["first_page_uri"]
    for link in ("next_page_uri", "next_page_uri", "previous_page_uri", "previous_page_uri"):
        uri = turn(uri, link)
    assert turn(uri, "previous_page_uri") is None
    assert [found for _, found in seen] == [["CA4", "CA3"], ["CA2", "CA1"], ["CA0"], ["CA2", "CA1"], ["CA4", "CA3"]]
    assert all("Status=in-progress" in each for each, _ in seen)
    assert [uri for uri, _ in seen[:2]] == [uri for uri, _ in seen[:2:-1]]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"PageSize": "0"}, "PageSize is not valid"),
        ({"PageSize": "1001"}, "PageSize is not valid"),
        ({"PageSize": "many"}, "PageSize is not valid"),
        ({"Status": "on-hold"}, "Status is not valid: it must be one of queued, ringing"),
        ({"Colour": "red"}, "'Colour' is not a field of list_calls"),
        ({"Page": "1"}, "PageToken is not valid: take it from next_page_uri"),
        ({"Page": "1", "PageToken": "PAx"}, "PageToken is not valid: take it from next_page_uri"),
    ],
)
def test_an_invalid_query_is_refused(mock: MockServer, query: Any, problem: str) -> None:
    answer = ask(mock, **query)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(problem)


def test_a_planned_failure_hits_a_list_too(client: EitherClient, mock: MockServer) -> None:
    mock.fail_next(500, times=10)
    with pytest.raises(ServerError):
        sids(client)
    mock.reset()
    mock.fail_next(422)
    with pytest.raises(InvalidRequestError) as caught:
        sids(client)
    assert caught.value.code == 10000
    assert len(mock.requests) == 1


def test_pages_go_on_when_the_calls_on_them_end(client: EitherClient, mock: MockServer) -> None:
    for number in range(5):
        mock.add_call(f"CA{number}")
    found = []
    for call in client.list_calls(status="in-progress", page_size=2):
        found.append(call.sid)
        mock.end_call(call.sid)
    assert found == ["CA4", "CA3", "CA2", "CA1", "CA0"]


def test_every_uri_of_a_page_that_begins_within_another_leads_to_a_page(mock: MockServer) -> None:
    for number in range(4):
        mock.add_call(f"CA{number}")
    page = ask(mock, PageSize=1).json()
    for place in ("Page=1", "Page=3"):
        later = page["next_page_uri"].replace("PageSize=1", "PageSize=2").replace("Page=1", place)
        found = httpx.get(mock.url + later, auth=(mock.project, mock.token)).json()
        assert [call["sid"] for call in found["calls"]] == ["CA2", "CA1"]
        for name in ("uri", "first_page_uri", "next_page_uri", "previous_page_uri"):
            answer = httpx.get(mock.url + found[name], auth=(mock.project, mock.token))
            assert answer.status_code == 200, (name, found[name], answer.text)


def test_a_call_that_is_added_again_is_new(client: EitherClient, mock: MockServer) -> None:
    mock.add_call("CA1")
    mock.add_call("CA2")
    mock.end_call("CA1")
    mock.add_call("CA1", to="+1")
    assert sids(client) == ["CA1", "CA2"]
    assert client.start_stream("CA1", URL).status == "queued"


def test_an_added_call_has_a_sid(mock: MockServer) -> None:
    with pytest.raises(ValueError, match=r"sid must not be empty\. Leave it out"):
        mock.add_call("")


def test_the_calls_of_the_argument_are_never_dropped(client: EitherClient) -> None:
    with (
        MockServer(calls=["CA1"], keep=2) as mock,
        EitherClient(client.kind, mock.project, mock.token, mock.url) as other,
    ):
        for number in range(5):
            mock.add_call(f"other-{number}")
        assert sids(other) == ["other-4", "other-3", "CA1"]
        other.start_stream("CA1", URL)


def test_old_calls_are_dropped(client: EitherClient) -> None:
    with MockServer(keep=3) as mock, EitherClient(client.kind, mock.project, mock.token, mock.url) as other:
        for number in range(5):
            other.start_stream(f"CA{number}", URL)
        assert sids(other) == ["CA4", "CA3", "CA2"]
