"""Which sender an async client has: by what the user or the environment asks for, or else the fastest that is there."""

from __future__ import annotations

from importlib.util import find_spec

import httpx

from signalwire_streams._async_pools import AsyncPoolPerConnection
from signalwire_streams._async_senders import AsyncSender
from signalwire_streams._http import (
    DEFAULT_TIMEOUT,
    LIMITS,
    UNUSABLE,
    has_proxies,
    tls_context,
    trusts_environment,
    unusable,
)


def make_async_sender(base_url: str, transport: httpx.AsyncBaseTransport | None) -> AsyncSender:
    """Return what to send with, where the user has no client of his own. Raises SettingsError."""
    trust_env = trusts_environment(base_url)
    try:
        if transport is None and not (trust_env and has_proxies()):
            context = tls_context(base_url)
            by_httpx = AsyncPoolPerConnection(LIMITS, context)
            if find_spec("aiohttp") is None:
                return AsyncSender(by_httpx)
            from signalwire_streams._aiohttp import AiohttpSender  # noqa: PLC0415  an extra

            return AiohttpSender(LIMITS, context, by_httpx)
        client = httpx.AsyncClient(transport=transport, timeout=DEFAULT_TIMEOUT, limits=LIMITS, trust_env=trust_env)
    except UNUSABLE as error:
        raise unusable(error) from None
    return AsyncSender(client)
