"""Parse status callbacks into typed events."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import cast

import attrs

from signalwire_streams._errors import InputError, MessageError, SignatureError
from signalwire_streams._text import quoted
from signalwire_streams.callbacks._boundaries import check_form, check_query
from signalwire_streams.callbacks._fields import Fields, read_fields
from signalwire_streams.callbacks._request_url import RequestURL
from signalwire_streams.callbacks._signature import verify_signature

_CLOCK_SKEW = 60  # seconds


@attrs.frozen
class StatusCallback:
    """An event of a stream.

    SignalWire may deliver an event late, twice or never. A repeated event equals the first one.
    """

    event: str
    """`stream-started`, `stream-stopped` or `stream-error`. Unknown events are passed through."""
    stream_sid: str
    stream_name: str
    """The name that the stream was started with, or its SID."""
    call_sid: str
    account_sid: str
    """The Project ID."""
    timestamp: datetime
    """The time of the event, in UTC."""
    track: str | None = None
    """`inbound_track`, `outbound_track` or `both_tracks`."""
    error: str | None = None
    """The reason for a `stream-error`, such as `connection_refused` or `codec_error`. Some reasons are sentences."""
    unique_id: str | None = None
    """Another identifier of the call."""
    conference_sid: str | None = None
    """The conference, if the stream belongs to one."""
    raw: dict[str, str] = attrs.field(factory=dict[str, str], repr=False, eq=False)
    """All fields as received, including unknown ones. If a name appears twice, the first value counts."""


def parse_status_callback(
    url: str,
    *,
    form: Fields | bytes | str | None = None,
    headers: Fields | None = None,
    signature: str | None = None,
    signing_key: str | None = None,
    public_url: str | None = None,
    verify: bool = True,
    max_age: float | None = None,
) -> StatusCallback:
    """Verify the signature of a status callback and parse its event.

    - `url`: the whole URL of the request. It may end in the fragment of your `status_callback`. See `verify_signature`.
    - `form`: the body of the request, as bytes or as the framework parsed it. Without a form, the event is read from
      the query of `url`, as in a GET.
    - `headers`: the request headers, which contain the signature.
    - `signature`: the value of the `X-SignalWire-Signature` header, in place of `headers`.
    - `signing_key`: the project's signing key (default: `SIGNALWIRE_SIGNING_KEY` from the environment).
    - `public_url`: behind a proxy, the origin that SignalWire calls. See `verify_signature`.
    - `verify`: False skips verification, and anyone with the URL can forge events. Any other value verifies.
    - `max_age`: the seconds since the event's `Timestamp` after which it is refused (default: any age). An event from
      more than a minute in the future is refused too.

    Raises SignatureError if the signature is missing or invalid, the event is too old, or the form is larger than
    SignalWire's. Respond with 403.
    Raises MessageError if a field of the event is missing or invalid, or if the signed text could also be read as
    another event. Respond with 400.
    Raises SettingsError without a valid signing key.
    Raises InputError for an argument that is wrong whatever the request is.
    """
    if max_age is not None:
        _check_max_age(max_age)
    request_url = RequestURL.parse(url, public_url)
    fields = read_fields("form", form)
    event_fields = fields or read_fields("url", request_url.query[1:])
    if verify is not False:
        verify_signature(
            url, form=fields, headers=headers, signature=signature, signing_key=signing_key, public_url=public_url
        )
        check = check_form if fields else check_query
        check(cast("list[tuple[str, str]]", event_fields))  # what is not text has no signature
    event = _parse_event(event_fields)
    if max_age is not None:
        _check_age(event.timestamp, max_age)
    return event


def _check_max_age(max_age: float) -> None:
    if isinstance(max_age, bool) or not isinstance(max_age, int | float):
        raise InputError("max_age", f"must be a number of seconds; got {type(max_age).__name__}.")
    if not 0 < max_age < math.inf:
        raise InputError("max_age", "must be a positive number of seconds. Leave it out to accept any age.")


def _check_age(timestamp: datetime, max_age: float) -> None:
    age = (datetime.now(UTC) - timestamp).total_seconds()
    if age > max_age:
        raise SignatureError(
            f"The event is {age:,.0f} s old, and max_age is {max_age:g} s. It may be a repeated request."
        )
    if age < -_CLOCK_SKEW:
        raise SignatureError(f"The event's Timestamp is {-age:,.0f} s in the future. Check the clock of your server.")


def _parse_event(fields: list[tuple[object, object]]) -> StatusCallback:
    raw: dict[str, str] = {}
    ambiguous: set[str] = set()
    for name, value in fields:
        if not isinstance(name, str) or not isinstance(value, str):
            kind = type(value if isinstance(name, str) else name).__name__
            raise MessageError(quoted(name), f"must be text; got {kind}.")
        if raw.setdefault(name, value) != value:
            ambiguous.add(name)

    def optional(name: str) -> str | None:
        if name in ambiguous:
            raise MessageError(name, "appears more than once, with different values.")
        return raw.get(name) or None

    def required(name: str) -> str:
        if value := optional(name):
            return value
        raise MessageError(name, "is missing or empty.")

    stream_sid = required("StreamSid")
    return StatusCallback(
        event=required("StreamEvent"),
        stream_sid=stream_sid,
        stream_name=optional("StreamName") or stream_sid,
        call_sid=required("CallSid"),
        account_sid=required("AccountSid"),
        timestamp=_parse_timestamp(required("Timestamp")),
        track=optional("StreamTrack"),
        error=optional("StreamError"),
        unique_id=optional("Unique-ID"),
        conference_sid=optional("ConferenceSid"),
        raw=raw,
    )


def _parse_timestamp(text: str) -> datetime:
    """Parse an ISO 8601 date and time. Without an offset it is in UTC."""
    try:
        timestamp = datetime.fromisoformat(text)
        return timestamp.replace(tzinfo=UTC) if timestamp.tzinfo is None else timestamp.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MessageError("Timestamp", "must be an ISO 8601 date and time.") from None
