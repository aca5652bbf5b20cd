"""Status callbacks: signed, sent up to three times, redirected up to three times, and recorded."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import attrs
import httpx

from signalwire_streams.mock._records import CallbackAttempt, MockStream, RecordedCallback, now
from signalwire_streams.mock._state import State
from signalwire_streams.mock._streams.routes import Origin, Routes, resolve
from signalwire_streams.mock._streams.tls import TrustStore

MAX_ATTEMPTS = 3
MAX_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_REDIRECTS_OF_A_POST = (307, 308)
"""Redirects that repeat the request. After the others, a POST becomes a GET without parameters, as in browsers."""
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"
"""The characters of a URL that are not encoded in a `Location` header, beside letters, digits and `-._`."""
_TIMEOUTS = {"ot": (100, 2000, 10000), "rt": (100, 5000, 15000), "tt": (100, 15000, 15000)}
"""The minimum, default and maximum of each timeout in milliseconds: to connect, to read, and in total.

The names are those of a URL's fragment, such as `#ot=2000`.
"""


def event_fields(stream: MockStream, event: str, error: str | None) -> dict[str, str]:
    """Return the parameters of the callback for an event that happens now."""
    return {
        "AccountSid": stream.account_sid,
        "CallSid": stream.parent[1],
        "StreamSid": stream.sid,
        "StreamName": stream.name,
        "StreamEvent": event,
        **({"StreamError": error} if error else {}),
        "StreamTrack": stream.track,
        "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "Unique-ID": stream.parent[1],
        **({"ConferenceSid": stream.conference_sid} if stream.conference_sid else {}),
    }


class _UnreachableError(Exception):
    """The mock does not connect to a URL."""


class CallbackSender:
    """Sends status callbacks in one event loop."""

    def __init__(self, state: State, routes: Routes, trust: TrustStore, signing_key: str) -> None:
        self._state = state
        self._routes = routes
        self._trust = trust
        self._signing_key = signing_key
        self._transports: dict[bool, httpx.AsyncHTTPTransport] = {}

    async def send(
        self, url: str, method: str, fields: Mapping[str, str], *, is_signature_valid: bool = True
    ) -> RecordedCallback:
        """Send a callback, up to three times, and return its record. The state gets a record after each attempt.

        `is_signature_valid`: False signs with another key.
        """
        connect, read, total = read_timeouts(url)
        key = self._signing_key if is_signature_valid else f"not {self._signing_key}"
        number, begun = self._state.next_callback_id(), now()
        outcomes: list[int | str] = []
        log: list[CallbackAttempt] = []
        request: _PreparedRequest | None = None

        def note(*, final: bool, problem: str | None = None) -> RecordedCallback:
            status = log[-1].status if log else None
            callback = RecordedCallback(
                event=fields["StreamEvent"],
                stream_sid=fields["StreamSid"],
                url=url,
                method=method,
                fields=fields,
                attempts=len(log),
                status=status,
                delivered=_is_success(status),
                problem=log[-1].problem if log else problem,
                outcomes=tuple(outcomes),
                id=number,
                time=begun,
                attempt_log=tuple(log),
                final=final,
                signed_text=request.signed_text if request else None,
                signature=request.headers["X-SignalWire-Signature"] if request else None,
            )
            self._state.add_attempt(callback)
            return callback

        started_at, start = begun, monotonic()
        try:
            request = self._prepare(url, method, fields, httpx.Timeout(read, connect=connect), key)
            async with asyncio.timeout(total):  # all attempts together
                while True:
                    started_at, start = now(), monotonic()
                    status, problem = await self._attempt(request, outcomes)
                    log.append(CallbackAttempt(started_at, monotonic() - start, status, problem))
                    if len(log) == MAX_ATTEMPTS or (status is not None and status < 500):
                        return note(final=True)
                    note(final=False)
        except TimeoutError:
            outcomes.append(problem := "There was no response: TimeoutError.")
            log.append(CallbackAttempt(started_at, monotonic() - start, None, problem))
            return note(final=True)
        except _UnreachableError as error:
            return note(final=True, problem=str(error))

    async def close(self) -> None:
        """Close the connections."""
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()

    def _prepare(
        self, url: str, method: str, fields: Mapping[str, str], timeouts: httpx.Timeout, key: str
    ) -> _PreparedRequest:
        """Sign a request. Raises _UnreachableError."""
        try:
            origin = self._routes.find(url)
        except ValueError:
            raise _UnreachableError("The URL is not valid.") from None
        if origin is None or origin.scheme not in {"http", "https"}:
            raise _UnreachableError("The URL is not on this machine and has no route.")
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        query = "&".join(filter(None, [parts.query, urlencode(fields) if method == "GET" else ""]))
        target = (parts.path or "/") + (f"?{query}" if query else "")
        signed_text = text_to_sign(f"{parts.scheme}://{host}{target}", fields if method == "POST" else {})
        return _PreparedRequest(
            url=url,
            origin=origin,
            timeouts=timeouts,
            method=method,
            target=target,
            # As behind a proxy, host and scheme are from the callback's URL, wherever the request really goes.
            headers={
                "Host": host,
                "X-Forwarded-Proto": parts.scheme,
                "X-SignalWire-Signature": sign(key, signed_text),
                **({"Authorization": _basic(parts.username, parts.password)} if "@" in parts.netloc else {}),
            },
            fields=fields,
            key=key,
            signed_text=signed_text,
        )

    async def _attempt(self, request: _PreparedRequest, outcomes: list[int | str]) -> tuple[int | None, str | None]:
        """Send a request and follow redirects. Returns the last status, and the problem if it is no success.

        `outcomes`: receives the status or the problem of each request.
        """
        redirects = 0
        while True:
            try:
                response = await self._request(request)
            except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
                described = str(error) if isinstance(error, OSError) else f"{type(error).__name__}."
                outcomes.append(problem := f"There was no response: {described}")
                return None, problem
            status, location = response.status_code, response.headers.get("Location")
            outcomes.append(status)
            if _is_success(status):
                return status, None
            problem = f"The response was HTTP status {status}."
            if status not in _REDIRECTS or location is None:
                return status, problem
            if redirects == MAX_REDIRECTS:
                return status, f"{problem} The mock follows {MAX_REDIRECTS} redirects."
            try:
                request = self._redirect(request, status, location)
            except _UnreachableError as error:
                return status, f"{problem} The redirect was not followed. {error}"
            redirects += 1

    def _redirect(self, request: _PreparedRequest, status: int, location: str) -> _PreparedRequest:
        """Prepare the request that a redirect asks for. Raises _UnreachableError."""
        try:
            url = urljoin(request.url, quote(location, safe=_URL_CHARACTERS))
            parts, old_netloc = urlsplit(url), urlsplit(request.url).netloc
            if "@" in old_netloc and "@" not in parts.netloc and Origin.of(url) == Origin.of(request.url):
                # The credentials stay with their origin.
                url = parts._replace(netloc=f"{old_netloc.rpartition('@')[0]}@{parts.netloc}").geturl()
        except ValueError:
            raise _UnreachableError("The URL is not valid.") from None
        if request.method == "POST" and status in _REDIRECTS_OF_A_POST:
            return self._prepare(url, "POST", request.fields, request.timeouts, request.key)
        return self._prepare(url, "GET", {}, request.timeouts, request.key)

    async def _request(self, request: _PreparedRequest) -> httpx.Response:
        """Return the response without its body. Raises the errors of httpx, UnicodeError and OSError."""
        origin = request.origin
        # Without a client of httpx, which would keep cookies for other receivers and interpret redirects.
        transport = self._transports.get(origin.is_secure)
        if transport is None:
            verify = self._trust.context if origin.is_secure else False
            transport = self._transports[origin.is_secure] = httpx.AsyncHTTPTransport(verify=verify, trust_env=False)
        hosts = [origin.host]
        if origin.host == "localhost":  # httpx would connect to any address that localhost resolves to
            hosts = [str(address[0]) for *_, address in await resolve(origin)]
        while True:
            netloc = attrs.evolve(origin, host=hosts.pop(0)).netloc
            sent = httpx.Request(
                request.method,
                f"{origin.scheme}://{netloc}{request.target}",
                headers=request.headers,
                data=request.fields if request.method == "POST" else None,
                extensions={
                    "target": request.target.encode("ascii"),
                    "sni_hostname": origin.host,
                    "timeout": request.timeouts.as_dict(),
                },
            )
            try:
                response = await transport.handle_async_request(sent)
            except httpx.ConnectError:
                if not hosts:
                    raise
            else:
                await response.aclose()  # the status is enough, so the body is not read
                return response


@attrs.frozen
class _PreparedRequest:
    url: str = attrs.field(repr=False)
    origin: Origin
    timeouts: httpx.Timeout
    method: str
    target: str
    """Path and query as sent. httpx would remove dots from the path, which would break the signature."""
    headers: dict[str, str] = attrs.field(repr=False)
    fields: Mapping[str, str] = attrs.field(repr=False)
    key: str = attrs.field(repr=False)
    """The key to sign with, which redirects keep."""
    signed_text: str = attrs.field(repr=False)


def _is_success(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _basic(user: str | None, password: str | None) -> str:
    return "Basic " + base64.b64encode(f"{user or ''}:{password or ''}".encode()).decode("ascii")


def text_to_sign(url: str, fields: Mapping[str, str]) -> str:
    """Return the text that the signature of a request is for.

    `fields`: the parameters in its body.
    """
    return url + "".join(name + fields[name] for name in sorted(fields))


def sign(key: str, text: str) -> str:
    """Return the signature of a text."""
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha1")).decode("ascii")


def read_timeouts(url: str) -> list[float]:
    """Return the timeouts in seconds. Numbers out of range count as the nearest limit, other values as missing."""
    fragment = dict(parse_qsl(url.partition("#")[2]))
    return [
        min(max(int(fragment[name][:9]), low), high) / 1000 if fragment.get(name, "").isdecimal() else default / 1000
        for name, (low, default, high) in _TIMEOUTS.items()
    ]
