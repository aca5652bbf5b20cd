"""Responses in the shapes that SignalWire's documents and the SDKs' fixtures show are read without an error."""

from datetime import UTC, datetime
from typing import Any

import pytest
from signalwire_streams import parse_rfc2822_date
from support.both import EitherClient
from support.canned import STREAM, CannedServer

URL = "wss://stream.example.com/audio"
PATH = "/2010-04-01/Accounts/{account_sid}/Calls/{call_sid}/Streams/{sid}.json"
TWILIO = {"account_sid": "AC" + "a" * 32, "call_sid": "CA" + "a" * 32, "sid": "MZ" + "a" * 32}

# The call is the one that the test asks for, where the source names one of its own.
EXAMPLES: dict[str, dict[str, Any]] = {
    # The reference's example: signalwire/docs, specs/compatibility-api/calls/models/core.tsp, CallStream. Its sids are
    # no UUIDs, though their type is.
    "the reference's stream of a call": {
        "sid": "b3877c40-da60-4998-90ad-b792e98472st",
        "account_sid": "b3877c40-da60-4998-90ad-b792e98472af",
        "call_sid": "b3877c40-da60-4998-90ad-b792e98472ca",
        "name": "my_first_stream",
        "status": "queued",
        "date_updated": "Wed, 19 Sep 2018 21:00:00 +0000",
        "uri": "/api/laml" + PATH,
    },
    # signalwire/docs, specs/compatibility-api/conferences/models/core.tsp, ConferenceStream: `Sept`, and a name that
    # may be null. A call's stream has a call_sid in place of the conference_sid.
    "the reference's stream of a conference": {
        "sid": "b3877c40-da60-4998-90ad-b792e98472st",
        "account_sid": "b3877c40-da60-4998-90ad-b792e98472af",
        "conference_sid": "b3877c40-da60-4998-90ad-b792e98472cf",
        "name": None,
        "status": "in-progress",
        "date_updated": "Tue, 25 Sept 2018 20:00:00 +0000",
        "uri": "/api/laml" + PATH,
    },
    # twilio/twilio-python at c90b4848a, tests/integration/api/v2010/account/call/test_stream.py, of the API that this one
    # mirrors: a create without and with a name, and an update.
    "an SDK's stream without a name": TWILIO
    | {"name": None, "status": "in-progress", "date_updated": "Thu, 30 Jul 2015 20:00:00 +0000", "uri": PATH},
    "an SDK's stream with a name": TWILIO
    | {"name": "myName", "status": "in-progress", "date_updated": "Thu, 30 Jul 2015 20:00:00 +0000", "uri": PATH},
    "an SDK's stopped stream": TWILIO
    | {"name": None, "status": "stopped", "date_updated": "Thu, 30 Jul 2015 20:00:00 +0000", "uri": PATH},
    # signalwire/signalwire-python, tests/unit/rest/test_compat_calls_streams.py at dff9fda, expects of a start a sid or a name,
    # and of a stop a sid or a status: its mock need not send more.
    "the least that SignalWire's SDK expects of a start": {"sid": "ST_T1", "name": "my-stream"},
    "the least that SignalWire's SDK expects of a stop": {"sid": "ST_T1", "status": "stopped"},
}
EACH_EXAMPLE = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


@EACH_EXAMPLE
@pytest.mark.parametrize("way", ["start", "start with its name", "stop"])
def test_each_example_is_a_stream(
    canned: CannedServer, canned_client: EitherClient, example: dict[str, Any], way: str
) -> None:
    canned.answer(200, example)
    call_sid = example.get("call_sid", "CA1")
    name = example.get("name") if way == "start with its name" else None
    if way == "stop":
        stream = canned_client.stop_stream(call_sid, example["sid"])
    else:
        stream = canned_client.start_stream(call_sid, URL, name=name)
    assert stream.sid == example["sid"]
    assert stream.name == (name or example.get("name") or example["sid"])
    assert stream.call_sid == call_sid
    assert stream.raw["sid"] == stream.sid
    assert set(stream.unreadable) == {"status", "date_updated", "uri"} - set(example)
    if "date_updated" in example:
        assert stream.date_updated.tzinfo is UTC


# signalwire/docs, fern/apis/compatibility/openapi.yaml: the dates of its examples whose weekday is right.
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Sat, 15 Sept 2018 10:00:00 +0000", datetime(2018, 9, 15, 10, tzinfo=UTC)),
        ("Mon, 24 Sept 2018 21:00:00 +0000", datetime(2018, 9, 24, 21, tzinfo=UTC)),
        ("Tue, 25 Sept 2018 20:00:00 +0000", datetime(2018, 9, 25, 20, tzinfo=UTC)),
        ("Wed, 26 Sept 2018 22:00:00 +0000", datetime(2018, 9, 26, 22, tzinfo=UTC)),
        ("Wed, 19 Sept 2018 21:00:00 +0000", datetime(2018, 9, 19, 21, tzinfo=UTC)),
    ],
)
def test_the_references_dates_in_september_are_read(
    canned: CannedServer, canned_client: EitherClient, text: str, day: datetime
) -> None:
    canned.answer(200, STREAM | {"date_updated": text})
    assert canned_client.start_stream("CA1", URL).date_updated == parse_rfc2822_date(text) == day
