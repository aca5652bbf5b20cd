"""Status callbacks: signed, sent where the user's code asked for them, tried three times, and recorded."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import attrs
import httpx

from signalwire_streams._settings import Secret
from signalwire_streams.mock._routes import Origin, Routes
from signalwire_streams.mock._stream import MockStream
from signalwire_streams.mock._tls import Trust

ATTEMPTS = 3
# In seconds: to connect, to wait for the answer, and both; and how a fragment such as #ot=2000 names them.
_TIMEOUTS = {"ot": 2.0, "rt": 5.0, "tt": 15.0}


@attrs.frozen
class RecordedCallback:
    """A status callback that the mock made, as it ended."""

    event: str
    """`stream-started`, `stream-stopped` or `stream-error`."""
    stream_sid: str
    url: str = attrs.field(repr=False)
    """As the user's code named it; it may hold credentials, and so is not in the `repr`."""
    method: str
    fields: Mapping[str, str] = attrs.field(repr=False)
    """Its parameters."""
    attempts: int
    """How often it was sent: 0 where its URL is neither of this machine nor routed."""
    status: int | None
    """The HTTP status of the last answer; None where none came."""
    delivered: bool
    """Whether it was answered with a status from 200 to 299."""
    problem: str | None = None
    """Why it was not delivered."""


class Callbacks:
    """Sends callbacks, in one event loop."""

    def __init__(self, routes: Routes, trust: Trust, signing_key: Secret) -> None:
        self._routes = routes
        self._trust = trust
        self._key = signing_key
        self._clients: dict[bool, httpx.AsyncClient] = {}

    async def send(self, stream: MockStream, fields: Mapping[str, str]) -> RecordedCallback:
        """Send a callback, up to three times, and return what became of it."""
        url, method = stream.status_callback or "", stream.status_callback_method
        attempts, status, problem = 0, None, "Its URL is neither of this machine nor routed."
        try:
            origin = self._routes.find(url)
        except ValueError:
            origin, problem = None, "Its URL is not valid."
        if origin is not None:
            request = self._request(url, method, fields, origin)
            while attempts < ATTEMPTS and (status is None or status >= 500):
                attempts += 1
                status, problem = await self._attempt(request, origin, url)
        delivered = status is not None and 200 <= status < 300
        told = None if delivered else problem
        return RecordedCallback(
            fields["StreamEvent"], stream.sid, url, method, fields, attempts, status, delivered, told
        )

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    def _request(self, url: str, method: str, fields: Mapping[str, str], origin: Origin) -> _Request:
        named = urlsplit(url)
        host = named.netloc.rpartition("@")[2]
        query = "&".join(filter(None, [named.query, urlencode(fields) if method == "GET" else ""]))
        resource = (named.path or "/") + (f"?{query}" if query else "")
        signature = sign(self._key, f"{named.scheme}://{host}{resource}", fields if method == "POST" else {})
        # As behind a proxy: host and scheme are those that the user's code names, wherever the request really goes.
        headers = {"Host": host, "X-Forwarded-Proto": named.scheme, "X-SignalWire-Signature": signature}
        user = (named.username or "", named.password or "") if "@" in named.netloc else None
        return _Request(
            method=method,
            url=f"{origin.scheme}://{origin.netloc}{resource}",
            resource=resource.encode("ascii"),
            headers=headers,
            data=fields if method == "POST" else None,
            user=user,
        )

    async def _attempt(self, request: _Request, origin: Origin, url: str) -> tuple[int | None, str]:
        client = self._clients.get(origin.is_secure)
        if client is None:
            verify = self._trust.context if origin.is_secure else False
            client = self._clients[origin.is_secure] = httpx.AsyncClient(verify=verify, trust_env=False)
        connect, read, total = _timeouts(url)
        timeout = httpx.Timeout(read, connect=connect)
        try:
            async with (
                asyncio.timeout(total),
                client.stream(
                    request.method,
                    request.url,
                    headers=request.headers,
                    data=request.data,
                    auth=request.user,
                    timeout=timeout,
                    extensions={"target": request.resource},
                ) as response,  # its body is not looked at
            ):
                return response.status_code, f"It was answered with the HTTP status {response.status_code}."
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
            return None, f"No answer came: {type(error).__name__}."


@attrs.frozen
class _Request:
    method: str
    url: str
    resource: bytes
    """Path and query as they are sent, since httpx would fold dots in a path, which the signature is over."""
    headers: dict[str, str] = attrs.field(repr=False)
    data: Mapping[str, str] | None = attrs.field(repr=False)
    user: tuple[str, str] | None = attrs.field(repr=False)


def sign(key: Secret, url: str, fields: Mapping[str, str]) -> str:
    """Return the signature of a request to the URL with these parameters in its body."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(key.value.encode(), text.encode(), "sha1")).decode("ascii")


def _timeouts(url: str) -> list[float]:
    fragment = dict(parse_qsl(urlsplit(url).fragment))
    return [
        int(fragment[name][:9]) / 1000 if fragment.get(name, "").isdecimal() else default
        for name, default in _TIMEOUTS.items()
    ]
