"""Connections of httpx for many requests at once.

A pool of httpcore looks through all its connections, and all requests that wait, for each request: with 100 in flight
this takes most of the time. A pool of one connection has nothing to look through.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx


class PoolPerConnection(httpx.AsyncBaseTransport):
    """As many transports of httpx as there are requests under way, up to a limit, each with one connection."""

    def __init__(self, limits: httpx.Limits, context: ssl.SSLContext) -> None:
        self._limit = limits.max_connections or 100
        self._expiry = limits.keepalive_expiry
        self._options: dict[str, Any] = {
            "verify": context,
            "limits": httpx.Limits(
                max_connections=1, max_keepalive_connections=1, keepalive_expiry=limits.keepalive_expiry
            ),
        }
        self._all: list[httpx.AsyncHTTPTransport] = []
        self._idle: deque[tuple[float, httpx.AsyncHTTPTransport]] = deque()
        self._free: anyio.Semaphore | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises httpx.PoolTimeout when no connection is free in time."""
        await self._acquire(request.extensions["timeout"]["pool"])
        # The one that was used last: its connection is the likeliest to be open still.
        transport = self._idle.pop()[1] if self._idle else self._new()
        try:
            await self._close_expired()
            response = await transport.handle_async_request(request)
        except BaseException:
            self.release(transport)
            raise
        response.stream = _Stream(response.stream, self, transport)
        return response

    def release(self, transport: httpx.AsyncHTTPTransport) -> None:
        """Take back a transport whose answer has come."""
        self._idle.append((time.monotonic(), transport))
        if self._free is not None:
            self._free.release()

    async def aclose(self) -> None:
        """Close the connections."""
        for transport in self._all:
            await transport.aclose()

    async def _acquire(self, seconds: float) -> None:
        if self._free is None:  # it belongs to the event loop of the first request
            self._free = anyio.Semaphore(self._limit, fast_acquire=True)
        try:
            self._free.acquire_nowait()
        except anyio.WouldBlock:
            try:
                with anyio.fail_after(seconds):
                    await self._free.acquire()
            except TimeoutError:
                raise httpx.PoolTimeout("no connection was free in time") from None

    async def _close_expired(self) -> None:
        """Close the connection that was not used for longest, if that is too long: what a burst leaves is gone soon."""
        if self._expiry is not None and self._idle and self._idle[0][0] + self._expiry < time.monotonic():
            _, transport = self._idle.popleft()
            self._all.remove(transport)
            await transport.aclose()

    def _new(self) -> httpx.AsyncHTTPTransport:
        transport = httpx.AsyncHTTPTransport(**self._options)
        self._all.append(transport)
        return transport


class _Stream(httpx.AsyncByteStream):
    """The body of an answer, after whose end the transport is free."""

    def __init__(self, stream: Any, pool: PoolPerConnection, transport: httpx.AsyncHTTPTransport) -> None:  # noqa: ANN401
        self._stream = stream
        self._pool = pool
        self._transport = transport

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._pool.release(self._transport)
