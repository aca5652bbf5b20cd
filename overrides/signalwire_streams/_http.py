"""What both kinds of client have in common where they meet httpx."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.request import getproxies

import httpx

from signalwire_streams._errors import ClientStateError, SettingsError
from signalwire_streams._requests import Request

DEFAULT_TIMEOUT = httpx.Timeout(10.0)
# The service admits 1,380 requests a second: 250 in flight, where an answer takes 180 ms. All are kept for the next
# burst.
LIMITS = httpx.Limits(max_connections=250, max_keepalive_connections=250)

# For a client of httpx: the token is in the headers already, and must not follow a redirect; the body is read up to a
# limit.
SEND: dict[str, Any] = {"stream": True, "auth": None, "follow_redirects": False}

UNUSABLE = (ImportError, ValueError, OSError, httpx.InvalidURL)
"""What httpx raises where it cannot work with the environment's settings."""


class Arguments:
    """Makes the arguments of httpx's request out of one of ours."""

    def __init__(self) -> None:
        self._headers: tuple[Mapping[str, str], httpx.Headers] = ({}, httpx.Headers())

    def __call__(self, request: Request, timeouts: Mapping[str, float]) -> dict[str, Any]:
        """Return what makes the request; the headers, which hardly ever change, are made once."""
        given, headers = self._headers
        if given != request.headers:
            headers = httpx.Headers(request.headers)
            self._headers = request.headers, headers
        return {
            "method": request.method,
            "url": request.url,
            "headers": headers,
            "content": request.content,
            "extensions": {"timeout": timeouts},
        }


def check_http(transport: object, transport_kind: type, http_client: object, client_kind: type) -> None:
    """Take a transport or a client of httpx of the right kind, not both. Raises SettingsError."""
    if transport is not None and http_client is not None:
        raise SettingsError("transport and http_client are both given; give the transport to the http_client.")
    for name, given, kind in (("transport", transport, transport_kind), ("http_client", http_client, client_kind)):
        if given is not None and not isinstance(given, kind):
            raise SettingsError(f"{name} is of type {type(given).__name__}; expected an httpx.{kind.__name__}.")


def trusts_environment(base_url: str) -> bool:
    """Tell whether proxies and certificates of the environment are to be used."""
    # A proxy would see the token of a request in cleartext, and could not reach this machine's loopback anyway.
    return not base_url.startswith("http:")


def tls_context(base_url: str) -> ssl.SSLContext:
    """Return what connections are secured by. Raises one of UNUSABLE."""
    if base_url.startswith("http:"):  # none is: to read all the certificates would take some 35 ms of each test
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.create_ssl_context()


def has_proxies() -> bool:
    """Tell whether the environment names a proxy, which a client of httpx knows how to use."""
    return bool(getproxies().keys() - {"no"})


def closed() -> ClientStateError:
    """Return the error to raise for a call of a client that is closed."""
    return ClientStateError("The client is closed; make a new one, or do all its work before it is closed.")


def unusable(error: Exception) -> SettingsError:
    """Return the error to raise for one of UNUSABLE."""
    return SettingsError(
        f"httpx cannot work with the environment's proxy or certificate settings: {type(error).__name__}. "
        "See HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR."
    )
