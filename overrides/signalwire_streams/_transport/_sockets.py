"""Sockets that keep to the deadline of a call and that can be closed at any moment."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from typing import Any, cast

import anyio
import httpcore

from signalwire_streams._transport._deadline import remaining

_PIECE = 16_384
"""Bytes that are written at once: a record of TLS."""


def check_localhost(addresses: Iterable[str]) -> list[str]:
    """Return the addresses of `localhost`, each once. Raises OSError if one of them is not a loopback address."""
    unique = list(dict.fromkeys(addresses))
    for address in unique:
        if not ipaddress.ip_address(address).is_loopback:
            raise OSError(f"localhost resolves to {address}, which is not a loopback address")
    return unique


def _addresses(found: Iterable[Any]) -> Iterable[str]:
    return (str(address[0]) for *_, address in found)


@contextmanager
def _blame_proxy(connection: ConnectionSocket | AsyncConnectionSocket) -> Generator[None]:
    """Raise httpcore.ProxyError if it is a proxy that cannot be reached, rather than the host."""
    try:
        yield
    except httpcore.ConnectError as error:
        if connection.is_to_proxy and not connection.is_closed:
            raise httpcore.ProxyError(str(error)) from error
        raise


class DeadlineBackend(httpcore.NetworkBackend):
    """Open sockets whose every operation keeps to the `deadline` of the calling thread."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        timeout = remaining(timeout, httpcore.ConnectTimeout)
        return self._opened(self._backend.connect_tcp(host, port, timeout, local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        timeout = remaining(timeout, httpcore.ConnectTimeout)
        return self._opened(self._backend.connect_unix_socket(path, timeout, socket_options))

    def sleep(self, seconds: float) -> None:
        """Sleep between two attempts to connect, of a transport of the user's that makes several."""
        self._backend.sleep(remaining(seconds, httpcore.ConnectTimeout) or 0)

    def start_tls(
        self, stream: httpcore.NetworkStream, context: ssl.SSLContext, hostname: str | None, timeout: float | None
    ) -> httpcore.NetworkStream:
        """Secure a stream of this backend."""
        return self._opened(stream.start_tls(context, hostname, remaining(timeout, httpcore.ConnectTimeout)))

    def _opened(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        return _SocketStream(stream, self)


class _SocketStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, backend: DeadlineBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In pieces: httpcore gives each part that a slow peer takes the whole timeout anew.
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], remaining(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        # Only a shutdown wakes a thread that waits for the socket. It must not be the one of ssl.SSLSocket, after which
        # another thread would write in cleartext until the socket is closed.
        with suppress(Exception):
            socket.socket.shutdown(self.get_extra_info("socket"), socket.SHUT_RDWR)
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return self._backend.start_tls(self._stream, ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  httpcore's signature
        return self._stream.get_extra_info(info)


class ConnectionSocket(DeadlineBackend):
    """Open the socket of one connection, and close it at any moment, whatever is under way."""

    def __init__(self) -> None:
        super().__init__(httpcore.SyncBackend())
        self._stream: httpcore.NetworkStream | None = None
        self.is_to_proxy = False
        self.is_closed = False

    def close(self) -> None:
        """Close the socket, or the one that is being opened as soon as it is open."""
        self.is_closed = True
        if self._stream is not None:
            self._stream.close()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        is_localhost = host == "localhost"
        found = check_localhost(_addresses(socket.getaddrinfo(host, port))) if is_localhost else [host]
        for each in found[:-1]:
            with suppress(httpcore.ConnectError):
                return super().connect_tcp(each, port, timeout, local_address, socket_options)
        with _blame_proxy(self):
            return super().connect_tcp(found[-1], port, timeout, local_address, socket_options)

    def _opened(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        self._stream = super()._opened(stream)
        if self.is_closed:
            self._stream.close()
            raise httpcore.ConnectError("the client was closed")
        return self._stream


class AsyncConnectionSocket(httpcore.AsyncNetworkBackend):
    """Open the socket of one connection of the async client, and close it at any moment."""

    def __init__(self) -> None:
        # For trio too. httpcore has a stand-in for where anyio is missing, which pyright takes for it.
        self._backend: httpcore.AsyncNetworkBackend = cast("Any", httpcore.AnyIOBackend)()
        self._stream: httpcore.AsyncNetworkStream | None = None
        self.is_to_proxy = False
        self.is_closed = False

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        connect, rest = self._backend.connect_tcp, (port, timeout, local_address, socket_options)
        is_localhost = host == "localhost"
        found = check_localhost(_addresses(await anyio.getaddrinfo(host, port))) if is_localhost else [host]
        for each in found[:-1]:
            with suppress(httpcore.ConnectError):
                return await self.opened(await connect(each, *rest))
        with _blame_proxy(self):
            return await self.opened(await connect(found[-1], *rest))

    async def opened(self, stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
        """Keep hold of a stream, so that it can be closed. Raises httpcore.ConnectError once closed."""
        self._stream = stream
        if self.is_closed:
            await self.close()
            raise httpcore.ConnectError("the client was closed")
        return _AsyncSocketStream(stream, self)

    async def close(self) -> None:
        """Close the socket, or the one that is being opened as soon as it is open. A cancellation does not stop it."""
        self.is_closed = True
        if self._stream is None:
            return
        # Without a shutdown, closing would wait for a peer that does not read what was sent.
        with suppress(Exception):
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        with anyio.CancelScope(shield=True), suppress(Exception):
            await self._stream.aclose()


class _AsyncSocketStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream, connection_socket: AsyncConnectionSocket) -> None:
        self._stream = stream
        self._socket = connection_socket

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except anyio.ClosedResourceError as error:
            raise httpcore.ConnectError("the client was closed") from error
        return await self._socket.opened(stream)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  httpcore's signature
        return self._stream.get_extra_info(info)
