"""The migration pages: both sides of each are run against the mock, and must send the same."""

import re
from functools import partial
from typing import Any

import pytest
from signalwire_streams import APIError, SignatureError, StreamsClient
from signalwire_streams.callbacks import compute_signature, verify_signature
from signalwire_streams.compat import RestClient
from signalwire_streams.mock import MockServer
from signalwire_streams_derived.fields import FIELDS
from support.canned import STREAM, CannedServer
from support.migration import PAGES, Page, account_of, by_peer, by_us, taken

URL = "wss://stream.example.com/audio"
CREATE = {
    "twilio": "client.calls('CA1').streams.create(url={!r}, {})",
    "signalwire-sdk": "client.compat.calls.start_stream('CA1', Url={!r}, {})",
}
PEERS = {"from-twilio": "twilio", "from-signalwire-sdk": "signalwire-sdk"}
SETUP = {
    "twilio": "from twilio.rest import Client; client = Client()",
    "signalwire-sdk": "from signalwire.rest import RestClient; client = RestClient()",
}


@pytest.fixture(autouse=True)
def account(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in account_of(mock).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("name", PEERS)
def test_the_calls_of_both_sides_send_the_same(name: str, mock: MockServer) -> None:
    peer, rows = PEERS[name], Page.read(name).rows("Calls")
    setup = [SETUP[peer], f"call_sid, url, stream = 'CA1', {URL!r}, {{'sid': 'ST1'}}"]  # signalwire-sdk gets no stream
    before = taken(mock, lambda: by_peer(peer, mock.url, [*setup, *(row[1] for row in rows)]))

    def after() -> None:
        with StreamsClient() as client:
            namespace = {"client": client, "call_sid": "CA1", "url": URL}
            for row in rows:
                exec(row[2], namespace)

    assert len(before) == len(rows) == 4
    assert taken(mock, after) == before


@pytest.mark.parametrize("name", PEERS)
def test_the_keywords_of_both_sides_send_the_same(name: str, mock: MockServer) -> None:
    peer, rows = PEERS[name], Page.read(name).rows("Start options")
    offered = [row for row in rows if row[1] != "not offered"]
    snippets = [SETUP[peer], *(CREATE[peer].format(URL, row[1]) for row in offered)]
    before = taken(mock, lambda: by_peer(peer, mock.url, snippets))

    def after() -> None:
        with StreamsClient() as client:
            for row in offered:
                client.start_stream("CA1", URL, **eval(f"dict({row[2]})"))

    assert len(before) == len(offered)
    assert taken(mock, after) == before


def test_compat_takes_what_the_sdk_takes_and_sends_the_same(mock: MockServer) -> None:
    page = Page.read("from-signalwire-sdk")

    def run(column: int, client: Any, call: str) -> None:
        namespace = {"client": client, "call_sid": "CA1", "url": URL}
        with client:
            for row in page.rows("Calls"):
                exec(row[column], namespace)
            for row in page.rows("Start options"):
                exec(f"{call}, {row[column]})", namespace)

    compat = taken(mock, lambda: run(1, RestClient(), "client.compat.calls.start_stream('CA2', Url=url"))
    assert len(compat) == len(page.rows("Calls")) + len(page.rows("Start options"))
    assert taken(mock, lambda: run(2, StreamsClient(), "client.start_stream('CA2', url")) == compat


@pytest.mark.parametrize("name", [*PEERS, "from-curl"])
def test_the_table_has_each_field_that_both_sides_have(name: str) -> None:
    listed = [row[0] for row in Page.read(name).rows("Start options")]
    expected = {field.wire_name for field in FIELDS["start_stream"]} - {"Url"} | {"Parameter1.Name"}
    assert set(listed) <= expected
    if name == "from-twilio":  # whose fields are Twilio's, and no others
        expected &= fields_of_twilio()
    absent = expected - set(listed)
    assert not absent, f"add a row for {', '.join(absent)} to the table Start options of docs/migration/{name}.md"


def fields_of_twilio() -> set[str]:
    """The form fields of a start that twilio-python sends."""
    show = "import inspect; create = type(client.calls('CA1').streams).create"
    keywords = by_peer("twilio", "", [SETUP["twilio"], show, "list(inspect.signature(create).parameters)"])[2]["value"]
    # parameter1_name is Parameter1.Name, and status_callback is StatusCallback.
    words = (re.sub("^(parameter[0-9]+)_", r"\1._", keyword).split("_") for keyword in keywords)
    return {"".join(word.title() for word in each) for each in words}


@pytest.mark.parametrize("name", PEERS)
def test_both_sides_of_an_answer_read_the_same(name: str, canned: CannedServer) -> None:
    peer, rows = PEERS[name], Page.read(name).rows("Responses")
    before, after = (
        [[row[side] for row in rows if ("error" in row[1]) is error] for error in (False, True)] for side in (1, 2)
    )
    start = CREATE[peer].format(URL, "")
    with StreamsClient(host=canned.url) as client:
        canned.answer(200, STREAM | {"date_updated": "Wed, 19 Sep 2018 21:00:00 +0200"})
        setup = [SETUP[peer], f"stream = stopped = {start}"]
        theirs = [result["value"] for result in by_peer(peer, canned.url, [*setup, *before[0]])[len(setup) :]]
        stream = client.start_stream("CA1", URL)
        ours = [eval(code, {"stream": stream, "stopped": stream}) for code in after[0]]

        canned.answer(404, {"code": 20404, "message": "No such call.", "more_info": "", "status": 404})
        setup = [SETUP[peer], start]
        theirs += [result["value"] for result in by_peer(peer, canned.url, [*setup, *before[1]])[len(setup) :]]
        with pytest.raises(APIError) as caught:
            client.start_stream("CA1", URL)
        ours += [eval(code, {"error": caught.value}) for code in after[1]]

    if peer == "twilio":  # whose difference the page tells
        date = before[0].index("stream.date_updated")
        assert (theirs.pop(date), str(ours.pop(date))) == ("2018-09-19 21:00:00+00:00", "2018-09-19 19:00:00+00:00")
        assert theirs.pop() == f"Unable to create record: {ours.pop()}"
    assert theirs == ours
    assert len(ours) > 7


@pytest.mark.parametrize(("first", "printed"), [(0, "first queued\n"), (2, "queued\n")], ids=["sync", "async"])
def test_the_examples_of_twilio_and_ours_do_the_same(mock: MockServer, first: int, printed: str) -> None:
    before, after = Page.read("from-twilio").blocks()[first : first + 2]
    shown: list[str] = []
    did = [
        taken(mock, lambda: shown.append(by_peer("twilio", mock.url, [before])[0]["printed"])),
        taken(mock, lambda: shown.append(by_us(after))),
    ]
    assert shown == [printed, printed]
    assert did[0] == did[1]
    assert [stream.status for stream in mock.streams] == ["stopped"]


def test_the_examples_tell_of_an_error_alike(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALWIRE_API_TOKEN", "wrong")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "wrong")
    for name, peer in PEERS.items():
        before, *after = [block for block in Page.read(name).blocks() if "first" in block]
        (result,) = by_peer(peer, mock.url, [before])
        assert result["printed"] == "401 20003\n"
        assert [by_us(block) for block in after] == ["401 20003\n"] * len(after)


def test_the_sdks_example_is_refused_as_the_page_says_and_the_others_work(mock: MockServer) -> None:
    before, *after = Page.read("from-signalwire-sdk").blocks()
    (result,) = by_peer("signalwire-sdk", mock.url, [before])
    assert result["printed"] == "415 20001\n"

    did = [taken(mock, partial(by_us, block)) for block in after]
    assert did[0] == did[1]
    assert [len(requests) for requests in did] == [2, 2]
    assert [by_us(block) for block in after] == ["first queued\n"] * 2


EVENT = {
    "StreamEvent": "stream-started",
    "StreamSid": "ST1",
    "StreamName": "first",
    "CallSid": "CA1",
    "AccountSid": "AC1",
    "Timestamp": "2026-11-22T10:20:30Z",
}


def test_the_validator_of_twilio_and_ours_take_and_refuse_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = Page.read("from-twilio").blocks()[4:6]
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "a-key")
    url = "https://app.example.com/events?tenant=7"
    right = compute_signature(url, form=EVENT)
    cases = [(EVENT, right), (EVENT | {"StreamSid": "ST2"}, right), (EVENT, right[:-2] + "x="), (EVENT, "")]
    calls = [f"stream_event({url!r}, {form!r}, {{HEADER: {signature!r}}})" for form, signature in cases]
    calls += [f"stream_event({url!r}, {EVENT!r}, {{}})"]

    snippets = [before, "HEADER = 'X-Twilio-Signature'", *calls, f"validator.compute_signature({url!r}, {EVENT!r})"]
    _, _, *theirs, signature = [result["value"] for result in by_peer("twilio", "", snippets)]
    namespace: dict[str, Any] = {"HEADER": "X-SignalWire-Signature"}
    exec(after, namespace)
    ours = [eval(call, namespace) for call in calls]

    assert theirs == ours == ["stream-started ST1"] + ["forbidden"] * 4
    assert signature == right


def test_the_row_of_any_other_request_holds() -> None:
    (row,) = [row for row in Page.read("from-twilio").rows("Verify signatures") if row[0] == "any other request"]
    url = "https://app.example.com/voice"
    signature = compute_signature(url, form=EVENT)
    names = {"url": url, "form": EVENT, "signature": signature, "verify_signature": verify_signature}
    eval(row[2], names)
    with pytest.raises(SignatureError):
        eval(row[2], names | {"form": {}})
    validate = f"RequestValidator('a-key').validate({url!r}, {EVENT!r}, {signature!r})"
    assert row[1] == "validator.validate(url, form, signature)"
    imported = "from twilio.request_validator import RequestValidator"
    assert by_peer("twilio", "", [imported, validate])[1]["value"] is True


def test_every_block_of_a_page_is_run_by_a_test() -> None:
    """Those of from-curl.md in test_migration_from_curl.py."""
    pages = {path.stem: Page.read(path.stem) for path in PAGES.glob("from-*.md")}
    blocks = {name: (len(page.blocks()), len(page.blocks(r"\w*"))) for name, page in pages.items()}
    assert blocks == {"from-twilio": (6, 6), "from-signalwire-sdk": (3, 3), "from-curl": (1, 3)}
