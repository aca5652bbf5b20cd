"""Connections of an async client for many requests at once."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import anyio
import httpx

from signalwire_streams._idle import IdleTransports


class AsyncPoolPerConnection(httpx.AsyncBaseTransport):
    """As many transports of httpx as there are requests under way, up to a limit, each with one connection."""

    def __init__(self, limits: httpx.Limits, context: ssl.SSLContext) -> None:
        self.transports = IdleTransports(limits, lambda one: httpx.AsyncHTTPTransport(verify=context, limits=one))
        self._limit = limits.max_connections or 100
        self._free: anyio.Semaphore | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises PoolTimeout when no connection is free in time, ClientStateError once closed."""
        await self._acquire(request.extensions["timeout"]["pool"])
        try:
            transport = self.transports.take()
        except BaseException:
            self._make_free()  # for the next that waits, who sees that the pool is closed
            raise
        try:
            if expired := self.transports.take_expired():
                await expired.aclose()
            response = await transport.handle_async_request(request)
        except BaseException:
            await self.release(transport)
            raise
        response.stream = _Stream(response, self, transport)
        return response

    async def release(self, transport: httpx.AsyncHTTPTransport) -> None:
        """Take back a transport whose answer has come."""
        may_stay = self.transports.give_back(transport)
        self._make_free()
        if not may_stay:  # it was connected while the pool was closed
            await transport.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        for transport in self.transports.close():
            await transport.aclose()
        self._make_free()  # for the first that waits for a connection

    def _make_free(self) -> None:
        if self._free is not None:
            self._free.release()

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


class _Stream(httpx.AsyncByteStream):
    """The body of an answer, after whose end the transport is free."""

    def __init__(
        self, response: httpx.Response, pool: AsyncPoolPerConnection, transport: httpx.AsyncHTTPTransport
    ) -> None:
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  transports see to it
        self._stream = response.stream
        self._pool = pool
        self._transport = transport

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            await self._pool.release(self._transport)
