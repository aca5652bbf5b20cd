"""Which sender a sync client has: by what the user or the environment asks for, or else our own pool."""

from __future__ import annotations

import httpx

from signalwire_streams._http import (
    DEFAULT_TIMEOUT,
    LIMITS,
    UNUSABLE,
    has_proxies,
    tls_context,
    trusts_environment,
    unusable,
)
from signalwire_streams._senders import Sender


def make_sender(base_url: str, transport: httpx.BaseTransport | None) -> Sender:
    """Return what to send with, where the user has no client of his own. Raises SettingsError."""
    # httpx too loads httpcore no sooner than here.
    from signalwire_streams._backend import enforce_deadlines  # noqa: PLC0415  as said
    from signalwire_streams._pools import PoolPerConnection  # noqa: PLC0415  as said

    trust_env = trusts_environment(base_url)
    try:
        if transport is None and not (trust_env and has_proxies()):
            return Sender(PoolPerConnection(LIMITS, tls_context(base_url)))
        client = httpx.Client(transport=transport, timeout=DEFAULT_TIMEOUT, limits=LIMITS, trust_env=trust_env)
    except UNUSABLE as error:
        raise unusable(error) from None
    enforce_deadlines(client._transport, *client._mounts.values())
    return Sender(client)
