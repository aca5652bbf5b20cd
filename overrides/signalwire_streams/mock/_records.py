"""Everything that the mock records: requests, streams, their messages, and status callbacks."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl
from uuid import uuid4

import attrs


@attrs.frozen
class RecordedRequest:
    """A request that the mock received, and the status of its response."""

    method: str
    path: str
    """The path as sent, percent-encoded."""
    status: int
    """The HTTP status of the response; 0 if a test made the mock drop the connection instead."""
    headers: Mapping[str, str] = attrs.field(repr=False)
    """The headers, with lower-case names. They include the credentials, so the `repr` leaves them out."""
    body: bytes = attrs.field(repr=False)
    """The request body as sent."""
    problem: str | None = None
    """The error message of the response; None if the request succeeded."""
    query: str = ""
    """The query as sent, without its question mark."""

    @property
    def form(self) -> list[tuple[str, str]]:
        """The form fields, in the order sent, as the standard library decodes them."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)


@attrs.frozen
class MockCounts:
    """The numbers of all requests, streams and status callbacks, with those that the mock no longer keeps."""

    requests: int
    streams: int
    callbacks: int


class MessageLog:
    """The WebSocket messages of one direction: a count for each event, and the last hundred messages."""

    KEPT = 100
    _MAX_SIZE = 1_000_000
    _MAX_EVENTS = 100
    _MAX_EVENT_LENGTH = 100

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._last: deque[str | bytes] = deque()
        self._size = 0

    def __repr__(self) -> str:  # without the messages, because their parameters may be secrets
        return f"MessageLog({dict(self._counts)})"

    @property
    def counts(self) -> Counter[str]:
        """The number of messages of each event.

        Messages without an event count under `""`, as do those of new events after the first hundred.
        """
        return self._counts.copy()

    @property
    def last(self) -> list[Any]:
        """The last hundred messages, oldest first: parsed if they are JSON, otherwise the text or bytes.

        Of large messages it has fewer: as many as fit into a million characters.
        """
        return [_parsed(message) for message in self._last.copy()]

    def add(self, event: str, message: str | bytes) -> None:
        """Add a message whose event is known."""
        self._counts[event] += 1
        self._last.append(message)
        self._size += len(message)
        while len(self._last) > self.KEPT or (self._size > self._MAX_SIZE and len(self._last) > 1):
            self._size -= len(self._last.popleft())

    def forget(self) -> None:
        """Drop the messages, and keep the counts."""
        self._last.clear()
        self._size = 0

    def add_unread(self, message: str | bytes) -> None:
        """Add any message, and read its event from it."""
        content: dict[str, Any] | str | bytes | None = _parsed(message)
        event = content.get("event") if isinstance(content, dict) else None
        if not isinstance(event, str) or len(event) > self._MAX_EVENT_LENGTH:
            event = ""
        has_room = event in self._counts or len(self._counts) < self._MAX_EVENTS
        self.add(event if has_room else "", message)


def _parsed(message: str | bytes) -> Any:  # noqa: ANN401  a peer may send any JSON
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return message


Parent: TypeAlias = tuple[str, str]
"""The owner of a stream: `call` or `conference`, and its SID."""


@attrs.define
class MockCall:
    """A call of the mock, as `list_calls` finds it."""

    sid: str = attrs.field(factory=lambda: str(uuid4()))
    status: str = "in-progress"
    """`queued`, `ringing`, `in-progress`, `canceled`, `completed`, `failed`, `busy` or `no-answer`."""
    from_: str | None = None
    to: str | None = None
    direction: str = "inbound"
    parent_call_sid: str | None = None
    date_created: datetime = attrs.field(factory=lambda: datetime.now(UTC))
    date_updated: datetime = attrs.field(factory=lambda: datetime.now(UTC))
    end_time: datetime | None = None


@attrs.define
class MockStream:
    """A stream of the mock: its request, its current status, and its WebSocket messages."""

    account_sid: str
    call_sid: str
    """The SID of its call, or "" if it belongs to a conference."""
    url: str
    track: str
    status_callback: str | None
    status_callback_method: str
    parameters: list[tuple[str, str]] = attrs.field(repr=False)
    """The custom parameters as (name, value) pairs, ordered by their index."""
    authorization_bearer_token: str | None = attrs.field(repr=False)
    conference_sid: str = ""
    """The SID of its conference, or "" if it belongs to a call."""
    codec: str | None = None
    """The codec from the request, such as `L16@16000h`; None for the mock's own."""
    realtime: bool | None = None
    """The `StreamRealTime` of the request; None if it had none. The mock only records it."""
    sid: str = attrs.field(factory=lambda: str(uuid4()))
    name: str = ""
    status: str = "queued"
    """`queued`, `in-progress` or `stopped`."""
    date_updated: datetime = attrs.field(factory=lambda: datetime.now(UTC))
    sent: MessageLog = attrs.field(factory=MessageLog, eq=False)
    """The messages that the mock sent to the WebSocket server."""
    received: MessageLog = attrs.field(factory=MessageLog, eq=False)
    """The messages that the WebSocket server sent. Streams of this API ignore them."""
    error: str | None = None
    """The `StreamError` of its `stream-error` event; None if the stream did not fail."""
    problem: str | None = None
    """The failure in words."""
    close_code: int | None = None
    """The WebSocket's close code: 1006 if the connection was lost, None if it is open or never opened."""
    history: list[str] = attrs.field(factory=lambda: ["queued"])
    """Every status so far. It ends with `closed` once the WebSocket is closed and the callbacks are done."""

    @property
    def parent(self) -> Parent:
        """What the stream belongs to."""
        return ("conference", self.conference_sid) if self.conference_sid else ("call", self.call_sid)

    @property
    def tracks(self) -> tuple[str, ...]:
        """The tracks that are sent: `inbound`, `outbound` or both."""
        return ("inbound", "outbound") if self.track == "both_tracks" else (self.track.removesuffix("_track"),)


@attrs.frozen
class RecordedCallback:
    """A status callback of the mock, after its last attempt."""

    event: str
    """`stream-started`, `stream-stopped` or `stream-error`."""
    stream_sid: str
    url: str = attrs.field(repr=False)
    """The URL from the request. It may contain credentials, so the `repr` leaves it out."""
    method: str
    fields: Mapping[str, str] = attrs.field(repr=False)
    """The parameters of the callback."""
    attempts: int
    """The number of attempts; 0 if the URL is not on this machine and has no route."""
    status: int | None
    """The HTTP status of the last response; None if there was none."""
    delivered: bool
    """Whether the last response had a status from 200 to 299."""
    problem: str | None = None
    """Why the callback was not delivered; None if it was."""
    outcomes: tuple[int | str, ...] = ()
    """The HTTP status of each response, redirects and retries included, or why there was no response."""
