"""How a request is sent through aiohttp, which the extra `aiohttp` brings: an async call costs half of httpx's."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from types import FunctionType

import aiohttp
import httpcore
import httpx

from signalwire_streams._async_senders import AsyncSender
from signalwire_streams._http import closed
from signalwire_streams._incoming import Incoming
from signalwire_streams._requests import Request


def _own(function: object) -> object:
    """Return a function of httpx or httpcore, or None for what somebody has put in its place."""
    if isinstance(function, FunctionType) and function.__globals__["__name__"].startswith(("httpx.", "httpcore.")):
        return function
    return None


_BY_TRANSPORT = _own(httpx.AsyncHTTPTransport.handle_async_request)
_BY_POOL = _own(httpcore.AsyncConnectionPool.handle_async_request)


def _is_watched() -> bool:
    """Tell whether somebody waits for the requests of httpx, as respx, pytest-httpx and OpenTelemetry do."""
    return (  # by identity: a wrapper of OpenTelemetry's is equal to what it wraps
        httpx.AsyncHTTPTransport.handle_async_request is not _BY_TRANSPORT
        or httpcore.AsyncConnectionPool.handle_async_request is not _BY_POOL
    )


class AiohttpSender(AsyncSender):
    """Sends by aiohttp where it can, and raises the errors of httpx all the same.

    It leaves to httpx what aiohttp cannot do: requests under trio, and those that somebody waits for in httpx.
    """

    def __init__(self, limits: httpx.Limits, context: ssl.SSLContext, by_httpx: httpx.AsyncBaseTransport) -> None:
        super().__init__(by_httpx)
        self._limits = limits
        self._context = context
        self._session: aiohttp.ClientSession | None = None
        self._under_way = 0
        self._timeouts: tuple[Mapping[str, float], aiohttp.ClientTimeout] = ({}, aiohttp.ClientTimeout())

    async def send(self, request: Request, timeouts: Mapping[str, float], incoming: Incoming) -> None:
        """Send the request, and put into `incoming` what comes, as it comes."""
        if _is_watched() or not _in_asyncio():
            await super().send(request, timeouts, incoming)
            return
        session = self._session or self._open()
        if self._under_way == 0:  # the loop may have slept, and not have seen yet which connections were closed
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if self.is_closed:  # meanwhile
                raise closed()
        self._under_way += 1
        try:
            async with session.request(
                request.method,
                request.url,
                data=request.content,
                headers=request.headers,
                timeout=self._client_timeout(timeouts),
                allow_redirects=False,
            ) as response:
                incoming.begin(response.status, response.raw_headers)
                async for piece in response.content.iter_any():
                    if not incoming.add(piece):
                        break
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self.is_closed and task is not None and not task.cancelling():
                # Nobody cancelled this: a connector that is closed does so with those that wait for a connection.
                raise closed() from None
            raise
        except aiohttp.ConnectionTimeoutError as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except aiohttp.ClientConnectorError as error:
            raise httpx.ConnectError(str(error.__cause__ or error)) from error
        except aiohttp.ServerTimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except aiohttp.ClientError as error:
            raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error
        finally:
            self._under_way -= 1

    async def aclose(self) -> None:
        """Close the connections."""
        await super().aclose()
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """Make the session, which belongs to the event loop of the first request."""
        connector = aiohttp.TCPConnector(
            limit=self._limits.max_connections or 0, keepalive_timeout=self._limits.keepalive_expiry, ssl=self._context
        )
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )
        return self._session

    def _client_timeout(self, timeouts: Mapping[str, float]) -> aiohttp.ClientTimeout:
        if timeouts != self._timeouts[0]:  # hardly ever
            theirs = aiohttp.ClientTimeout(
                connect=timeouts["pool"], sock_connect=timeouts["connect"], sock_read=timeouts["read"]
            )
            self._timeouts = timeouts, theirs
        return self._timeouts[1]


def _in_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
