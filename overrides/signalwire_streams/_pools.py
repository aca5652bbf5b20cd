"""Connections of a sync client for many requests at once."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator

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

        self.transports = IdleTransports(limits, make)
        self._free = threading.Semaphore(limits.max_connections or 100)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Raises httpx.PoolTimeout when no connection is free in time."""
        if not self._free.acquire(timeout=request.extensions["timeout"]["pool"]):
            raise httpx.PoolTimeout("no connection was free in time")
        transport = self.transports.take()
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
        self.transports.give_back(transport)
        self._free.release()

    def close(self) -> None:
        """Close the connections."""
        for transport in list(self.transports.all):
            transport.close()


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
