"""Reach into private attributes of httpx and httpcore; nothing else does.

The tests of connections, deadlines and proxies guard each of them, on the lowest and the newest versions.
"""

from __future__ import annotations

import ssl
from typing import Any, TypeAlias

import httpcore
import httpx

from signalwire_streams._transport._sockets import AsyncConnectionSocket, ConnectionSocket, DeadlineBackend

HTTP: TypeAlias = Any
"""Whatever speaks HTTP over one socket: an HTTPConnection of httpcore, or a pool of one connection through a proxy."""


def send_through(transport: httpx.HTTPTransport | httpx.AsyncHTTPTransport, pool: object) -> None:
    """Make a transport of httpx send through `pool`. Tools that instrument or mock httpx's transports go on working."""
    vars(transport)["_pool"] = pool


def enforce_deadline(transport: httpx.BaseTransport) -> None:
    """Make a transport of the user's keep to the deadline of a call, if it is one of httpx's own."""
    if isinstance(transport, httpx.HTTPTransport):
        pool = transport._pool
        if not isinstance(pool._network_backend, DeadlineBackend):
            pool._network_backend = DeadlineBackend(pool._network_backend)


def proxied(
    client: httpx.Client | httpx.AsyncClient, url: str, backend: ConnectionSocket | AsyncConnectionSocket
) -> HTTP:
    """Return the pool by which `client` would reach `url` in this environment, opening sockets by `backend`.

    Raises ValueError for a proxy that cannot exist: sockets would raise errors of their own kinds.
    """
    transport: Any = client._transport_for_url(httpx.URL(url))
    proxy: httpcore.URL | None = getattr(transport._pool, "_proxy_url", None)
    if proxy is not None:
        proxy.host.decode("ascii").encode("idna")  # as the resolver will
        if proxy.port is not None and not 0 < proxy.port < 65536:
            raise ValueError("a proxy must have a port between 1 and 65535")
        backend.is_to_proxy = True
    transport._pool._network_backend = backend
    return transport._pool


def _innermost(http: HTTP) -> Any:  # noqa: ANN401  of httpcore, sync or async
    """Return the HTTP/1.1 connection below pools, proxies and TLS, or None before it is established."""
    if isinstance(http, httpcore.ConnectionPool | httpcore.AsyncConnectionPool):
        http = next(iter(http.connections), None)
    while hasattr(http, "_connection"):
        http = http._connection
    return http


def was_closed(http: HTTP) -> bool:
    """Return whether a connection that was used has been closed, or holds unexpected bytes."""
    connection = _innermost(http)
    return connection is not None and (connection.is_closed() or connection.has_expired())


def is_idle(http: HTTP) -> bool:
    """Return whether the response was read to its end, and nothing came after it."""
    connection = _innermost(http)
    return (
        connection is not None
        and connection.is_idle()
        and not connection._h11_state.trailing_data[0]
        and not _has_decrypted(connection._network_stream.get_extra_info("ssl_object"))
    )


def _has_decrypted(tls: Any) -> bool:  # noqa: ANN401  the ssl module's, also its private one of a socket
    """Return whether TLS has taken bytes from its socket that nobody has read."""
    if tls is None:
        return False
    if not isinstance(tls, ssl.SSLObject):
        return bool(tls.pending())
    try:
        return bool(tls.read(1))
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True
