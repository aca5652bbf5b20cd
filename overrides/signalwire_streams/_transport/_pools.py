"""Send requests over connections that are kept open, in place of httpcore's pools."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias

import anyio
import httpcore

from signalwire_streams._errors import CLIENT_IS_CLOSED, ClientStateError
from signalwire_streams._transport import _httpcore
from signalwire_streams._transport._connections import Connection, Connections, Lease
from signalwire_streams._transport._keepalive import idle_seconds
from signalwire_streams._transport._sockets import AsyncConnectionSocket, ConnectionSocket

SyncLease: TypeAlias = Lease[ConnectionSocket]
AsyncLease: TypeAlias = Lease[AsyncConnectionSocket]

NO_CONNECTION = "no connection was free in time"


class ConnectionPool:
    """The pool of a sync client.

    After any exception it closes the connection and frees its place, because httpcore may count it as in use for ever.
    """

    def __init__(self, make: Callable[[], Connection[ConnectionSocket]], limit: int, keepalive: float) -> None:
        self._connections: Connections[ConnectionSocket] = Connections(make, limit)
        self._keepalive = keepalive

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request. Raises PoolTimeout if no connection is free in time, ClientStateError once closed."""
        extensions: Any = request.extensions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  httpcore's
        if trace := extensions.get("trace"):
            trace("signalwire_streams.wait_for_connection.started", {})
        lease = self._take(extensions["timeout"]["pool"])
        try:
            assert lease.connection is not None  # noqa: S101  it has just been lent
            if _httpcore.was_closed(lease.connection.http):
                if trace:
                    trace("signalwire_streams.connection_expired", {})
                _close(self._connections.renew(lease))
            response = lease.connection.http.handle_request(request)
            body = _Body(response.stream, self, lease, idle_seconds(response.headers, self._keepalive))
            return httpcore.Response(
                response.status, headers=response.headers, content=body, extensions=response.extensions
            )
        except BaseException:
            self.discard(lease)
            raise

    def _take(self, seconds: float) -> SyncLease:
        lease = self._connections.take()
        if lease is not None:
            return lease
        told = threading.Lock()  # not an Event, which an interruption can leave locked
        told.acquire()
        waiter = self._connections.wait(told.release)
        ends = time.monotonic() + seconds
        try:
            while waiter.lease is None:
                if self._connections.is_closed:
                    raise ClientStateError(CLIENT_IS_CLOSED)
                remaining = ends - time.monotonic()
                if remaining <= 0:
                    raise httpcore.PoolTimeout(NO_CONNECTION)
                told.acquire(timeout=min(remaining, 0.1))
                self._connections.serve()  # an interrupted request may have freed a place without notice
        except BaseException:
            self._connections.withdraw(waiter)
            raise
        return waiter.lease

    def give_back(self, lease: SyncLease, seconds: float) -> None:
        """End a lease whose response was read to its end. Its connection may be idle for so long."""
        connection = lease.connection
        if connection is None or seconds <= 0 or not _httpcore.is_idle(connection.http):
            self.discard(lease)
            return
        _close(self._connections.give_back(lease, seconds))
        self._close_expired()

    def discard(self, lease: SyncLease) -> None:
        """End a lease, and close its connection."""
        _close(self._connections.discard(lease))
        self._close_expired()

    def _close_expired(self) -> None:
        # At the end of a call, so that what a burst has left behind does not hold up the next request.
        while (connection := self._connections.take_expired()) is not None:
            connection.socket.close()

    def close_idle(self) -> None:
        """Close the connections that no request is using."""
        while (connection := self._connections.take_idle()) is not None:
            connection.socket.close()

    def close(self) -> None:
        """Close all connections. Requests that are under way or wait for a connection fail."""
        for connection in self._connections.close():
            connection.socket.close()
        self.close_idle()

    def __len__(self) -> int:
        """Return how many connections are idle."""
        return len(self._connections)


def _close(connection: Connection[ConnectionSocket] | None) -> None:
    if connection is not None:
        connection.socket.close()


class _Body:
    """The body of a response, at whose end the connection is free for the next request."""

    def __init__(self, stream: Any, pool: ConnectionPool, lease: SyncLease, idle_seconds: float) -> None:  # noqa: ANN401  httpcore's, with close()
        self._stream = stream
        self._pool = pool
        self._lease = lease
        self._idle_seconds = idle_seconds
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream
        self._is_whole = True

    def close(self) -> None:
        if not self._is_whole:
            self._pool.discard(self._lease)
            return
        try:
            self._stream.close()
        except BaseException:
            self._pool.discard(self._lease)
            raise
        self._pool.give_back(self._lease, self._idle_seconds)


class AsyncConnectionPool:
    """The pool of an async client.

    After any exception it closes the connection and frees its place, because httpcore may count it as in use for ever.
    """

    def __init__(self, make: Callable[[], Connection[AsyncConnectionSocket]], limit: int, keepalive: float) -> None:
        self._connections: Connections[AsyncConnectionSocket] = Connections(make, limit)
        self._keepalive = keepalive

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request. Raises PoolTimeout if no connection is free in time, ClientStateError once closed."""
        extensions: Any = request.extensions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  httpcore's
        if trace := extensions.get("trace"):
            await trace("signalwire_streams.wait_for_connection.started", {})
        lease = await self._take(extensions["timeout"]["pool"])
        try:
            assert lease.connection is not None  # noqa: S101  it has just been lent
            if _httpcore.was_closed(lease.connection.http):
                if trace:
                    await trace("signalwire_streams.connection_expired", {})
                await _aclose(self._connections.renew(lease))
            response = await lease.connection.http.handle_async_request(request)
            body = _AsyncBody(response.stream, self, lease, idle_seconds(response.headers, self._keepalive))
            return httpcore.Response(
                response.status, headers=response.headers, content=body, extensions=response.extensions
            )
        except BaseException:
            await self.discard(lease)
            raise

    async def _take(self, seconds: float) -> AsyncLease:
        lease = self._connections.take()
        if lease is not None:
            return lease
        told = anyio.Event()
        waiter = self._connections.wait(told.set)
        try:
            with anyio.fail_after(seconds):
                await told.wait()
        except TimeoutError:
            self._connections.withdraw(waiter)
            raise httpcore.PoolTimeout(NO_CONNECTION) from None
        except BaseException:
            self._connections.withdraw(waiter)
            raise
        if waiter.lease is None:
            raise ClientStateError(CLIENT_IS_CLOSED)
        return waiter.lease

    async def give_back(self, lease: AsyncLease, seconds: float) -> None:
        """End a lease whose response was read to its end. Its connection may be idle for so long."""
        connection = lease.connection
        if connection is None or seconds <= 0 or not _httpcore.is_idle(connection.http):
            await self.discard(lease)
            return
        await _aclose(self._connections.give_back(lease, seconds))
        await self._close_expired()

    async def discard(self, lease: AsyncLease) -> None:
        """End a lease, and close its connection. A cancellation does not keep it from being closed."""
        await _aclose(self._connections.discard(lease))
        await self._close_expired()

    async def _close_expired(self) -> None:
        while (connection := self._connections.take_expired()) is not None:
            await connection.socket.close()

    async def close_idle(self) -> None:
        """Close the connections that no request is using."""
        while (connection := self._connections.take_idle()) is not None:
            await connection.socket.close()

    async def aclose(self) -> None:
        """Close all connections. Requests that are under way or wait for a connection fail."""
        interruption: BaseException | None = None
        in_use = self._connections.close()
        while (connection := in_use.pop() if in_use else self._connections.take_idle()) is not None:
            try:
                await connection.socket.close()
            except BaseException as error:  # noqa: BLE001  the others must be closed all the same
                interruption = error
        if interruption is not None:
            raise interruption

    def __len__(self) -> int:
        """Return how many connections are idle."""
        return len(self._connections)


async def _aclose(connection: Connection[AsyncConnectionSocket] | None) -> None:
    if connection is not None:
        await connection.socket.close()


class _AsyncBody:
    """The body of a response, at whose end the connection is free for the next request."""

    def __init__(self, stream: Any, pool: AsyncConnectionPool, lease: AsyncLease, idle_seconds: float) -> None:  # noqa: ANN401  httpcore's, with aclose()
        self._stream = stream
        self._pool = pool
        self._lease = lease
        self._idle_seconds = idle_seconds
        self._is_whole = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece
        self._is_whole = True

    async def aclose(self) -> None:
        if not self._is_whole:
            await self._pool.discard(self._lease)
            return
        try:
            await self._stream.aclose()
        except BaseException:
            await self._pool.discard(self._lease)
            raise
        await self._pool.give_back(self._lease, self._idle_seconds)
