"""A response that names a stream's SID is a Stream, whatever else of it cannot be read."""

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from signalwire_streams import APIResponseError, OutcomeUnknownError, Stream
from support.both import EitherClient
from support.canned import STREAM, CannedServer

URL = "wss://stream.example.com/audio"
SID = STREAM["sid"]
CAN_BE_UNREADABLE = ["name", "status", "date_updated", "uri"]
NOT_TEXT: list[object] = [7, True, 1.5, ["x"], {"x": "y"}]
WITH_NULL: list[object] = [None, *NOT_TEXT]


def start(client: EitherClient) -> Stream:
    return client.start_stream("CA1", URL)


def start_with_a_name(client: EitherClient) -> Stream:
    return client.start_stream("CA1", URL, name="mine")


def stop(client: EitherClient) -> Stream:
    return client.stop_stream("CA1", "ST1")


CALLS = pytest.mark.parametrize("call", [start, start_with_a_name, stop])


def body_without(field: str) -> dict[str, str]:
    return {name: value for name, value in STREAM.items() if name != field}


def assert_unreadable(stream: Stream, field: str, problem: str) -> None:
    """Only this field cannot be read, and reading it raises an error that says so, every time anew."""
    assert stream.sid == SID
    assert list(stream.unreadable) == [field]
    assert stream.unreadable[field].startswith(problem)
    errors: list[APIResponseError] = []
    for _ in range(2):
        with pytest.raises(APIResponseError) as caught:
            getattr(stream, field)
        errors.append(caught.value)
    assert errors[0] is not errors[1]
    assert str(errors[0]) == str(errors[1])
    assert errors[0].problem == stream.unreadable[field]
    assert (errors[0].status, errors[0].headers) == (200, stream.headers)
    assert str(errors[0]).endswith(", HTTP 200)")
    for other in set(STREAM) - {field}:
        assert getattr(stream, other)


def test_nothing_is_unreadable_in_the_usual_case(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(200, STREAM)
    assert start(canned_client).unreadable == {}


@CALLS
@pytest.mark.parametrize("field", ["status", "date_updated", "uri"])
def test_a_missing_field_raises_an_error_once_it_is_read(
    canned: CannedServer, canned_client: EitherClient, call: Callable[[EitherClient], Stream], field: str
) -> None:
    canned.answer(200, body_without(field))
    assert_unreadable(call(canned_client), field, f"The response has no '{field}'. It begins with '{{")


@CALLS
@pytest.mark.parametrize("field", ["status", "date_updated", "uri"])
@pytest.mark.parametrize("value", WITH_NULL)
def test_a_field_that_is_not_text_raises_an_error_once_it_is_read(
    canned: CannedServer,
    canned_client: EitherClient,
    call: Callable[[EitherClient], Stream],
    field: str,
    value: object,
) -> None:
    canned.answer(200, STREAM | {field: value})
    stream = call(canned_client)
    assert_unreadable(stream, field, f"{field} of the response must be text; got {type(value).__name__}.")
    assert stream.raw[field] == value


@CALLS
@pytest.mark.parametrize("value", NOT_TEXT)
def test_a_name_that_is_not_text_raises_an_error_once_it_is_read(
    canned: CannedServer, canned_client: EitherClient, call: Callable[[EitherClient], Stream], value: object
) -> None:
    canned.answer(200, STREAM | {"name": value})
    problem = f"name of the response must be text; got {type(value).__name__}."
    assert_unreadable(call(canned_client), "name", problem)


@pytest.mark.parametrize("date", ["2018-09-19T21:00:00Z", "", "Thu, 19 Sep 2018 21:00:00 +0000"])
def test_an_invalid_date_is_quoted_once_it_is_read(
    canned: CannedServer, canned_client: EitherClient, date: str
) -> None:
    canned.answer(200, STREAM | {"date_updated": date})
    problem = f"date_updated of the response must be an RFC 2822 date; got {date!r}."
    assert_unreadable(start(canned_client), "date_updated", problem)


def test_a_long_or_hostile_date_is_shortened_and_escaped(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(200, STREAM | {"date_updated": "\x1b[31m" + "x" * 100_000})
    problem = start(canned_client).unreadable["date_updated"]
    assert "\x1b" not in problem
    assert len(problem) < 200


@CALLS
@pytest.mark.parametrize("body", [body_without("name"), STREAM | {"name": None}], ids=["missing", "null"])
def test_a_missing_or_null_name_is_the_sid(
    canned: CannedServer, canned_client: EitherClient, call: Callable[[EitherClient], Stream], body: dict[str, Any]
) -> None:
    canned.answer(200, body)
    stream = call(canned_client)
    assert (stream.name, stream.unreadable) == (SID, {})


@CALLS
@pytest.mark.parametrize("field", ["call_sid", "account_sid"])
@pytest.mark.parametrize("value", [..., *WITH_NULL])
def test_the_request_stands_in_for_an_account_or_call_that_the_response_does_not_name(
    canned: CannedServer,
    canned_client: EitherClient,
    call: Callable[[EitherClient], Stream],
    field: str,
    value: object,
) -> None:
    canned.answer(200, body_without(field) if value is ... else STREAM | {field: value})
    stream = call(canned_client)
    asked = {"call_sid": "CA1", "account_sid": "a-project"}[field]
    assert (stream.sid, getattr(stream, field), stream.unreadable) == (SID, asked, {})


def test_a_sid_alone_is_a_stream(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(200, {"sid": "ST1"})
    stream = start_with_a_name(canned_client)
    assert (stream.sid, stream.name, stream.call_sid, stream.account_sid) == ("ST1", "ST1", "CA1", "a-project")
    assert list(stream.unreadable) == ["status", "date_updated", "uri"]


@pytest.mark.parametrize("sid", [..., "", *WITH_NULL])
def test_the_outcome_of_a_start_without_a_sid_is_unknown(
    canned: CannedServer, canned_client: EitherClient, sid: object
) -> None:
    canned.answer(200, body_without("sid") if sid is ... else STREAM | {"sid": sid})
    with pytest.raises(OutcomeUnknownError) as caught:
        start_with_a_name(canned_client)
    assert (caught.value.call_sid, caught.value.name) == ("CA1", "mine")


def test_a_block_stops_a_stream_of_which_only_the_sid_can_be_read(
    canned: CannedServer, canned_client: EitherClient
) -> None:
    canned.answer(200, {"sid": "ST1", "name": ["x"], "date_updated": None})
    with canned_client.stream("CA1", URL, name="mine") as stream:
        assert stream.sid == "ST1"
    assert canned.received[-1].target.endswith("/Calls/CA1/Streams/ST1")


def test_a_block_stops_its_stream_by_the_sid_not_by_the_name(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(200, STREAM)
    with canned_client.stream("CA1", URL, name="mine"):
        pass
    assert canned.received[-1].target.endswith(f"/Calls/CA1/Streams/{SID}")


def pickled(stream: Stream) -> Stream:
    twin: Stream = pickle.loads(pickle.dumps(stream))
    return twin


@pytest.mark.parametrize("field", CAN_BE_UNREADABLE)
@pytest.mark.parametrize("twin_of", [pickled, copy.copy, copy.deepcopy, attrs.evolve])
def test_a_stream_with_an_unreadable_field_can_be_shown_compared_hashed_and_copied(
    canned: CannedServer, canned_client: EitherClient, twin_of: Callable[[Stream], Stream], field: str
) -> None:
    canned.answer(200, STREAM | {field: 7})
    stream = start(canned_client)
    assert f"{field}=None" in repr(stream)
    assert f"sid={SID!r}" in repr(stream)
    twin = twin_of(stream)
    assert twin is not stream
    assert (twin, hash(twin), repr(twin)) == (stream, hash(stream), repr(stream))
    assert twin.unreadable == stream.unreadable
    assert (twin.raw, twin.headers) == (stream.raw, stream.headers)
    with pytest.raises(APIResponseError, match=f"^{field} of the response must be text; got int[.] [(]POST .*/CA1/"):
        getattr(twin, field)


def test_a_stream_with_an_unreadable_field_differs_from_one_without(
    canned: CannedServer, canned_client: EitherClient
) -> None:
    canned.answer(200, STREAM)
    whole = start(canned_client)
    canned.answer(200, STREAM | {"status": 7})
    part = start(canned_client)
    assert whole != part
    assert attrs.evolve(part, status="queued") == whole


def test_a_stream_that_a_user_makes_needs_every_field() -> None:
    made: Any = Stream
    fields: dict[str, Any] = STREAM | {"date_updated": datetime.now(UTC), "raw": {}}
    assert made(**fields).unreadable == {}
    for field in CAN_BE_UNREADABLE:
        for value in (None, 7):
            with pytest.raises(TypeError, match=field):
                made(**fields | {field: value})


def test_a_deeply_nested_field_is_unreadable(canned: CannedServer, canned_client: EitherClient) -> None:
    nested = json.dumps(STREAM).replace('"queued"', "[" * 300 + "]" * 300)
    canned.answer(200, nested.encode())
    assert start(canned_client).unreadable == {"status": "status of the response must be text; got list."}
