"""Routes: where the mock connects for a URL. Without a route, it connects to this machine only."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import attrs

_PORTS = {"ws": 80, "wss": 443, "http": 80, "https": 443}
_PROTOCOLS = {"ws": "WebSocket", "wss": "WebSocket", "http": "HTTP", "https": "HTTP"}


@attrs.frozen
class Origin:
    """A scheme, a host and a port."""

    scheme: str
    host: str
    """The host in lower case. An IPv6 address has no brackets."""
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Return the origin of a URL. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            # Without the URL itself, because it may contain credentials.
            raise ValueError("The URL must start with wss://, ws://, https:// or http:// and have a host.")
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])

    @property
    def is_secure(self) -> bool:
        """Whether it uses TLS."""
        return self.scheme in {"wss", "https"}

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, which is known without asking a name server."""
        return self.host == "localhost" or _is_loopback(self.host)

    @property
    def netloc(self) -> str:
        """The host and port, written as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Routes:
    """The routes of a mock, each from an origin to the origin to connect to instead."""

    def __init__(self, routes: Mapping[str, str] | None = None) -> None:
        self._targets: dict[Origin, Origin] = {}
        for prefix, target in (routes or {}).items():
            self.add(prefix, target)
        self._initial = self._targets.copy()

    def reset(self) -> None:
        """Remove the routes that were added later."""
        self._targets = self._initial.copy()

    def add(self, prefix: str, target: str) -> None:
        """Add a route. Raises ValueError."""
        source, destination = _require_origin(prefix), _require_origin(target)
        if _PROTOCOLS[source.scheme] != _PROTOCOLS[destination.scheme]:
            raise ValueError(
                f"A route cannot lead from {_PROTOCOLS[source.scheme]} to {_PROTOCOLS[destination.scheme]}: "
                f"{prefix!r} to {target!r}. Use the same protocol on both sides."
            )
        if source.scheme == "ws":
            raise ValueError(f"A route cannot start at {prefix!r}, because streams need TLS. Use wss:// there.")
        if not destination.is_secure and not destination.is_loopback:
            raise ValueError(
                f"A route cannot lead to {target!r}, because it is unencrypted and leaves this machine. "
                "Use wss://, https:// or a loopback address."
            )
        self._targets[source] = destination

    def find(self, url: str) -> Origin | None:
        """Return where to connect for a URL: the target of its route, or this machine. None means nowhere.

        Raises ValueError for URLs that the document allows but that are invalid, such as `wss://[0]`.
        """
        origin = Origin.of(url)
        return self._targets.get(origin) or (origin if origin.is_loopback else None)


async def resolve(origin: Origin) -> Sequence[tuple[Any, ...]]:
    """Return the addresses of an origin, as `getaddrinfo` does. For `localhost`, return loopback addresses only.

    Raises OSError if there is none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    if origin.host == "localhost":
        found = [address for address in found if _is_loopback(str(address[4][0]))]
    if not found:
        raise OSError(f"{origin.host} does not resolve to a loopback address.")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _require_origin(url: str) -> Origin:
    parts = urlsplit(url)
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        host = parts.netloc.rpartition("@")[2]
        raise ValueError(f"The route of {host!r} has more than a scheme, host and port. Leave the rest out.")
    return Origin.of(url)
