"""Parsing status callbacks, with the requests of several web frameworks."""

import http.client
import io
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import pytest
from multidict import CIMultiDict, MultiDict
from signalwire_streams import InputError, MessageError, SignatureError
from signalwire_streams.callbacks import SIGNATURE_HEADER, StatusCallback, compute_signature, parse_status_callback
from starlette.datastructures import FormData, Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

KEY = "a-signing-key"
URL = "https://app.example.com/events?tenant=7"
FORM = {
    "AccountSid": "b3877c40-da60-4998-90ad-b792e98472af",
    "CallSid": "b3877c40-da60-4998-90ad-b792e98472ca",
    "StreamSid": "b3877c40-da60-4998-90ad-b792e98472st",
    "StreamName": "my first ☎",
    "StreamEvent": "stream-started",
    "StreamTrack": "both_tracks",
    "Timestamp": "2026-11-22T10:20:30.456Z",
    "Unique-ID": "u1",
}
EVENT = StatusCallback(
    event="stream-started",
    stream_sid=FORM["StreamSid"],
    stream_name="my first ☎",
    call_sid=FORM["CallSid"],
    account_sid=FORM["AccountSid"],
    timestamp=datetime(2026, 11, 22, 10, 20, 30, 456000, tzinfo=UTC),
    track="both_tracks",
    error=None,
    unique_id="u1",
    conference_sid=None,
)


@pytest.fixture(autouse=True)
def signing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALWIRE_SIGNING_KEY", KEY)


@pytest.fixture
def in_tokyo() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


def parse(form: Any, url: str = URL) -> StatusCallback:
    return parse_status_callback(url, form=form, signature=compute_signature(url, form=form))


def parsed(**changes: str | None) -> StatusCallback:
    return parse({name: text for name, text in (FORM | changes).items() if text is not None})


def test_a_form_is_parsed_into_an_event() -> None:
    event = parse(urlencode(FORM).encode())
    assert event == EVENT
    assert event.raw == FORM


def test_without_a_form_the_query_is_parsed_into_the_same_event() -> None:
    url = f"{URL}&{urlencode(FORM)}"
    forms: list[Any] = [None, b"", {}, FormData(), MultiDict()]
    for form in forms:
        event = parse_status_callback(url, form=form, signature=compute_signature(url))
        assert event == EVENT
        assert event.raw == FORM | {"tenant": "7"}


def test_the_query_of_a_post_is_ignored() -> None:
    url = f"{URL}&StreamEvent=stream-stopped&StreamError=forged"
    assert parse(FORM, url) == EVENT


def test_public_url_keeps_the_query() -> None:
    url, public = (f"{origin}/events?{urlencode(FORM)}" for origin in ("http://10.0.0.7", "https://app.example.com"))
    event = parse_status_callback(url, public_url="https://app.example.com", signature=compute_signature(public))
    assert event == EVENT


def test_a_forged_event_is_rejected_unless_verify_is_false() -> None:
    forged = FORM | {"StreamEvent": "stream-stopped"}
    signature = compute_signature(URL, form=FORM)
    for verify in (True, None, 0, "", "False"):
        any_verify: Any = verify
        with pytest.raises(SignatureError):
            parse_status_callback(URL, form=forged, signature=signature, verify=any_verify)
    assert parse_status_callback(URL, form=forged, verify=False).event == "stream-stopped"


def test_verify_false_needs_no_signing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNALWIRE_SIGNING_KEY")
    assert parse_status_callback(URL, form=FORM, verify=False) == EVENT


def test_a_stream_without_a_name_has_its_sid_as_name() -> None:
    assert parsed(StreamName=None).stream_name == FORM["StreamSid"]
    assert parsed(StreamName="").stream_name == FORM["StreamSid"]


def test_a_stream_error_has_a_reason() -> None:
    event = parsed(StreamEvent="stream-error", StreamError="Duplicated stream name", ConferenceSid="CF1")
    assert (event.event, event.error, event.conference_sid) == ("stream-error", "Duplicated stream name", "CF1")


def test_unknown_events_and_fields_are_passed_through() -> None:
    event = parsed(StreamEvent="stream-paused", StreamTrack="third_track", StreamError="new: ☎", Extra="x")
    assert (event.event, event.track, event.error, event.raw["Extra"]) == (
        "stream-paused",
        "third_track",
        "new: ☎",
        "x",
    )


@pytest.mark.parametrize("name", ["StreamTrack", "StreamError", "Unique-ID", "ConferenceSid"])
def test_missing_optional_fields_are_none(name: str) -> None:
    fields = {
        "StreamTrack": "track",
        "StreamError": "error",
        "Unique-ID": "unique_id",
        "ConferenceSid": "conference_sid",
    }
    for value in (None, ""):
        assert getattr(parsed(**{name: value}), fields[name]) is None


@pytest.mark.parametrize("name", ["StreamSid", "StreamEvent", "CallSid", "AccountSid", "Timestamp"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_or_empty_required_field_is_named(name: str, value: str | None) -> None:
    with pytest.raises(MessageError, match=f"^{name} is missing or empty.$") as caught:
        parsed(**{name: value})
    assert (caught.value.field, caught.value.problem) == (name, "is missing or empty.")


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("2026-11-22T10:20:30Z", 10, 20),
        ("2026-11-22T10:20:30+00:00", 10, 20),
        ("2026-11-22T10:20:30.123456789Z", 10, 20),
        ("20261122T102030Z", 10, 20),
        ("2026-11-22T12:20:30+02:00", 10, 20),
        ("2026-11-22T00:50:30-0930", 10, 20),
        ("2026-11-22 10:20:30", 10, 20),
    ],
)
@pytest.mark.usefixtures("in_tokyo")
def test_a_timestamp_is_an_aware_datetime_in_utc(text: str, hour: int, minute: int) -> None:
    moment = parsed(Timestamp=text).timestamp
    assert moment.replace(microsecond=0) == datetime(2026, 11, 22, hour, minute, 30, tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["now", "1700000000", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+10:00", "\x1b[31m" * 50]
)
def test_an_invalid_timestamp_raises_without_its_value(text: str) -> None:
    with pytest.raises(MessageError) as caught:
        parsed(Timestamp=text)
    assert str(caught.value) == "Timestamp must be an ISO 8601 date and time."
    assert caught.value.__cause__ is None


def test_a_repeated_field_raises_only_if_its_values_differ() -> None:
    pairs = [*FORM.items(), ("StreamSid", FORM["StreamSid"]), ("Own", "a"), ("Own", "b")]
    event = parse(pairs)
    assert event == EVENT
    assert event.raw["Own"] == "a"
    with pytest.raises(MessageError, match="^StreamSid appears more than once, with different values.$"):
        parse([*pairs, ("StreamSid", "another")])
    with pytest.raises(MessageError, match="^StreamError appears more than once, with different values.$"):
        parse([*pairs, ("StreamError", "a"), ("StreamError", "b")])


def test_a_field_that_is_not_text_raises_without_verification_too() -> None:
    with pytest.raises(MessageError, match="^'StreamSid' must be text; got int.$"):
        parse_status_callback(URL, form=FORM | {"StreamSid": 1}, verify=False)


def test_repeated_events_are_equal() -> None:
    assert len({parsed(), parsed(Extra="x")}) == 1
    assert len({parsed(), parsed(StreamEvent="stream-stopped")}) == 2


def seconds_ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def parse_with_max_age(timestamp: str | None, max_age: Any, **arguments: Any) -> StatusCallback:
    form = {name: text for name, text in (FORM | {"Timestamp": timestamp}).items() if text is not None}
    signature = compute_signature(URL, form=form)
    return parse_status_callback(URL, form=form, signature=signature, max_age=max_age, **arguments)


def test_an_event_older_than_max_age_is_refused() -> None:
    year = 365 * 24 * 3600
    for verify in (True, False):
        assert parse_with_max_age(seconds_ago(10), 300, verify=verify)
        with pytest.raises(
            SignatureError, match=r"^The event is 4\d\d s old, and max_age is 300 s. It may be a repeated"
        ):
            parse_with_max_age(seconds_ago(400), 300, verify=verify)
    assert parse_with_max_age(seconds_ago(year), 2 * year)
    assert parse_with_max_age(seconds_ago(year), None)


def test_with_max_age_an_event_from_the_future_is_refused_beyond_a_minute() -> None:
    assert parse_with_max_age(seconds_ago(-30), 1)
    with pytest.raises(SignatureError, match=r"^The event's Timestamp is 4\d\d s in the future. Check the clock"):
        parse_with_max_age(seconds_ago(-450), 1000)
    assert parse_with_max_age(seconds_ago(-400), None)


@pytest.mark.parametrize("timestamp", [None, "", "now"])
def test_with_max_age_an_event_without_a_readable_timestamp_is_refused(timestamp: str | None) -> None:
    with pytest.raises(MessageError, match="^Timestamp "):
        parse_with_max_age(timestamp, 300)


@pytest.mark.parametrize("max_age", [0, -1, float("nan"), float("inf"), True, "300", timedelta(minutes=5)])
def test_an_invalid_max_age_raises(max_age: Any) -> None:
    with pytest.raises(InputError, match="^max_age must be a (positive )?number of seconds"):
        parse_with_max_age(seconds_ago(1), max_age)


def test_an_old_event_with_a_wrong_signature_is_not_told_its_age() -> None:
    with pytest.raises(SignatureError, match="does not match"):
        parse_status_callback(URL, form=FORM, signature="A" * 27 + "=", max_age=1)


class QueryDict(dict[str, list[str]]):
    """Django's QueryDict: an item is the last value, and `getlist` returns all values."""

    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name)[-1]

    def getlist(self, name: str) -> list[str]:
        return super().__getitem__(name)


PAIRS: Any = [*FORM.items(), ("Own", "b"), ("Own", "a"), ("Empty", "")]
SIGNED = compute_signature(URL, form=PAIRS, signing_key=KEY)


@pytest.mark.parametrize(
    "form",
    [
        FormData(PAIRS),
        MultiDict(PAIRS),
        httpx.QueryParams(PAIRS),
        QueryDict({name: [text for other, text in PAIRS if other == name] for name, _ in PAIRS}),
        parse_qs(urlencode(PAIRS), keep_blank_values=True),
        {
            name.encode(): [text.encode() for text in texts]
            for name, texts in parse_qs(urlencode(PAIRS), keep_blank_values=True).items()
        },
    ],
    ids=["starlette", "aiohttp", "httpx", "django", "parse_qs", "tornado"],
)
def test_the_forms_of_web_frameworks_are_accepted(form: Any) -> None:
    assert parse_status_callback(URL, form=form, signature=SIGNED) == EVENT


def http_server_headers() -> Message:
    lines = f"Host: h\r\nx-signalwire-signature: {SIGNED}\r\n\r\n"
    return http.client.parse_headers(io.BytesIO(lines.encode()))


@pytest.mark.parametrize(
    "headers",
    [
        Headers({"host": "h", SIGNATURE_HEADER: SIGNED}),
        CIMultiDict({"host": "h", SIGNATURE_HEADER: SIGNED}),
        httpx.Headers({"host": "h", SIGNATURE_HEADER: SIGNED}),
        [(b"host", b"h"), (SIGNATURE_HEADER.lower().encode(), SIGNED.encode())],
        http_server_headers(),
    ],
    ids=["starlette", "aiohttp", "httpx", "asgi", "http.server"],
)
def test_the_headers_of_web_frameworks_are_accepted(headers: Any) -> None:
    assert parse_status_callback(URL, form=PAIRS, headers=headers) == EVENT


@pytest.mark.parametrize(
    "headers",
    [
        Headers(raw=[(b"x-signalwire-signature", SIGNED.encode())] * 2),
        CIMultiDict([(SIGNATURE_HEADER, SIGNED)] * 2),
        [(b"x-signalwire-signature", SIGNED.encode())] * 2,
        httpx.Headers([(SIGNATURE_HEADER, SIGNED)] * 2),
    ],
    ids=["starlette", "aiohttp", "asgi", "httpx"],
)
def test_a_repeated_signature_header_is_rejected_in_every_framework(headers: Any) -> None:
    with pytest.raises(SignatureError, match="appears 2 times"):
        parse_status_callback(URL, form=PAIRS, headers=headers)


def flask_request(url: str, form: list[tuple[str, str]] | None = None) -> Request:
    """Make the object behind `flask.request`."""
    path, _, query = url.removeprefix("https://app.example.com:8443").partition("?")
    environ = EnvironBuilder(path, base_url="https://app.example.com:8443").get_environ()
    environ["QUERY_STRING"] = query
    environ["HTTP_X_SIGNALWIRE_SIGNATURE"] = compute_signature(url, form=form)
    if form:
        body = urlencode(form).encode()
        kind = "application/x-www-form-urlencoded"
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": kind}
        environ["REQUEST_METHOD"] = "POST"
    return Request(environ)


@pytest.mark.parametrize("path", ["/events", "/caf%C3%A9%20(1)/x", "/", "/events?tenant=7"])
def test_a_post_to_flask_is_accepted(path: str) -> None:
    url = f"https://app.example.com:8443{path}"
    request = flask_request(url, PAIRS)
    assert parse_status_callback(request.url, form=request.form, headers=request.headers) == EVENT
    request = flask_request(url, PAIRS)
    assert parse_status_callback(request.url, form=request.get_data(), headers=request.headers) == EVENT


@pytest.mark.parametrize("query", ["", urlencode(PAIRS)])
def test_a_get_to_flask_is_accepted_with_its_raw_query(query: str) -> None:
    request = flask_request(f"https://app.example.com:8443/events?{query}".removesuffix("?"), None if query else PAIRS)
    url = f"{request.base_url}?{request.query_string.decode()}"
    assert parse_status_callback(url, form=request.form, headers=request.headers) == EVENT


def test_importing_the_package_does_not_import_callbacks() -> None:
    code = "import sys, signalwire_streams; sys.exit('signalwire_streams.callbacks' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
