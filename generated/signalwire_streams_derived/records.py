"""What responses describe.

Derived from the OpenAPI document by `make generate`: do not edit.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from signalwire_streams._record import Record
from signalwire_streams_derived.fields import RECORDS, RecordField


@attrs.frozen(repr=False, kw_only=True)
class Stream(Record):
    """A stream as it was when SignalWire responded. SignalWire may add fields to these."""

    FIELDS: ClassVar[tuple[RecordField, ...]] = RECORDS["Stream"]

    _sid: str = attrs.field(alias="sid")
    _account_sid: str = attrs.field(alias="account_sid")
    _call_sid: str = attrs.field(alias="call_sid")
    _name: str = attrs.field(alias="name")
    _status: str = attrs.field(alias="status")
    _date_updated: datetime = attrs.field(alias="date_updated")
    _uri: str = attrs.field(alias="uri")

    @property
    def sid(self) -> str:
        """The SID of the stream, which is opaque text."""
        return self._get("sid", self._sid)

    @property
    def account_sid(self) -> str:
        """The Project ID."""
        return self._get("account_sid", self._account_sid)

    @property
    def call_sid(self) -> str:
        """The SID of the call."""
        return self._get("call_sid", self._call_sid)

    @property
    def name(self) -> str:
        """The name of the stream, which is its SID if the start gave no name."""
        return self._get("name", self._name)

    @property
    def status(self) -> str:
        """The state of the stream: `queued`, `in-progress` or `stopped`. Unknown values are passed through."""
        return self._get("status", self._status)

    @property
    def date_updated(self) -> datetime:
        """When the stream last changed, in UTC."""
        return self._get("date_updated", self._date_updated)

    @property
    def uri(self) -> str:
        """The absolute path of the stream on the server, ending in `.json`."""
        return self._get("uri", self._uri)


@attrs.frozen(repr=False, kw_only=True)
class ConferenceStream(Record):
    """A conference's stream as it was when SignalWire responded. SignalWire may add fields to these."""

    FIELDS: ClassVar[tuple[RecordField, ...]] = RECORDS["ConferenceStream"]

    _sid: str = attrs.field(alias="sid")
    _account_sid: str = attrs.field(alias="account_sid")
    _conference_sid: str = attrs.field(alias="conference_sid")
    _name: str | None = attrs.field(default=None, alias="name")
    _status: str = attrs.field(alias="status")
    _date_updated: datetime = attrs.field(alias="date_updated")
    _uri: str = attrs.field(alias="uri")

    @property
    def sid(self) -> str:
        """The SID of the stream, which is opaque text."""
        return self._get("sid", self._sid)

    @property
    def account_sid(self) -> str:
        """The Project ID."""
        return self._get("account_sid", self._account_sid)

    @property
    def conference_sid(self) -> str:
        """The SID of the conference."""
        return self._get("conference_sid", self._conference_sid)

    @property
    def name(self) -> str | None:
        """The name of the stream, or None."""
        return self._get("name", self._name)

    @property
    def status(self) -> str:
        """The state of the stream: `queued`, `in-progress` or `stopped`. Unknown values are passed through."""
        return self._get("status", self._status)

    @property
    def date_updated(self) -> datetime:
        """When the stream last changed, in UTC."""
        return self._get("date_updated", self._date_updated)

    @property
    def uri(self) -> str:
        """The absolute path of the stream on the server, ending in `.json`."""
        return self._get("uri", self._uri)


@attrs.frozen(repr=False, kw_only=True)
class Call(Record):
    """A call. SignalWire sends more fields than these, many of which may be null."""

    FIELDS: ClassVar[tuple[RecordField, ...]] = RECORDS["Call"]

    _sid: str = attrs.field(alias="sid")
    _account_sid: str = attrs.field(alias="account_sid")
    _status: str = attrs.field(alias="status")
    _from_: str | None = attrs.field(default=None, alias="from_")
    _to: str | None = attrs.field(default=None, alias="to")
    _direction: str | None = attrs.field(default=None, alias="direction")
    _start_time: datetime | None = attrs.field(default=None, alias="start_time")
    _end_time: datetime | None = attrs.field(default=None, alias="end_time")
    _duration: int | None = attrs.field(default=None, alias="duration")
    _parent_call_sid: str | None = attrs.field(default=None, alias="parent_call_sid")
    _date_created: datetime | None = attrs.field(default=None, alias="date_created")
    _date_updated: datetime | None = attrs.field(default=None, alias="date_updated")

    @property
    def sid(self) -> str:
        """The SID of the call."""
        return self._get("sid", self._sid)

    @property
    def account_sid(self) -> str:
        """The Project ID."""
        return self._get("account_sid", self._account_sid)

    @property
    def status(self) -> str:
        """The state of the call: `queued`, `ringing`, `in-progress`, `canceled`, `completed`, `failed`, `busy` or `no-
        answer`. Unknown values are passed through."""
        return self._get("status", self._status)

    @property
    def from_(self) -> str | None:
        """The number or address that the call comes from, or None."""
        return self._get("from_", self._from_)

    @property
    def to(self) -> str | None:
        """The number or address that the call goes to, or None."""
        return self._get("to", self._to)

    @property
    def direction(self) -> str | None:
        """Who made the call, `inbound` or `outbound`, or None."""
        return self._get("direction", self._direction)

    @property
    def start_time(self) -> datetime | None:
        """When the call was answered, in UTC, or None."""
        return self._get("start_time", self._start_time)

    @property
    def end_time(self) -> datetime | None:
        """When the call ended, in UTC, or None."""
        return self._get("end_time", self._end_time)

    @property
    def duration(self) -> int | None:
        """The length of the call in seconds, or None."""
        return self._get("duration", self._duration)

    @property
    def parent_call_sid(self) -> str | None:
        """The SID of the call that this call was made by, or None."""
        return self._get("parent_call_sid", self._parent_call_sid)

    @property
    def date_created(self) -> datetime | None:
        """When the call was created, in UTC, or None."""
        return self._get("date_created", self._date_created)

    @property
    def date_updated(self) -> datetime | None:
        """When the call last changed, in UTC, or None."""
        return self._get("date_updated", self._date_updated)
