"""Send a request through a transport or a client of httpx, and collect the response.

Without a client of the user's, requests go straight to the transport: they need none of the headers, cookies and
authentication that an httpx.Client would add.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

import httpx

from signalwire_streams._errors import CLIENT_IS_CLOSED, ClientStateError
from signalwire_streams._requests import PreparedRequest
from signalwire_streams._transport._deadline import deadline
from signalwire_streams._transport._keepalive import KEEPALIVE
from signalwire_streams._transport._response import NoResponse, Progress, Response, ResponseReader

if TYPE_CHECKING:
    from signalwire_streams._transport._pools import AsyncConnectionPool, ConnectionPool

DEFAULT_TIMEOUT = httpx.Timeout(10.0)

# The body is read up to a limit. The token is in the headers already, and must not follow a redirect.
_SEND: Mapping[str, Any] = {"stream": True, "auth": None, "follow_redirects": False}

# OSError comes from the user's own transports, and TimeoutError from anyio, too. The last three come from sockets, for
# the host or port of a user's proxy that cannot exist. anyio puts them into a group.
_ERRORS = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, UnicodeError, OverflowError, ExceptionGroup)


def _timeouts(timeout: httpx.Timeout, seconds: float) -> dict[str, float]:
    """Return the timeout of each operation, none of which is above the `seconds` that are left for the call."""
    return {name: seconds if value is None or value > seconds else value for name, value in timeout.as_dict().items()}


def _message(request: PreparedRequest[Any], extensions: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of httpx's request for one of ours."""
    return {
        "method": request.method,
        "url": request.url,
        "headers": request.headers,
        "content": request.content,
        "extensions": extensions,
    }


class Sender:
    """Sends the requests of a sync client."""

    def __init__(
        self,
        base_url: str,
        transport: httpx.BaseTransport | None,
        http_client: httpx.Client | None,
        keepalive: float | None,
    ) -> None:
        """Send through `transport` or `http_client`, or else a pool of our own. Raises SettingsError."""
        # Loads httpcore and anyio, which take most of the time of an import. httpx loads them as late.
        from signalwire_streams._transport import _environment, _httpcore  # noqa: PLC0415

        self._client = http_client
        self._pool: ConnectionPool | None = None
        if transport is None and http_client is None:
            self._pool, transport = _environment.open_pool(base_url, keepalive or KEEPALIVE)
        elif transport is not None:
            _httpcore.enforce_deadline(transport)
        self._transport = transport
        self._default_timeout = DEFAULT_TIMEOUT if http_client is None else http_client.timeout
        self._is_closed = False

    def send(
        self, request: PreparedRequest[Any], timeouts: httpx.Timeout | None, seconds: float, progress: Progress
    ) -> Response | NoResponse:
        """Send a request, and give it up after so many seconds. Raises ClientStateError once closed."""
        if self._is_closed:
            raise ClientStateError(CLIENT_IS_CLOSED)
        if self._pool is None:
            progress.assume_sent()
        extensions = {"timeout": _timeouts(timeouts or self._default_timeout, seconds), "trace": progress.trace}
        reader = ResponseReader()
        try:
            with deadline(seconds):
                response = self._respond(request, extensions)
                try:
                    reader.begin(response)
                    if response.is_stream_consumed:  # by an event hook, or a transport that responds from memory
                        reader.add_decoded(response.content)
                    else:
                        for piece in response.iter_raw():
                            if not reader.add(piece):
                                break
                finally:
                    response.close()
        except _ERRORS as error:
            if not reader.has_begun:
                return progress.failed(error)
            reader.cut_short(error)
        return reader.response()

    def _respond(self, request: PreparedRequest[Any], extensions: dict[str, Any]) -> httpx.Response:
        message = _message(request, extensions)
        if self._client is None:
            assert self._transport is not None  # noqa: S101  one of the two is there
            return self._transport.handle_request(httpx.Request(**message))
        sent = self._client.build_request(**message)
        try:
            return self._client.send(sent, **_SEND)
        except httpx.HTTPStatusError as error:
            if error.request is not sent:  # of a request that an event hook has made
                raise
            return error.response  # an event hook has raised for the status

    def close_idle(self) -> None:
        """Close the connections that no request is using, unless they are the user's."""
        if self._pool is not None:
            self._pool.close_idle()

    def close(self) -> None:
        """Close the transport. A client of the user's stays open."""
        self._is_closed = True
        if self._transport is not None:
            self._transport.close()


class AsyncSender:
    """Sends the requests of an async client."""

    def __init__(
        self,
        base_url: str,
        transport: httpx.AsyncBaseTransport | None,
        http_client: httpx.AsyncClient | None,
        keepalive: float | None,
    ) -> None:
        """Send through `transport` or `http_client`, or else a pool of our own. Raises SettingsError."""
        # Loads httpcore and anyio, which take most of the time of an import. httpx loads them as late.
        from signalwire_streams._transport import _environment  # noqa: PLC0415

        self._client = http_client
        self._pool: AsyncConnectionPool | None = None
        if transport is None and http_client is None:
            self._pool, transport = _environment.open_async_pool(base_url, keepalive or KEEPALIVE)
        self._transport = transport
        # AiohttpTransport's, which takes a third less time than a request and a response of httpx.
        self._send_prepared: Callable[..., Awaitable[Any]] | None = getattr(transport, "send_prepared", None)
        self._default_timeout = DEFAULT_TIMEOUT if http_client is None else http_client.timeout
        self._is_closed = False
        self._loop: object = None

    def require_same_loop(self) -> None:
        """Raise ClientStateError in another event loop than that of the first call."""
        import asyncio  # noqa: PLC0415  takes half the time of an import

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # trio's
            return
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ClientStateError("The client belongs to the event loop of its first call. Make one for each loop.")

    async def send(
        self, request: PreparedRequest[Any], timeouts: httpx.Timeout | None, seconds: float, progress: Progress
    ) -> Response | NoResponse:
        """Send a request, and give it up after so many seconds. Raises ClientStateError once closed."""
        import anyio  # noqa: PLC0415  takes most of the time of an import

        if self._is_closed:
            raise ClientStateError(CLIENT_IS_CLOSED)
        if self._pool is None:
            progress.assume_sent()
        extensions = {"timeout": _timeouts(timeouts or self._default_timeout, seconds), "trace": progress.atrace}
        reader = ResponseReader()
        try:
            # A little later than the timeout of a single operation, which tells more.
            with anyio.fail_after(seconds + 0.05):
                response = await self._respond(request, extensions)
                try:
                    reader.begin(response)
                    if response.is_stream_consumed:  # by an event hook, or a transport that responds from memory
                        reader.add_decoded(response.content)
                    else:
                        async with aclosing(cast("AsyncGenerator[bytes]", response.aiter_raw())) as pieces:
                            async for piece in pieces:
                                if not reader.add(piece):
                                    break
                finally:
                    await response.aclose()
        except _ERRORS as error:
            if not reader.has_begun:
                return progress.failed(error)
            reader.cut_short(error)
        return reader.response()

    async def _respond(self, request: PreparedRequest[Any], extensions: dict[str, Any]) -> Any:  # noqa: ANN401  like httpx's
        message = _message(request, extensions)
        if self._client is None:
            assert self._transport is not None  # noqa: S101  one of the two is there
            if self._send_prepared is not None:
                timeouts = extensions["timeout"]
                return await self._send_prepared(
                    request.method, request.url, request.headers, request.content, timeouts
                )
            return await self._transport.handle_async_request(httpx.Request(**message))
        sent = self._client.build_request(**message)
        try:
            return await self._client.send(sent, **_SEND)
        except httpx.HTTPStatusError as error:
            if error.request is not sent:  # of a request that an event hook has made
                raise
            return error.response  # an event hook has raised for the status

    async def close_idle(self) -> None:
        """Close the connections that no request is using, unless they are the user's."""
        if self._pool is not None:
            await self._pool.close_idle()

    async def aclose(self) -> None:
        """Close the transport. A client of the user's stays open."""
        self._is_closed = True
        if self._transport is not None:
            await self._transport.aclose()
