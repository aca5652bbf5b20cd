"""The transports of a client, each with a connection of its own, and which of them wait for a request.

A pool of httpcore looks through all its connections, and all requests that wait, for each request: with 100 in flight
this takes most of the time. A pool of one connection has nothing to look through.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import httpx

from signalwire_streams._http import closed

_Transport = TypeVar("_Transport", httpx.HTTPTransport, httpx.AsyncHTTPTransport)


class IdleTransports(Generic[_Transport]):
    """Hands transports out and takes them back. Safe to share between threads."""

    def __init__(self, limits: httpx.Limits, make: Callable[[httpx.Limits], _Transport]) -> None:
        self._expiry = limits.keepalive_expiry
        self._make: Callable[[httpx.Limits], _Transport] = make
        self._lock = threading.Lock()
        self._idle: deque[tuple[float, _Transport]] = deque()
        self._is_closed = False
        self.all: set[_Transport] = set()

    def take(self) -> _Transport:
        """Return the one that was used last, whose connection is the likeliest to be open still, or else a new one.

        Raises ClientStateError once they are closed.
        """
        with self._lock:
            if self._is_closed:
                raise closed()
            if self._idle:
                return self._idle.pop()[1]
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=self._expiry)
        transport = self._make(limits)
        with self._lock:
            if self._is_closed:  # meanwhile; it has no connection yet
                raise closed()
            self.all.add(transport)
        return transport

    def give_back(self, transport: _Transport) -> bool:
        """Take a transport that has no request any more, and tell whether it may stay open."""
        with self._lock:
            self._idle.append((time.monotonic(), transport))
            return not self._is_closed

    def close(self) -> list[_Transport]:
        """Hand nothing out any more, and return what is to be closed."""
        with self._lock:
            self._is_closed = True
            return list(self.all)

    def take_expired(self) -> _Transport | None:
        """Return the one that was unused for longest, to be closed, if that is too long: what a burst leaves behind."""
        with self._lock:
            if self._expiry is None or not self._idle or self._idle[0][0] + self._expiry >= time.monotonic():
                return None
            _, transport = self._idle.popleft()
            self.all.remove(transport)
        return transport

    def __len__(self) -> int:
        return len(self._idle)
