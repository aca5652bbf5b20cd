"""Tell how long an idle connection may be kept open."""

from __future__ import annotations

import re
from collections.abc import Iterable

KEEPALIVE = 50.0
"""Seconds. Common load balancers close idle connections after 60."""

_TIMEOUT = re.compile(rb"(?:^|,)\s*timeout\s*=\s*(\d+)\s*(?=,|$)", re.IGNORECASE)


def idle_seconds(headers: Iterable[tuple[bytes, bytes]], keepalive: float) -> float:
    """Return how long a connection may be idle after a response: `keepalive`, or less if its Keep-Alive says so.

    A server that closes connections after N idle seconds does so as the request of the Nth second arrives, so the
    client closes them a second earlier. None is kept open if the result is not above zero.
    """
    told = [float(n) for name, value in headers if name.lower() == b"keep-alive" for n in _TIMEOUT.findall(value)]
    return min([keepalive, *(seconds - 1 for seconds in told)])
