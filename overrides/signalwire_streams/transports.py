"""Transports to send through in place of the client's own.

    from signalwire_streams import AsyncStreamsClient
    from signalwire_streams.transports import AiohttpTransport

    async with AsyncStreamsClient(transport=AiohttpTransport()) as client:
        await client.start_stream(call_sid, "wss://stream.example.com/audio")

It needs the extra: `pip install "signalwire-streams[aiohttp]"`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from contextlib import contextmanager

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from signalwire_streams._checks import check_keepalive
from signalwire_streams._errors import CLIENT_IS_CLOSED, ClientStateError
from signalwire_streams._transport import KEEPALIVE, idle_seconds, tls_context
from signalwire_streams._transport._sockets import check_localhost

__all__ = ["AiohttpTransport"]


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Send through aiohttp, which takes about half of httpx's processor time when many calls are in flight.

    It needs the extra `aiohttp`, runs under asyncio only, and belongs to the event loop of its first request. Its
    errors are httpx's. It reads no proxy settings from the environment.

    - `ssl_context`: for the certificates to trust (default: those that httpx trusts)
    - `max_connections`: how many may be open at once; further requests wait for a free one
    - `keepalive`: seconds that an idle connection stays open. The `Keep-Alive` header of a response can lower it, then
      for all connections of the transport.

    Raises InputError for `keepalive`.
    """

    def __init__(
        self, *, ssl_context: ssl.SSLContext | None = None, max_connections: int = 250, keepalive: float = KEEPALIVE
    ) -> None:
        check_keepalive(keepalive)
        self._ssl_context = ssl_context
        self._max_connections = max_connections
        self._keepalive = keepalive
        self._session: aiohttp.ClientSession | None = None
        self._resolver: _Resolver | None = None
        self._in_flight = 0
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises the errors of httpx's own transports, and ClientStateError once closed."""
        response = await self.send_prepared(
            request.method,
            str(request.url),
            [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw],
            await request.aread(),
            request.extensions.get("timeout", {}),
        )
        return httpx.Response(response.status_code, headers=response.headers, stream=response)

    async def send_prepared(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | Sequence[tuple[str, str]],
        content: bytes,
        timeouts: Mapping[str, float | None],
    ) -> _Response:
        """Send a request without the cost of httpx's classes. Raises what `handle_async_request` does."""
        if self._in_flight == 0:
            # After a pause the event loop has yet to see which connections the server has closed. TLS takes longer.
            for _ in range(4 if url.startswith("https:") else 2):
                await asyncio.sleep(0)
        if self._is_closed:
            raise ClientStateError(CLIENT_IS_CLOSED)
        self._in_flight += 1
        try:
            with self._errors_of_httpx():
                response = await self._open_session(url).request(
                    method,
                    URL(url, encoded=True),  # as it is, without yarl's own spelling
                    data=content or None,
                    headers=headers,
                    timeout=aiohttp.ClientTimeout(
                        connect=timeouts.get("pool"),
                        sock_connect=timeouts.get("connect"),
                        sock_read=timeouts.get("read"),
                    ),
                    allow_redirects=False,
                )
        except BaseException:
            self._in_flight -= 1
            raise
        self._lower_keepalive(response)
        return _Response(response, self)

    async def aclose(self) -> None:
        """Close all connections. Requests that are under way or wait for a connection fail."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()
            if self._resolver is not None:
                await self._resolver.close()
            for _ in range(5):  # aiohttp leaves its sockets to the next turns of the event loop, TLS to a few more
                await asyncio.sleep(0)

    def _open_session(self, url: str) -> aiohttp.ClientSession:
        if self._session is None:
            context = self._ssl_context or (tls_context() if url.startswith("https:") else True)
            self._resolver = _Resolver()
            connector = aiohttp.TCPConnector(
                limit=self._max_connections, keepalive_timeout=self._keepalive, ssl=context, resolver=self._resolver
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._session

    def _lower_keepalive(self, response: aiohttp.ClientResponse) -> None:
        seconds = idle_seconds(response.raw_headers, self._keepalive)
        if seconds < self._keepalive and self._session is not None:
            # Without a setting for one connection. Zero would keep aiohttp from closing what is idle.
            self._keepalive = vars(self._session.connector)["_keepalive_timeout"] = max(seconds, 1e-6)

    @contextmanager
    def _errors_of_httpx(self) -> Generator[None]:
        try:
            yield
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._is_closed and task is not None and not task.cancelling():
                # Nobody cancelled this: closing a connector cancels the requests that wait for a connection.
                raise ClientStateError(CLIENT_IS_CLOSED) from None
            raise
        except aiohttp.ConnectionTimeoutError as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except aiohttp.ClientConnectorError as error:
            raise httpx.ConnectError(str(error.__cause__ or error)) from error
        except aiohttp.ServerTimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except aiohttp.ClientResponseError as error:  # the response breaks the protocol
            _forget_request_headers(error)
            raise httpx.RemoteProtocolError(error.message) from error
        except aiohttp.ClientError as error:
            raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error

    def _ended(self) -> None:
        self._in_flight -= 1


def _forget_request_headers(error: aiohttp.ClientResponseError) -> None:
    """Take the headers of the request, and so the token, out of what the `repr` of an error shows."""
    info, none = error.request_info, CIMultiDictProxy(CIMultiDict[str]())
    error.request_info = aiohttp.RequestInfo(info.url, info.method, none, info.real_url)
    error.args = (error.request_info, error.history)


class _Resolver(AbstractResolver):
    """aiohttp's own, except that `localhost` must be this machine, because the token may go there in cleartext."""

    def __init__(self) -> None:
        self._resolver = aiohttp.DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if host == "localhost":
            check_localhost(result["host"] for result in found)
        return found

    async def close(self) -> None:
        await self._resolver.close()


class _Response(httpx.AsyncByteStream):
    """A response of aiohttp, with the attributes of httpx's that a client reads."""

    is_stream_consumed = False
    content = b""

    def __init__(self, response: aiohttp.ClientResponse, transport: AiohttpTransport) -> None:
        self._response = response
        self._transport = transport
        self._is_closed = False
        self.status_code = response.status
        self.headers = httpx.Headers(response.raw_headers)

    def aiter_raw(self) -> AsyncIterator[bytes]:
        """Iterate over the body as it was sent."""
        return self.__aiter__()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._transport._errors_of_httpx():
            async for piece in self._response.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._transport._ended()
            self._response.close() if not self._response.content.at_eof() else self._response.release()
