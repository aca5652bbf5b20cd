"""A stream, as a response describes it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import attrs
import httpx
from attrs.validators import and_, instance_of, min_len

from signalwire_streams._errors import APIResponseError

_T = TypeVar("_T")


def _readable(kind: type) -> Any:  # noqa: ANN401  a validator of attrs
    """Return a validator for a field that is of a kind, or None if an error says why it could not be read."""

    def validate(stream: Stream, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, kind) and (value is not None or attribute.alias not in stream._errors):
            raise TypeError(f"{attribute.alias} must be a {kind.__name__}; got {type(value).__name__}.")

    return validate


@attrs.frozen(repr=False)
class Stream:
    """An audio stream of a call, as the response describes it.

    A response that names a stream's SID is always a Stream. Reading a field that it lacks, or that is invalid, raises
    APIResponseError. `unreadable` lists these fields and is usually empty.
    """

    sid: str = attrs.field(validator=and_(instance_of(str), min_len(1)))
    """The SID of the stream."""
    account_sid: str = attrs.field(validator=instance_of(str))
    """The Project ID, from the request if the response does not have it."""
    call_sid: str = attrs.field(validator=instance_of(str))
    """The SID of the call, from the request if the response does not have it."""
    _name: str | None = attrs.field(validator=_readable(str), alias="name")
    _status: str | None = attrs.field(validator=_readable(str), alias="status")
    _date_updated: datetime | None = attrs.field(validator=_readable(datetime), alias="date_updated")
    _uri: str | None = attrs.field(validator=_readable(str), alias="uri")
    raw: dict[str, Any] = attrs.field(eq=False)
    """The response body, with fields that the OpenAPI document does not have."""
    headers: httpx.Headers = attrs.field(factory=httpx.Headers, eq=False)
    """The response headers, among them SignalWire's rate limit."""
    _errors: Mapping[str, APIResponseError] = attrs.field(
        factory=dict[str, APIResponseError], eq=False, kw_only=True, alias="_errors"
    )
    _redacted: Mapping[str, str] = attrs.field(factory=dict[str, str], eq=False, kw_only=True, alias="_redacted")

    @property
    def name(self) -> str:
        """The name given at the start, or else the SID."""
        return self._read("name", self._name)

    @property
    def status(self) -> str:
        """`queued`, `in-progress` or `stopped`. Unknown values are passed through."""
        return self._read("status", self._status)

    @property
    def date_updated(self) -> datetime:
        """When the stream last changed, in UTC."""
        return self._read("date_updated", self._date_updated)

    @property
    def uri(self) -> str:
        """The path of the stream on the server."""
        return self._read("uri", self._uri)

    @property
    def unreadable(self) -> Mapping[str, str]:
        """The fields that could not be read, each with what is wrong. Usually empty."""
        return {field: error.problem for field, error in self._errors.items()}

    def __repr__(self) -> str:
        fields = (f"{field}={value!r}" for field, value in self._shown().items())
        return f"Stream({', '.join(fields)})"

    def _shown(self) -> dict[str, str | datetime | None]:
        """Return the fields without the secrets that a server repeated. None stands for one that could not be read."""
        values = {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "call_sid": self.call_sid,
            "name": self._name,
            "status": self._status,
            "date_updated": self._date_updated,
            "uri": self._uri,
        }
        return {
            field: self._redacted.get(value, value) if isinstance(value, str) else value
            for field, value in values.items()
        }

    def _read(self, field: str, value: _T | None) -> _T:
        if value is None:
            raise copy.copy(self._errors[field])  # the one kept here must not collect tracebacks
        return value
