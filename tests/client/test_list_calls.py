"""Calls are listed page by page, with both clients, on real sockets."""

import asyncio
import gc
import json
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
from signalwire_streams import (
    APIConnectionError,
    APIResponseError,
    AsyncStreamsClient,
    AuthenticationError,
    InputError,
    RetryPolicy,
    ServerError,
)
from support.both import WITH_AIOHTTP, EitherClient
from support.canned import CALL, CannedServer
from support.faulty import FAULTS, Connection, FaultyServer, faulty_server

KINDS = WITH_AIOHTTP
PATH = "/api/laml/2010-04-01/Accounts/a-project/Calls"
QUICK = RetryPolicy(backoff=0.001)
THREE_PAGES = ["?Page=1&PageToken=PA1", "?Page=2&PageToken=PA2", None]
"""The `next_page_uri` of each page, below a path."""


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def client(kind: str, server: FaultyServer) -> Iterator[EitherClient]:
    with EitherClient(kind, "a-project", "a-token", server.url, retry=QUICK) as client:
        yield client


def serve(server: FaultyServer, following: list[str | None], faults: tuple[str, ...] = ()) -> None:
    """Answer with pages of two calls each, once the faults are over. `following`: the `next_page_uri` of each page."""
    script = [FAULTS[name] for name in faults]
    pages = [
        {"calls": [CALL | {"sid": f"CA{number}{letter}"} for letter in "ab"], "next_page_uri": uri}
        for number, uri in enumerate(following)
    ]

    def page(connection: Connection) -> bool:
        if script:
            return script.pop(0)(connection)
        if request := connection.read():
            server.requests.append(request)
            connection.answer(200, json.dumps(pages.pop(0)).encode())
        return bool(request)

    server.pick = lambda: page


def asked(server: FaultyServer) -> list[str]:
    """The queries of the requests, all of which are for the same path with the token."""
    assert {request.method for request in server.requests} == {"GET"}
    assert {request.path.partition("?")[0] for request in server.requests} == {PATH}
    assert {request.headers["authorization"] for request in server.requests} == {"Basic YS1wcm9qZWN0OmEtdG9rZW4="}
    assert {request.body for request in server.requests} == {b""}
    return [request.path.partition("?")[2] for request in server.requests]


@pytest.mark.parametrize("before", [f"{PATH}.json", "", "https://elsewhere.example.com/x", "http://[bad"])
def test_every_page_is_followed_by_its_query_alone(client: EitherClient, server: FaultyServer, before: str) -> None:
    serve(server, [None if query is None else before + query for query in THREE_PAGES])
    calls = list(client.list_calls())
    assert [call.sid for call in calls] == ["CA0a", "CA0b", "CA1a", "CA1b", "CA2a", "CA2b"]
    assert asked(server) == ["", "Page=1&PageToken=PA1", "Page=2&PageToken=PA2"]
    assert server.connections == 1


def test_an_absolute_uri_of_the_server_itself_is_followed(client: EitherClient, server: FaultyServer) -> None:
    serve(server, [f"{server.url}{PATH}.json?Page=1", None])
    assert len(list(client.list_calls())) == 4
    assert asked(server) == ["", "Page=1"]


@pytest.mark.parametrize("last", [None, "", PATH, 7, ["x"], {"x": "y"}])
def test_a_page_without_a_query_to_follow_is_the_last(client: EitherClient, server: FaultyServer, last: Any) -> None:
    serve(server, [last])
    assert len(list(client.list_calls())) == 2


@pytest.mark.parametrize("uri", ["?a b", "?Page=1&x=\r\nX-Evil: 1", "?\x00", "?é☎", "?" + "x" * 200_000])
def test_a_next_page_that_is_no_url_is_an_error(client: EitherClient, server: FaultyServer, uri: str) -> None:
    serve(server, [uri])
    with pytest.raises(
        APIResponseError, match="^next_page_uri of the response must be a valid URL; got '[?]"
    ) as caught:
        list(client.list_calls())
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()
    assert len(server.requests) == 1


@pytest.mark.parametrize("first", ["", "Status=in-progress"])
def test_a_page_that_names_itself_as_the_next_one_is_an_error(
    client: EitherClient, server: FaultyServer, first: str
) -> None:
    serve(server, ["?Page=1", "?Page=1", None])
    calls = client.list_calls(status="in-progress") if first else client.list_calls()
    found = [next(calls).sid for _ in range(4)]
    with pytest.raises(APIResponseError, match="^The response names its own page as the next one[.] [(]GET /"):
        next(calls)
    assert len(found) == 4
    assert asked(server) == [first, "Page=1"]


def test_nothing_is_requested_before_the_first_call_is_asked_for(client: EitherClient, server: FaultyServer) -> None:
    serve(server, [*THREE_PAGES])
    calls = client.list_calls()
    assert server.requests == []
    assert next(calls).sid == "CA0a"
    assert len(server.requests) == 1


@pytest.mark.parametrize(("limit", "requests"), [(1, 1), (2, 1), (3, 2), (4, 2), (6, 3), (7, 3)])
def test_a_limit_ends_the_list_and_requests_no_page_that_is_not_needed(
    client: EitherClient, server: FaultyServer, limit: int, requests: int
) -> None:
    serve(server, [*THREE_PAGES])
    assert len(list(client.list_calls(limit=limit))) == min(limit, 6)
    assert len(server.requests) == requests


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, ""),
        ({"status": None, "limit": 5}, ""),
        ({"status": "in-progress"}, "Status=in-progress"),
        ({"from_": "+15551230001"}, "From=%2B15551230001"),
        ({"to": "sip:a&b=c@example.com"}, "To=sip%3Aa%26b%3Dc%40example.com"),
        ({"parent_call_sid": "CA 1"}, "ParentCallSid=CA+1"),
        ({"start_time": "2026-03-01", "end_time": "☎"}, "StartTime=2026-03-01&EndTime=%E2%98%8E"),
        ({"page_size": 1000}, "PageSize=1000"),
        (
            {"page_size": 1, "to": "b", "from_": "a", "status": "queued"},
            "Status=queued&From=a&To=b&PageSize=1",
        ),
    ],
)
def test_the_filters_are_sent_and_nothing_else(
    client: EitherClient, server: FaultyServer, filters: dict[str, Any], query: str
) -> None:
    serve(server, [None])
    list(client.list_calls(**filters))
    assert asked(server) == [query]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"status": "live"}, "status must be one of busy, canceled, completed, failed, in-progress, no-answer, queued"),
        ({"status": ""}, "status must not be empty. Leave the argument out"),
        ({"from_": ""}, "from_ must not be empty."),
        ({"to": 15551230002}, "to must be a str; got int."),
        ({"start_time": datetime(2026, 3, 1, tzinfo=UTC)}, "start_time must be a str; got datetime."),
        ({"page_size": 0}, "page_size must be a whole number from 1 to 1000; got 0."),
        ({"page_size": 1001}, "page_size must be a whole number from 1 to 1000; got 1001."),
        ({"page_size": True}, "page_size must be a whole number from 1 to 1000; got True."),
        ({"page_size": "50"}, "page_size must be a whole number from 1 to 1000; got '50'."),
        ({"limit": 0}, "limit must be a whole number from 1; got 0."),
        ({"limit": 1.5}, "limit must be a whole number from 1; got 1.5."),
        ({"timeout": 0}, "timeout must be a number of seconds above zero"),
        ({"retry": 3}, "retry must be a RetryPolicy; got int."),
    ],
)
def test_an_invalid_argument_is_rejected_at_once(
    client: EitherClient, server: FaultyServer, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError) as caught:
        client.client.list_calls(**options)
    assert str(caught.value).startswith(problem)
    assert server.connections == 0


def test_an_unknown_keyword_names_the_right_one(client: EitherClient) -> None:
    with pytest.raises(TypeError, match="Did you mean 'page_size'"):
        client.client.list_calls(pagesize=1)


def test_a_call_has_typed_fields(canned: CannedServer, canned_client: EitherClient) -> None:
    date = "Wed, 19 Sep 2018 21:00:00 +0200"
    dates = dict.fromkeys(("start_time", "end_time", "date_created", "date_updated"), date)
    texts = {"from": "+1", "to": "sip:x", "direction": "inbound", "parent_call_sid": "CA9"}
    canned.answer(200, {"calls": [{**CALL, **dates, **texts, "duration": "12", "price": None}]})
    (call,) = canned_client.list_calls()
    assert (call.sid, call.account_sid, call.status) == (CALL["sid"], CALL["account_sid"], "in-progress")
    assert (call.from_, call.to, call.direction, call.parent_call_sid) == ("+1", "sip:x", "inbound", "CA9")
    assert {call.start_time, call.end_time, call.date_created, call.date_updated} == {
        datetime(2018, 9, 19, 19, tzinfo=UTC)
    }
    assert call.duration == 12
    assert call.raw["price"] is None
    assert call.unreadable == {}
    assert call.headers["content-length"]


NULLABLE = [
    *("from_", "to", "direction", "start_time", "end_time", "duration", "parent_call_sid"),
    *("date_created", "date_updated"),
]


@pytest.mark.parametrize("is_null", [True, False], ids=["null", "missing"])
def test_a_field_that_is_null_or_missing_is_none(
    canned: CannedServer, canned_client: EitherClient, is_null: bool
) -> None:
    nulls = {name.rstrip("_"): None for name in NULLABLE} if is_null else {}
    canned.answer(200, {"calls": [CALL | nulls]})
    (call,) = canned_client.list_calls()
    assert {name: getattr(call, name) for name in NULLABLE} == dict.fromkeys(NULLABLE)
    assert call.unreadable == {}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("status", 7, "status of the response must be text; got int."),
        ("duration", "a while", "duration of the response must be a whole number; got str."),
        ("duration", True, "duration of the response must be a whole number; got bool."),
        ("start_time", "soon", "start_time of the response must be an RFC 2822 date; got 'soon'."),
        ("from", ["+1"], "from of the response must be text; got list."),
    ],
)
def test_a_field_that_cannot_be_read_does_not_cost_the_others(
    canned: CannedServer, canned_client: EitherClient, field: str, value: object, problem: str
) -> None:
    canned.answer(200, {"calls": [CALL | {field: value}, CALL]})
    bad, good = canned_client.list_calls()
    attribute = "from_" if field == "from" else field
    assert (bad.sid, dict(bad.unreadable), good.unreadable) == (CALL["sid"], {attribute: problem}, {})
    with pytest.raises(APIResponseError, match=r"must be .* \(GET /.*/Calls, HTTP 200\)"):
        getattr(bad, attribute)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "The response has no list of calls. It begins with '{}'."),
        ({"calls": None}, "The response has no list of calls."),
        ({"calls": {"sid": "CA1"}}, "The response has no list of calls."),
        ({"calls": [CALL, "CA2"]}, "The response has no list of calls."),
        ({"calls": [{"status": "queued"}]}, "The response has no 'sid'."),
        ({"calls": [CALL | {"sid": ""}]}, "sid of the response must not be empty."),
        ([], "The response must be a JSON object; got list."),
        (b"<html>", "The response is not JSON. It begins with '<html>'."),
    ],
)
def test_a_page_that_cannot_be_read_is_an_error(
    canned: CannedServer, canned_client: EitherClient, body: object, problem: str
) -> None:
    canned.answer(200, body)
    with pytest.raises(APIResponseError) as caught:
        list(canned_client.list_calls())
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize(
    "fault", ["reset_before_reading", "close_after_reading", "half_a_body", "status_408", "status_429", "status_500"]
)
def test_every_page_is_requested_again_after_a_failure(client: EitherClient, server: FaultyServer, fault: str) -> None:
    serve(server, [*THREE_PAGES], (fault, fault))
    calls = client.list_calls()
    found = [next(calls).sid, next(calls).sid]
    pick = server.pick
    faults = [FAULTS[fault]]
    server.pick = lambda: faults.pop() if faults else pick()
    assert [*found, *(call.sid for call in calls)] == ["CA0a", "CA0b", "CA1a", "CA1b", "CA2a", "CA2b"]


def test_retry_and_timeout_hold_for_every_page(client: EitherClient, server: FaultyServer) -> None:
    serve(server, [*THREE_PAGES])
    calls = client.list_calls(retry=RetryPolicy(attempts=1), timeout=0.3)
    assert [next(calls).sid, next(calls).sid] == ["CA0a", "CA0b"]
    server.does("status_500", "ok")
    with pytest.raises(ServerError) as caught:
        next(calls)
    assert caught.value.attempts == 1


def test_an_error_names_the_request(client: EitherClient, server: FaultyServer) -> None:
    server.does("status_401")
    with pytest.raises(AuthenticationError, match=rf"\(GET {PATH}, HTTP 401, code 1\)"):
        list(client.list_calls(from_="+15551230001"))


def test_a_client_of_with_options_lists_calls_with_its_own_policy(client: EitherClient, server: FaultyServer) -> None:
    serve(server, [None], ("status_500",))
    with pytest.raises(ServerError):
        list(client.with_options(retry=RetryPolicy(attempts=1)).list_calls())
    assert len(list(client.list_calls())) == 2


def test_check_asks_for_one_call_and_leaves_a_connection_ready(client: EitherClient, server: FaultyServer) -> None:
    serve(server, [None, None], ("status_503",))
    client.check()
    assert asked(server) == ["PageSize=1"]
    client.check()
    assert server.connections == 1


def test_check_says_what_is_wrong(client: EitherClient, server: FaultyServer) -> None:
    server.does("status_401")
    with pytest.raises(AuthenticationError, match="Check that project and token belong together"):
        client.check()


def test_check_of_a_host_that_does_not_listen_says_so(kind: str) -> None:
    with EitherClient(kind, "p", "t", "http://127.0.0.1:1") as client:
        with pytest.raises(APIConnectionError, match="^No response from 127.0.0.1:1: "):
            client.check(retry=RetryPolicy(attempts=1), timeout=5)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_list_that_is_left_early_leaves_nothing_behind(server: FaultyServer, backend: str) -> None:
    async def main() -> None:
        async with AsyncStreamsClient("a-project", "a-token", server.url) as client:
            serve(server, [*THREE_PAGES])
            async for call in client.list_calls():
                assert call.sid == "CA0a"
                break
            gc.collect()
            await anyio.sleep(0.01)
            serve(server, [*THREE_PAGES])
            assert len([call async for call in client.list_calls()]) == 6

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        anyio.run(main, backend=backend)
    server.wait_until_all_are_closed()


def test_two_lists_at_once_do_not_mix(server: FaultyServer) -> None:
    async def sids(client: AsyncStreamsClient) -> list[str]:
        return [call.sid async for call in client.list_calls()]

    def page(connection: Connection) -> bool:
        if (request := connection.read()) is None:
            return False
        number = 0 if "?" not in request.path else int(request.path[-1])
        following = f"?Page={number + 1}" if number < 5 else None
        connection.answer(
            200, json.dumps({"calls": [CALL | {"sid": f"CA{number}"}], "next_page_uri": following}).encode()
        )
        return True

    async def main() -> None:
        async with AsyncStreamsClient("a-project", "a-token", server.url) as client:
            found = await asyncio.gather(*(sids(client) for _ in range(10)))
        assert found == [[f"CA{number}" for number in range(6)]] * 10

    server.pick = lambda: page
    asyncio.run(main())
