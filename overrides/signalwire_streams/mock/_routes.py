"""Where the mock really connects for a URL that the user's code names: on this machine, unless it is told otherwise."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import attrs

_PORTS = {"ws": 80, "wss": 443, "http": 80, "https": 443}
_KINDS = {"ws": "a WebSocket", "wss": "a WebSocket", "http": "HTTP", "https": "HTTP"}


@attrs.frozen
class Origin:
    """A scheme, a host and a port."""

    scheme: str
    host: str
    """In lower case, an IPv6 address without its brackets."""
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Return the origin of a URL. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(
                "What is no URL with a host cannot be routed: expected wss://, ws://, https:// or http://."
            )
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])

    @property
    def is_secure(self) -> bool:
        """Whether TLS is spoken there."""
        return self.scheme in {"wss", "https"}

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, for which no name server is to be asked."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def netloc(self) -> str:
        """The host and port as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Routes:
    """Prefixes of the URLs that the user's code names, each with the origin where the mock connects instead."""

    def __init__(self, routes: Mapping[str, str] | None = None) -> None:
        self._targets: dict[Origin, Origin] = {}
        for prefix, target in (routes or {}).items():
            self.add(prefix, target)
        self._made_with = self._targets.copy()

    def reset(self) -> None:
        """Forget what was added since."""
        self._targets = self._made_with.copy()

    def add(self, prefix: str, target: str) -> None:
        """Send what names `prefix`, a scheme, host and perhaps port, to `target`. Raises ValueError."""
        named, really = _bare(prefix), _bare(target)
        if _KINDS[named.scheme] != _KINDS[really.scheme]:
            raise ValueError(f"A route cannot lead from {prefix!r} to {target!r}: one is WebSocket, the other HTTP.")
        if named.scheme == "ws":
            raise ValueError(f"{prefix!r} is no URL that a stream may have: expected wss://.")
        if not really.is_secure and not really.is_loopback:
            raise ValueError(f"{target!r} would be reached in cleartext, which is for loopback addresses only.")
        self._targets[named] = really

    def find(self, url: str) -> Origin | None:
        """Return where to connect for a URL: where its route leads, itself if it is this machine, else None.

        Raises ValueError for what the document allows and is no URL all the same, such as `wss://[0]`.
        """
        origin = Origin.of(url)
        return self._targets.get(origin) or (origin if origin.is_loopback else None)


def _bare(url: str) -> Origin:
    parts = urlsplit(url)
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        host = parts.netloc.rpartition("@")[2]
        raise ValueError(f"The route of {host!r} is more than a scheme, a host and a port.")
    return Origin.of(url)
