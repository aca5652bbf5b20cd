"""Open a pool for a client, with the certificates and proxies of the environment."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import TypeVar
from urllib.request import getproxies

import httpcore
import httpx

from signalwire_streams._errors import SettingsError
from signalwire_streams._transport import _httpcore
from signalwire_streams._transport._certificates import tls_context
from signalwire_streams._transport._connections import Connection
from signalwire_streams._transport._pools import AsyncConnectionPool, ConnectionPool
from signalwire_streams._transport._sockets import AsyncConnectionSocket, ConnectionSocket

# SignalWire accepts 1,380 requests a second. Where a response takes 180 ms, that is 250 in flight.
MAX_CONNECTIONS = 250


def open_pool(base_url: str, keepalive: float) -> tuple[ConnectionPool, httpx.HTTPTransport]:
    """Return a pool, and the transport of httpx that sends through it. Raises SettingsError."""
    pool = ConnectionPool(_make_connection(base_url), MAX_CONNECTIONS, keepalive)
    transport = httpx.HTTPTransport(verify=_NO_TLS)
    _httpcore.send_through(transport, pool)
    return pool, transport


def open_async_pool(base_url: str, keepalive: float) -> tuple[AsyncConnectionPool, httpx.AsyncHTTPTransport]:
    """Return an async pool, and the transport of httpx that sends through it. Raises SettingsError."""
    pool = AsyncConnectionPool(_make_async_connection(base_url), MAX_CONNECTIONS, keepalive)
    transport = httpx.AsyncHTTPTransport(verify=_NO_TLS)
    _httpcore.send_through(transport, pool)
    return pool, transport


# For http:. Reading all CA certificates takes some 30 ms, which tests against a mock need not wait for.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)


def _make_connection(base_url: str) -> Callable[[], Connection[ConnectionSocket]]:
    context, has_proxies = _tls_context(base_url), _has_proxies(base_url)
    origin = httpcore.URL(base_url).origin

    def make() -> Connection[ConnectionSocket]:
        socket = ConnectionSocket()
        if has_proxies:
            client = httpx.Client(verify=context, limits=_ONE)
            return Connection(socket, _httpcore.proxied(client, base_url, socket))
        return Connection(socket, httpcore.HTTPConnection(origin, ssl_context=context, network_backend=socket))

    _try(make)
    return lambda: _try(make)  # the environment may change


def _make_async_connection(base_url: str) -> Callable[[], Connection[AsyncConnectionSocket]]:
    context, has_proxies = _tls_context(base_url), _has_proxies(base_url)
    origin = httpcore.URL(base_url).origin

    def make() -> Connection[AsyncConnectionSocket]:
        socket = AsyncConnectionSocket()
        if has_proxies:
            client = httpx.AsyncClient(verify=context, limits=_ONE)
            return Connection(socket, _httpcore.proxied(client, base_url, socket))
        return Connection(socket, httpcore.AsyncHTTPConnection(origin, ssl_context=context, network_backend=socket))

    _try(make)
    return lambda: _try(make)  # the environment may change


def _has_proxies(base_url: str) -> bool:
    # http: is a loopback address. A proxy could not reach it, and would see the token.
    return not base_url.startswith("http:") and bool(getproxies().keys() - {"no"})


def _tls_context(base_url: str) -> ssl.SSLContext:
    if base_url.startswith("http:"):
        return _NO_TLS
    return _try(tls_context)


_T = TypeVar("_T")


def _try(make: Callable[[], _T]) -> _T:
    """Return what `make` makes. Raises SettingsError where httpx cannot work with the environment."""
    try:
        return make()
    except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
        raise SettingsError(
            f"The proxy or certificate settings of the environment are invalid ({type(error).__name__}). "
            "Check HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR."
        ) from error
