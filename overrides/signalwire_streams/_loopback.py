"""Tell whether a host is this machine, and whether a request comes from a web page of elsewhere.

A page in the user's browser can reach servers on loopback: by a form, or by a host name of its own that resolves to
127.0.0.1 (DNS rebinding). Its requests have a foreign `Origin` or `Host`. Other clients send no `Origin`.
"""

from __future__ import annotations

import ipaddress
import re

_HOST_HEADER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]*)?")


def is_loopback(name: str) -> bool:
    """Tell whether a host name or IP address is this machine, without asking a name server.

    `name`: in lower case. An IPv6 address may have brackets.
    """
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def is_loopback_host(host_header: str) -> bool:
    """Tell whether a `Host` header names this machine.

    That is `localhost`, a name below it, a loopback address, or the name that containers have for their host.
    """
    match = _HOST_HEADER.fullmatch(host_header)
    if match is None:
        return False
    name = match[1].lower()
    return name.endswith(".localhost") or name == "host.docker.internal" or is_loopback(name)


def is_own_origin(origin: str, host_header: str) -> bool:
    """Tell whether an `Origin` header is that of a page from the server itself, which the `Host` header names."""
    scheme, _, host = origin.lower().partition("://")
    return scheme in {"http", "https"} and host != "" and host == host_header.lower()
