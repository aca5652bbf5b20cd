"""Everything that the mock records: requests, calls, streams and status callbacks."""

from __future__ import annotations

import time as clock
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import parse_qsl
from uuid import uuid4

import attrs

from signalwire_streams.mock._message_log import MessageLog


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


@attrs.frozen
class RequestProblem:
    """A reason why a request was refused. No text of it contains the value of a secret."""

    field: str | None
    """The field; None for a problem of the whole request."""
    rule: str | None
    """What the OpenAPI document says of the field; None if it says nothing."""
    message: str
    """What is wrong."""
    fix: str | None
    """What to do; None if the mock has no advice."""


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
    id: int = 0
    """The number of the request, from 1."""
    time: datetime = attrs.field(factory=now)
    """When the request arrived, in UTC."""
    duration: float = 0.0
    """The seconds from the request to its response."""
    code: int | None = None
    """The API's error code; None if the response has none."""
    operation: str | None = None
    """The `operationId` of the OpenAPI document; None if no operation has this method and path."""
    problems: tuple[RequestProblem, ...] = attrs.field(default=(), repr=False)
    """All problems of a refused request. The first one is that of the response."""
    response: bytes | None = attrs.field(default=None, repr=False)
    """The response body; None if the connection was dropped."""
    stream_sid: str | None = None
    """The SID of the stream that the request started or stopped."""

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
    date_created: datetime = attrs.field(factory=now)
    date_updated: datetime = attrs.field(factory=now)
    end_time: datetime | None = None


@attrs.frozen
class MissingRoute:
    """The route that would let the mock connect a stream."""

    prefix: str
    """The start of the stream's URL, such as `wss://agent.example.com`: the first argument of `MockServer.route`."""
    nearest: str | None
    """The prefix of an existing route that looks alike; None if there is none."""


@attrs.frozen
class Handshake:
    """The WebSocket handshake of a stream, after its end."""

    time: datetime
    """When the mock began to connect, in UTC."""
    duration: float
    """The seconds from there to the end of the handshake."""
    status: int | None
    """The HTTP status of the response; None if there was no valid one."""
    problem: str | None
    """Why the handshake failed; None if the WebSocket opened."""


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
    date_updated: datetime = attrs.field(factory=now)
    sent: MessageLog = attrs.field(factory=MessageLog, eq=False)
    """The messages that the mock sent to the WebSocket server."""
    received: MessageLog = attrs.field(factory=MessageLog, eq=False)
    """The messages that the WebSocket server sent. Streams of this API ignore them."""
    error: str | None = None
    """The `StreamError` of its `stream-error` event; None if the stream did not fail."""
    problem: str | None = None
    """The failure in words. A stream with nobody connected has one while it is in progress, and keeps it."""
    missing_route: MissingRoute | None = None
    """The route that the stream lacks; None if the mock connects without one."""
    target: str | None = None
    """Where the mock connects, such as `ws://127.0.0.1:8000`; None if nowhere."""
    handshake: Handshake | None = None
    """The WebSocket handshake; None until it ends, and without a connection."""
    close_code: int | None = None
    """The WebSocket's close code: 1006 if the connection was lost, None if it is open or never opened."""
    history: list[str] = attrs.field(factory=lambda: ["queued"])
    """Every status so far. It ends with `closed` once the WebSocket is closed and the callbacks are done."""
    times: dict[str, datetime] = attrs.field(factory=lambda: {"queued": now()})
    """When the stream reached each status of its history, in UTC."""
    late_since: float | None = attrs.field(default=None, repr=False, eq=False)
    """Since when the receiver is behind, as a value of `time.monotonic`; None while it is not."""

    @property
    def behind(self) -> float:
        """The seconds that the receiver is behind; 0 while it reads in time."""
        late_since = self.late_since
        return 0.0 if late_since is None else max(0.0, clock.monotonic() - late_since)

    @property
    def parent(self) -> Parent:
        """What the stream belongs to."""
        return ("conference", self.conference_sid) if self.conference_sid else ("call", self.call_sid)

    @property
    def tracks(self) -> tuple[str, ...]:
        """The tracks that are sent: `inbound`, `outbound` or both."""
        return ("inbound", "outbound") if self.track == "both_tracks" else (self.track.removesuffix("_track"),)


@attrs.frozen
class CallbackAttempt:
    """An attempt to deliver a status callback, with its redirects."""

    time: datetime
    """When the attempt began, in UTC."""
    duration: float
    """The seconds that it took."""
    status: int | None
    """The HTTP status of the last response; None if there was none."""
    problem: str | None
    """Why it did not deliver the callback; None if it did."""


@attrs.frozen
class RecordedCallback:
    """A status callback of the mock. `MockServer.callbacks` has it after its last attempt."""

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
    id: int = 0
    """The number of the callback, from 1, in the order of the first attempts."""
    time: datetime = attrs.field(factory=now)
    """When the first attempt began, in UTC."""
    attempt_log: tuple[CallbackAttempt, ...] = ()
    """All attempts so far, oldest first."""
    final: bool = True
    """Whether this was the last attempt."""
    signed_text: str | None = attrs.field(default=None, repr=False)
    """The text that was signed for the first URL; None if nothing was sent. Each redirect is signed anew."""
    signature: str | None = None
    """The signature that was sent; None if nothing was sent."""
