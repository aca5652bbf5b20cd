"""Status callbacks: signed, sent up to three times, and recorded."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import attrs
import httpx

from signalwire_streams.mock._records import MockStream, RecordedCallback
from signalwire_streams.mock._streams.routes import Origin, Routes
from signalwire_streams.mock._streams.tls import TrustStore

MAX_ATTEMPTS = 3
# In seconds: to connect, to read, and in total. The names are those of a URL's fragment, such as #ot=2000.
_TIMEOUTS = {"ot": 2.0, "rt": 5.0, "tt": 15.0}


def event_fields(stream: MockStream, event: str, error: str | None) -> dict[str, str]:
    """Return the parameters of the callback for an event that happens now."""
    return {
        "AccountSid": stream.account_sid,
        "CallSid": stream.call_sid,
        "StreamSid": stream.sid,
        "StreamName": stream.name,
        "StreamEvent": event,
        **({"StreamError": error} if error else {}),
        "StreamTrack": stream.track,
        "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "Unique-ID": stream.call_sid,
    }


class CallbackSender:
    """Sends status callbacks in one event loop."""

    def __init__(self, routes: Routes, trust: TrustStore, signing_key: str) -> None:
        self._routes = routes
        self._trust = trust
        self._signing_key = signing_key
        self._clients: dict[bool, httpx.AsyncClient] = {}

    async def send(self, stream: MockStream, fields: Mapping[str, str]) -> RecordedCallback:
        """Send a callback, up to three times, and return its record."""
        url, method = stream.status_callback or "", stream.status_callback_method
        attempts, status, problem = 0, None, "The URL is not on this machine and has no route."
        try:
            origin = self._routes.find(url)
        except ValueError:
            origin, problem = None, "The URL is not valid."
        if origin is not None:
            request = self._prepare(url, method, fields, origin)
            while attempts < MAX_ATTEMPTS and (status is None or status >= 500):
                attempts += 1
                status, problem = await self._attempt(request, origin, url)
        delivered = status is not None and 200 <= status < 300
        return RecordedCallback(
            event=fields["StreamEvent"],
            stream_sid=stream.sid,
            url=url,
            method=method,
            fields=fields,
            attempts=attempts,
            status=status,
            delivered=delivered,
            problem=None if delivered else problem,
        )

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    def _prepare(self, url: str, method: str, fields: Mapping[str, str], origin: Origin) -> _PreparedRequest:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        query = "&".join(filter(None, [parts.query, urlencode(fields) if method == "GET" else ""]))
        target = (parts.path or "/") + (f"?{query}" if query else "")
        signed_url = f"{parts.scheme}://{host}{target}"
        return _PreparedRequest(
            method=method,
            url=f"{origin.scheme}://{origin.netloc}{target}",
            target=target.encode("ascii"),
            # As behind a proxy, host and scheme are from the callback's URL, wherever the request really goes.
            headers={
                "Host": host,
                "X-Forwarded-Proto": parts.scheme,
                "X-SignalWire-Signature": sign(self._signing_key, signed_url, fields if method == "POST" else {}),
            },
            data=fields if method == "POST" else None,
            credentials=(parts.username or "", parts.password or "") if "@" in parts.netloc else None,
        )

    async def _attempt(self, request: _PreparedRequest, origin: Origin, url: str) -> tuple[int | None, str]:
        client = self._clients.get(origin.is_secure)
        if client is None:
            verify = self._trust.context if origin.is_secure else False
            client = self._clients[origin.is_secure] = httpx.AsyncClient(verify=verify, trust_env=False)
        connect, read, total = _timeouts(url)
        try:
            async with (
                asyncio.timeout(total),
                client.stream(
                    request.method,
                    request.url,
                    headers=request.headers,
                    data=request.data,
                    auth=request.credentials,
                    timeout=httpx.Timeout(read, connect=connect),
                    extensions={"target": request.target},
                ) as response,  # the status is enough, so the body is not read
            ):
                return response.status_code, f"The response was HTTP status {response.status_code}."
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
            return None, f"There was no response: {type(error).__name__}."


@attrs.frozen
class _PreparedRequest:
    method: str
    url: str
    target: bytes
    """Path and query as sent. httpx would remove dots from the path, which would break the signature."""
    headers: dict[str, str] = attrs.field(repr=False)
    data: Mapping[str, str] | None = attrs.field(repr=False)
    credentials: tuple[str, str] | None = attrs.field(repr=False)


def sign(key: str, url: str, fields: Mapping[str, str]) -> str:
    """Return the signature of a request.

    `fields`: the parameters in its body.
    """
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha1")).decode("ascii")


def _timeouts(url: str) -> list[float]:
    fragment = dict(parse_qsl(urlsplit(url).fragment))
    return [
        int(fragment[name][:9]) / 1000 if fragment.get(name, "").isdecimal() else default
        for name, default in _TIMEOUTS.items()
    ]
