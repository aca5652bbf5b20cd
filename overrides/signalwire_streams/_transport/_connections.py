"""Keep track of connections: those that are idle, and those that a request is using."""

from __future__ import annotations

import bisect
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any, Generic, TypeVar

from signalwire_streams._errors import CLIENT_IS_CLOSED, ClientStateError
from signalwire_streams._transport._httpcore import HTTP
from signalwire_streams._transport._sockets import AsyncConnectionSocket, ConnectionSocket

Socket = TypeVar("Socket", bound=ConnectionSocket | AsyncConnectionSocket)


class Connection(Generic[Socket]):
    """A connection to SignalWire, and the socket that it opens for its first request."""

    def __init__(self, socket: Socket, http: HTTP) -> None:
        self.socket = socket
        self.http = http
        self.expires = inf
        """When it has been idle for long enough, by the monotonic clock. Never, before its first request."""


class Lease(Generic[Socket]):
    """The use of a connection by one request."""

    def __init__(self, connection: Connection[Socket]) -> None:
        self.connection: Connection[Socket] | None = connection
        """None once the lease has ended."""


class Waiter(Generic[Socket]):
    """A request that waits for a connection."""

    def __init__(self, tell: Callable[[], object]) -> None:
        self.tell = tell
        self.lease: Lease[Socket] | None = None
        """Set before `tell` is called, unless the connections have been closed."""


class Connections(Generic[Socket]):
    """Lend connections to requests, up to a limit. Safe to share between threads, and to interrupt at any moment.

    A lease ends when it is given back, or at the latest when nothing refers to it any more. So an exception from a
    signal handler, which can keep any line from running, cannot take a place for good.

    httpcore's own pool is slower: it looks through all connections and all waiting requests for each request.
    """

    def __init__(self, make: Callable[[], Connection[Socket]], limit: int) -> None:
        self._make = make
        self._limit = limit
        self._of_parents: list[Any] = []
        self._begin()
        _all.add(self)

    def _begin(self) -> None:
        # A lock of C, because an interruption in a lock of Python can leave it held. Reentrant, so that a signal
        # handler that uses the client does not hang.
        self._lock = threading.RLock()
        # The first to expire first. `bisect` compares times and ids, which runs no Python, so no signal handler either.
        self._idle: list[tuple[float, int, Connection[Socket]]] = []
        self._leases: set[weakref.ref[Lease[Socket]]] = set()
        self._waiters: deque[weakref.ref[Waiter[Socket]]] = deque()
        self.is_closed = False

    def begin_anew(self) -> None:
        """Leave the connections to the parent of this process: both would read each other's responses."""
        self._of_parents.append(self._idle)  # closing them here would close them in the parent
        was_closed = self.is_closed
        self._begin()
        self.is_closed = was_closed

    def take(self) -> Lease[Socket] | None:
        """Lend the idle connection that expires last, or a new one. None if all are in use: wait.

        Raises ClientStateError once they are closed.
        """
        with self._lock:
            if self.is_closed:
                raise ClientStateError(CLIENT_IS_CLOSED)
            self.serve()
            return None if self._waiters else self._lend()

    def wait(self, tell: Callable[[], object]) -> Waiter[Socket]:
        """Queue up for a connection. `tell` is called once there is one, or all are closed."""
        waiter: Waiter[Socket] = Waiter(tell)
        with self._lock:
            self._waiters.append(weakref.ref(waiter))
            self.serve()
        return waiter

    def withdraw(self, waiter: Waiter[Socket]) -> None:
        """Leave the queue, or pass on the connection that has just come."""
        with self._lock:
            with suppress(ValueError):
                self._waiters.remove(weakref.ref(waiter))
            if waiter.lease is not None and (connection := self._end(waiter.lease)) and not self.is_closed:
                self._keep(connection)
            self.serve()

    def serve(self) -> None:
        """Hand free places to the requests that have waited for longest."""
        with self._lock:
            while self._waiters:
                waiter = self._waiters[0]()
                if waiter is not None and waiter.lease is None and not self.is_closed:
                    waiter.lease = self._lend()
                    if waiter.lease is None:
                        return
                self._waiters.popleft()
                if waiter is not None:
                    waiter.tell()

    def _lend(self) -> Lease[Socket] | None:
        if len(self._leases) >= self._limit:
            self._leases = {lease for lease in self._leases if lease() is not None}
            if len(self._leases) >= self._limit:
                return None
        now = time.monotonic()
        lease = Lease(self._idle.pop()[-1] if self._idle and self._idle[-1][0] > now else self._make())
        self._leases.add(weakref.ref(lease))
        return lease

    def renew(self, lease: Lease[Socket]) -> Connection[Socket] | None:
        """Lend a new connection in place of one that the server has closed, which is returned to be closed.

        Raises ClientStateError once they are closed.
        """
        with self._lock:
            if self.is_closed:
                raise ClientStateError(CLIENT_IS_CLOSED)
            closed, lease.connection = lease.connection, self._make()
            return closed

    def give_back(self, lease: Lease[Socket], seconds: float) -> Connection[Socket] | None:
        """End a lease whose connection may be idle for so long. Return the connection if it is to be closed."""
        with self._lock:
            connection = self._end(lease)
            if connection is None or self.is_closed:
                return connection
            connection.expires = time.monotonic() + seconds
            self._keep(connection)
            self.serve()
            return None

    def _keep(self, connection: Connection[Socket]) -> None:
        bisect.insort(self._idle, (connection.expires, id(connection), connection))

    def discard(self, lease: Lease[Socket]) -> Connection[Socket] | None:
        """End a lease, and return its connection, which is to be closed. None if the lease had ended already."""
        with self._lock:
            connection = self._end(lease)
            self.serve()
            return connection

    def _end(self, lease: Lease[Socket]) -> Connection[Socket] | None:
        # First of all: whoever ends the lease again must not get a connection that somebody else may have by then.
        connection, lease.connection = lease.connection, None
        self._leases.discard(weakref.ref(lease))
        return connection

    def take_expired(self) -> Connection[Socket] | None:
        """Return an idle connection that has expired, to be closed. None if there is none left."""
        with self._lock:
            now = time.monotonic()
            return self._idle.pop(0)[-1] if self._idle and self._idle[0][0] <= now else None

    def take_idle(self) -> Connection[Socket] | None:
        """Return an idle connection, to be closed. None if there is none left."""
        with self._lock:
            return self._idle.pop()[-1] if self._idle else None

    def close(self) -> list[Connection[Socket]]:
        """Lend nothing any more, and return the connections in use, to be closed."""
        with self._lock:
            self.is_closed = True
            in_use = [lease.connection for reference in self._leases if (lease := reference()) and lease.connection]
            self.serve()
        return in_use

    def __len__(self) -> int:
        """Return how many connections are idle."""
        return len(self._idle)


_all: weakref.WeakSet[Connections[Any]] = weakref.WeakSet()


def _begin_all_anew() -> None:
    for connections in _all:
        connections.begin_anew()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_begin_all_anew)
