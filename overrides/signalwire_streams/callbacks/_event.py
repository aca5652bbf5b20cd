"""The event that a status callback tells."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from signalwire_streams._errors import MessageError
from signalwire_streams._settings import Secret
from signalwire_streams._text import quoted
from signalwire_streams.callbacks._fields import Fields, read_fields
from signalwire_streams.callbacks._signature import require_signature
from signalwire_streams.callbacks._url import SeenURL


@attrs.frozen
class StatusCallback:
    """An event of a stream. Delivery is advisory: it may come late, twice, or never; equal events are the same one."""

    event: str
    """`stream-started`, `stream-stopped` or `stream-error`, or an event that came to the API later."""
    stream_sid: str
    stream_name: str
    """The name given at the start, else the stream's sid."""
    call_sid: str
    account_sid: str
    """The Project ID."""
    timestamp: datetime
    """When it happened, in UTC."""
    track: str | None = None
    """`inbound_track`, `outbound_track` or `both_tracks`."""
    error: str | None = None
    """What went wrong, of a `stream-error`: `connection_refused`, `codec_error`, and others, some of them sentences."""
    unique_id: str | None = None
    """The call's identifier, as the service also tells it."""
    conference_sid: str | None = None
    """Of a conference's stream."""
    raw: dict[str, str] = attrs.field(factory=dict[str, str], repr=False, eq=False)
    """All fields as they came, also those that are none of the above; of a name that came twice, the first."""


def parse_status_callback(
    url: str,
    *,
    form: Fields | bytes | str | None = None,
    headers: Fields | None = None,
    signature: str | None = None,
    signing_key: str | None = None,
    public_url: str | None = None,
    verify: bool = True,
) -> StatusCallback:
    """Return the event that a request to a `status_callback` tells, once its signature is verified.

    `url` is the URL that was requested, whole, and `form` the body: the bytes as they came, or what the framework
    made of them. Without a form, or with an empty one, the event is in the query of the URL, as in a GET. The other
    arguments are those of `verify_signature`; `verify=False`, and no other value, takes the word of anybody who knows
    the URL.

    Raises SignatureError for a request that is not known to be the service's (answer 403), MessageError for one that
    is, and lacks a field or has one that cannot be read (answer 400), SettingsError without a signing key, and
    InputError for arguments that no request makes wrong.
    """
    secret = Secret(signing_key)
    del signing_key
    seen = SeenURL.read(url, public_url)
    fields = read_fields("form", form)
    if verify is not False:
        require_signature(seen, form=fields, body=None, headers=headers, signature=signature, signing_key=secret)
    return _read(fields or [*seen.fields])


def _read(fields: list[tuple[object, object]]) -> StatusCallback:
    raw: dict[str, str] = {}
    ambiguous: set[str] = set()
    for name, value in fields:
        if not isinstance(name, str) or not isinstance(value, str):
            raise MessageError(quoted(name), f"is of type {type(value).__name__}; expected text.")
        if raw.setdefault(name, value) != value:
            ambiguous.add(name)

    def optional(name: str) -> str | None:
        if name in ambiguous:
            raise MessageError(name, "is there more than once, with different values.")
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
        timestamp=_moment(required("Timestamp")),
        track=optional("StreamTrack"),
        error=optional("StreamError"),
        unique_id=optional("Unique-ID"),
        conference_sid=optional("ConferenceSid"),
        raw=raw,
    )


def _moment(text: str) -> datetime:
    """Read a date and time of ISO 8601; one without an offset is in UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MessageError("Timestamp", f"{quoted(text)} is not a date and time of ISO 8601.") from None
