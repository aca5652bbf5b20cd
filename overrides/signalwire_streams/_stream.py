"""The answer: a stream as the API describes it."""

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
    """An audio stream of a call, as it was when the API answered."""

    sid: str = attrs.field(validator=and_(instance_of(str), min_len(1)))
    """The stream's identifier."""
    account_sid: str = attrs.field(validator=instance_of(str))
    """The Project ID."""
    call_sid: str = attrs.field(validator=instance_of(str))
    """The SID of the call."""
    name: str = attrs.field(validator=instance_of(str))
    """The name given at the start; where none was given, the service's own, which is the sid."""
    status: str = attrs.field(validator=instance_of(str))
    """`queued`, `in-progress` or `stopped`, or a state that came to the API later."""
    date_updated: datetime = attrs.field(validator=instance_of(datetime))
    """When the stream last changed, in UTC."""
    uri: str = attrs.field(validator=instance_of(str))
    """The path of the stream on the server."""
    raw: dict[str, Any] = attrs.field(repr=False, eq=False)
    """The answer as it came, with the fields that the document does not have."""
    headers: httpx.Headers = attrs.field(factory=httpx.Headers, repr=False, eq=False)
    """The headers of the answer, in any case of letters; among them what the service tells of its rate limit."""

    @classmethod
    def from_answer(cls, answer: dict[str, Any], headers: httpx.Headers | None = None) -> Stream:
        """Read the body of a successful answer, and keep its headers.

        Raises KeyError for a field that is missing, TypeError for one of another type, ValueError for a date that
        is not of RFC 2822.
        """
        model = GeneratedStream.from_dict(answer)
        date = model.date_updated
        return cls(
            sid=model.sid,
            account_sid=model.account_sid,
            call_sid=model.call_sid,
            name=model.name,
            status=model.status,
            date_updated=parse_rfc2822_date(date) if isinstance(date, str) else date,
            uri=model.uri,
            raw=answer,
            headers=httpx.Headers() if headers is None else headers,
        )
