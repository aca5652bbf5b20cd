"""Wrap the generated model: a stream as the API describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
import httpx
from attrs.validators import and_, instance_of, min_len
from signalwire_streams_api.models import Stream as GeneratedStream

from signalwire_streams._dates import parse_rfc2822_date


@attrs.frozen
class Stream:
    """An audio stream of a call, as the response describes it."""

    sid: str = attrs.field(validator=and_(instance_of(str), min_len(1)))
    """The SID of the stream."""
    account_sid: str = attrs.field(validator=instance_of(str))
    """The Project ID."""
    call_sid: str = attrs.field(validator=instance_of(str))
    """The SID of the call."""
    name: str = attrs.field(validator=instance_of(str))
    """The name given at the start, or else the SID."""
    status: str = attrs.field(validator=instance_of(str))
    """`queued`, `in-progress` or `stopped`. Unknown values are passed through."""
    date_updated: datetime = attrs.field(validator=instance_of(datetime))
    """When the stream last changed, in UTC."""
    uri: str = attrs.field(validator=instance_of(str))
    """The path of the stream on the server."""
    raw: dict[str, Any] = attrs.field(repr=False, eq=False)
    """The response body, with fields that the OpenAPI document does not have."""
    headers: httpx.Headers = attrs.field(factory=httpx.Headers, repr=False, eq=False)
    """The response headers, among them SignalWire's rate limit."""

    @classmethod
    def from_response(cls, fields: dict[str, Any], headers: httpx.Headers | None = None) -> Stream:
        """Read a response body, and keep the response headers.

        Raises KeyError for a missing field, TypeError for a field of another type, InputError for an invalid date.
        """
        model = GeneratedStream.from_dict(fields)
        date = model.date_updated
        return cls(
            sid=model.sid,
            account_sid=model.account_sid,
            call_sid=model.call_sid,
            name=model.name,
            status=model.status,
            date_updated=parse_rfc2822_date(date) if isinstance(date, str) else date,
            uri=model.uri,
            raw=fields,
            headers=httpx.Headers() if headers is None else headers,
        )
