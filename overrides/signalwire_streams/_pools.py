"""Connections of a sync client for many requests at once."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator
from weakref import WeakSet

import httpx

from signalwire_streams._backend import enforce_deadlines
from signalwire_streams._idle import IdleTransports


class PoolPerConnection(httpx.BaseTransport):
    """As many transports of httpx as there are requests under way, up to a limit, each with one connection."""

    def __init__(self, limits: httpx.Limits, context: ssl.SSLContext) -> None:
        def make(limits: httpx.Limits) -> httpx.HTTPTransport:
            transport = httpx.HTTPTransport(verify=context, limits=limits)
            enforce_deadlines(transport)
            return transport

        self._make = make
        self._limits = limits
        self._of_parents: list[IdleTransports[httpx.HTTPTransport]] = []
        self._begin(limits)
        _pools.add(self)

    def _begin(self, limits: httpx.Limits) -> None:
        self.transports = IdleTransports(limits, self._make)
        self._free = threading.Semaphore(limits.max_connections or 100)

    def begin_anew(self) -> None:
        """Leave the connections to the parent of this process: two processes would read each other's answers."""
        self._of_parents.append(self.transports)  # to close them here would end them there
        self._begin(self._limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises PoolTimeout when no connection is free in time, ClientStateError once closed."""
        if not self._free.acquire(timeout=request.extensions["timeout"]["pool"]):
            raise httpx.PoolTimeout("no connection was free in time")
        try:
            transport = self.transports.take()
        except BaseException:
            self._free.release()  # to the next that waits, who sees that the pool is closed
            raise
        try:
            if expired := self.transports.take_expired():
                expired.close()
            response = transport.handle_request(request)
        except BaseException:
            self.release(transport)
            raise
        response.stream = _Stream(response, self, transport)
        return response

    def release(self, transport: httpx.HTTPTransport) -> None:
        """Take back a transport whose answer has come."""
        may_stay = self.transports.give_back(transport)
        self._free.release()
        if not may_stay:  # it was connected while the pool was closed
            transport.close()

    def close(self) -> None:
        """Close the connections."""
        for transport in self.transports.close():
            transport.close()
        self._free.release()  # to the first that waits for a connection


_pools: WeakSet[PoolPerConnection] = WeakSet()


def _begin_all_anew() -> None:
    for pool in _pools:
        pool.begin_anew()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_begin_all_anew)


class _Stream(httpx.SyncByteStream):
    """The body of an answer, after whose end the transport is free."""

    def __init__(self, response: httpx.Response, pool: PoolPerConnection, transport: httpx.HTTPTransport) -> None:
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101  transports see to it
        self._stream = response.stream
        self._pool = pool
        self._transport = transport

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._pool.release(self._transport)
