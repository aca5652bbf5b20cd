"""The clients against the document: requests made from its schemas go through the public overlay to the mock."""

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import schemathesis
from hypothesis import assume, given, note
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from signalwire_streams import Stream
from signalwire_streams.mock import MockServer
from support.both import EitherClient
from support.document import DOCUMENT, PATH, SCHEMAS, is_valid, python_name

SCHEMA = schemathesis.openapi.from_path(PATH)
START, STOP = (SCHEMA[path]["POST"] for path in list(DOCUMENT["paths"])[:2])  # of a call
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PAIRS = st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=99)


def starts() -> st.SearchStrategy[Any]:
    return START.as_strategy(generation_mode=GenerationMode.POSITIVE)


def asked_fields(case: Any) -> dict[str, str]:
    """The fields of the body but for the parameters, which the overlay numbers by itself."""
    body: Any = case.body
    fields = {name: value for name, value in body.items() if not name.startswith("Parameter")}
    assume(can_be_stopped_by(fields.get("Name", "n")))
    return fields


def can_be_stopped_by(name: str) -> bool:
    """What the document says of names in words."""
    return not {".", ".."} & set(re.split(r"[/\\]", name)) and not name.endswith(".json")


def assert_the_caller_sees_what_was_answered(stream: Stream, mock: MockServer) -> None:
    assert is_valid(SCHEMAS["Stream"], stream.raw)
    for field in SCHEMAS["Stream"]["properties"]:
        if field != "date_updated":
            assert getattr(stream, field) == stream.raw[field]
    assert stream.date_updated == parsedate_to_datetime(stream.raw["date_updated"])
    # The mock's stream goes on meanwhile, at times into the next second.
    assert timedelta(0) <= mock.streams[-1].date_updated - stream.date_updated < timedelta(minutes=1)


@given(starts(), PAIRS)
def test_a_start_arrives_as_it_was_asked(
    running_client: EitherClient, running_mock: MockServer, case: Any, pairs: list[tuple[str, str]]
) -> None:
    running_mock.reset()
    asked = asked_fields(case)
    options: Any = {python_name(field): value for field, value in asked.items()}
    call_sid = "CA1"
    note(f"start_stream({call_sid!r}, parameters={pairs!r}, **{options!r})")
    stream = running_client.start_stream(call_sid, options.pop("url"), parameters=pairs, **options)

    expected = dict(asked)
    for index, (name, value) in enumerate(pairs, start=1):
        expected |= {f"Parameter{index}.Name": name, f"Parameter{index}.Value": value}
    (request,) = running_mock.requests
    assert dict(request.form) == expected
    assert len(request.form) == len(expected)
    assert is_valid(SCHEMAS["StartStreamForm"], expected)
    assert running_mock.streams[0].parameters == pairs
    assert stream.name == asked.get("Name", stream.sid)
    assert_the_caller_sees_what_was_answered(stream, running_mock)


def names_and_sids() -> st.SearchStrategy[tuple[str, str]]:
    """A call's SID and a stream's name, each as the document describes it in a path."""
    of = {name: parameter["schema"]["pattern"] for name, parameter in DOCUMENT["components"]["parameters"].items()}
    text = {name: st.from_regex(of[name], fullmatch=True, alphabet=st.characters(codec="utf-8")) for name in of}
    return st.tuples(*(text[name].filter(can_be_stopped_by) for name in ("CallSid", "Sid")))


@given(names_and_sids())
def test_a_stream_is_found_by_every_name_that_the_document_allows(
    running_client: EitherClient, running_mock: MockServer, call_and_name: tuple[str, str]
) -> None:
    running_mock.reset()
    call_sid, name = call_and_name
    started = running_client.start_stream(call_sid, "wss://stream.example.com/", name=name)
    stopped = running_client.stop_stream(call_sid, name)

    assert (started.call_sid, started.name) == (call_sid, name)
    assert (stopped.sid, stopped.status) == (started.sid, "stopped")
    assert running_mock.requests[1].form == [("Status", "stopped")]
    assert_the_caller_sees_what_was_answered(stopped, running_mock)


@given(STOP.as_strategy(generation_mode=GenerationMode.POSITIVE))
def test_the_stop_has_one_body_and_it_is_the_overlays(case: Any) -> None:
    assert case.body == {"Status": "stopped"}
