"""Routes: where the mock connects for a URL. Without a route, it connects to this machine only."""

from __future__ import annotations

import asyncio
import difflib
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import attrs

from signalwire_streams.mock._records import MissingRoute

_MAX_HOST_NAME = 253
_SIMILARITY = 0.9
"""How much of two host names must agree to take one for a typing error of the other."""
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

    def __str__(self) -> str:
        """Return the start of a URL, without the scheme's own port."""
        return f"{self.scheme}://{self.netloc}".removesuffix(f":{_PORTS[self.scheme]}")


class Routes:
    """The routes of a mock, each from an origin to the origin to connect to instead."""

    def __init__(self, routes: Mapping[str, str] | None = None) -> None:
        self._targets: dict[Origin, Origin] = {}
        for prefix, target in (routes or {}).items():
            self.add(prefix, target)
        self._initial = self._targets.copy()

    @property
    def shown(self) -> dict[str, str]:
        """The routes, from prefix to target."""
        return {str(source): str(target) for source, target in self._targets.copy().items()}

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

    def missing(self, url: str) -> MissingRoute:
        """Return the route that a URL lacks. Raises ValueError for invalid URLs."""
        origin = Origin.of(url)
        return MissingRoute(str(origin), self._nearest(origin))

    def _nearest(self, origin: Origin) -> str | None:
        """Return the route that `origin` may be a typing error of: another scheme, port or letter, or `www.`."""
        host = origin.host.removeprefix("www.")
        if len(host) > _MAX_HOST_NAME:  # comparing takes long, and no server has such a name
            return None
        by_likeness = sorted(self._targets.copy(), key=lambda known: known.scheme == origin.scheme)
        by_host = {known.host.removeprefix("www."): known for known in by_likeness}
        names = difflib.get_close_matches(host, by_host, n=1, cutoff=_SIMILARITY)
        return str(by_host[names[0]]) if names else None


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
    origin, parts = Origin.of(url), urlsplit(url)
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        host = parts.netloc.rpartition("@")[2]
        raise ValueError(f"The route of {host!r} has more than a scheme, host and port. Leave the rest out.")
    return origin
