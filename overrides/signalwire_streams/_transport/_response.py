"""Collect a response as it arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import attrs
import httpx

MAX_BODY = 1_000_000
"""Bytes of a response body that are read, and decompressed, at most. A stream takes less than a thousand."""

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_SENDING = {"http11.send_request_headers.started", "http2.send_request_headers.started"}


@attrs.frozen
class Response:
    """A response as it was received."""

    status: int
    headers: httpx.Headers = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    flaw: str | None = None
    """Why the body is not whole, if it is not."""
    is_cut: bool = False
    """Whether the connection was lost before the end of the body."""


class NoResponse(NamedTuple):
    """A request without a response."""

    error: Exception
    """What httpx, or a transport of the user's, raised."""
    maybe_sent: bool
    """False if the request cannot have reached SignalWire."""


class Progress:
    """Whether SignalWire may have received a request, also when it is interrupted."""

    def __init__(self) -> None:
        self.watch: Callable[[str, Mapping[str, Any]], None] | None = None
        """Called with each event of `trace`, for the log."""
        self.begin()

    def begin(self) -> None:
        """Begin an attempt."""
        self._is_sent = False
        self._is_traced = False
        self._is_assumed_sent = False
        self._outcome: bool | None = None

    @property
    def maybe_done(self) -> bool:
        """Whether SignalWire may have carried out the request, or may do so yet."""
        if self._outcome is not None:
            return self._outcome
        return self._is_sent or (self._is_assumed_sent and not self._is_traced)

    def settle(self, *, maybe_done: bool) -> None:
        """End an attempt that came to an end by itself."""
        self._outcome = maybe_done

    def assume_sent(self) -> None:
        """Count the request as sent until httpcore traces it: other transports do not."""
        self._is_assumed_sent = True

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take an event of httpcore's `trace` extension."""
        self._is_traced = True
        if event in _SENDING and info["request"].method != b"CONNECT":
            self._is_sent = True
        if self.watch is not None:
            self.watch(event, info)

    async def atrace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take an event in an async client."""
        self.trace(event, info)

    def failed(self, error: Exception) -> NoResponse:
        """Return the outcome of an attempt that failed with `error`."""
        never_sent = isinstance(error, _NEVER_SENT) or (self._is_traced and not self._is_sent)
        return NoResponse(error, maybe_sent=not never_sent)


class ResponseReader:
    """Collects the head, then the pieces of the body, up to a limit."""

    def __init__(self) -> None:
        self.has_begun = False
        self._status = 0
        self._headers = httpx.Headers()
        self._pieces: list[bytes] = []
        self._size = 0
        self._flaw: str | None = None
        self._is_cut = False

    def begin(self, response: httpx.Response) -> None:
        """Take the head."""
        self.has_begun, self._status, self._headers = True, response.status_code, response.headers

    def add(self, piece: bytes) -> bool:
        """Add a piece of the body as it was sent. Return False if no more is wanted."""
        self._size += len(piece)
        if self._size > MAX_BODY:
            self._flaw = f"it is longer than {MAX_BODY} bytes"
            return False
        self._pieces.append(piece)
        return True

    def add_decoded(self, body: bytes) -> None:
        """Add an already decoded body."""
        self.add(body)
        self._headers = self._headers.copy()
        self._headers.pop("Content-Encoding", None)

    def cut_short(self, error: Exception) -> None:
        """Note that the connection was lost, or that an event hook closed the response."""
        self._is_cut = True
        if isinstance(error, httpx.StreamClosed):
            self._flaw = "an event hook closed it before its body was read"
        else:
            self._flaw = f"it was cut short ({type(error).__name__})"

    def response(self) -> Response:
        """Return what has been received."""
        return Response(self._status, self._headers, b"".join(self._pieces), self._flaw, self._is_cut)
