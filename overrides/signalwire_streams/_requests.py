"""The requests of the API, from arguments in Python. No input or output happens here."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, TypedDict
from urllib.parse import quote_plus, urlsplit

import attrs
import httpx
from signalwire_streams_api.api.streams import start_stream, stop_stream
from signalwire_streams_api.models import StartStreamForm, StatusCallbackMethod, StopStreamForm, Track
from signalwire_streams_api.models.status_callback_method import STATUS_CALLBACK_METHOD_VALUES
from signalwire_streams_api.models.track import TRACK_VALUES

from signalwire_streams import _checks
from signalwire_streams._parameters import Parameters, encode_parameters
from signalwire_streams._retry import RetryPolicy
from signalwire_streams._settings import Settings
from signalwire_streams._stream import Stream
from signalwire_streams._version import __version__


class CallOptions(TypedDict, total=False):
    """The keywords of every call: how it is made, in place of what the client has."""

    timeout: float | httpx.Timeout | None
    """Seconds, or an httpx.Timeout, for each operation on the network."""
    retry: RetryPolicy | None
    """How often, how soon and how long the call is tried."""


class StartOptions(CallOptions, total=False):
    """The keywords of `start_stream`. What is left out, or None, is not sent: the service's default holds."""

    name: str | None
    """Unique among the running streams of the call; the stream can be stopped by it."""
    track: Track | None
    """`inbound_track`, `outbound_track` or `both_tracks`; the service's default is `both_tracks`."""
    status_callback: str | None
    """The HTTP or HTTPS URL that is told of the stream's events."""
    status_callback_method: StatusCallbackMethod | None
    """`GET` or `POST`; the service's default is `POST`."""
    authorization_bearer_token: str | None
    """Sent to the WebSocket server as `Authorization: Bearer …` in the upgrade request."""
    parameters: Parameters | None
    """Up to 99 names and values for the WebSocket server: a mapping, or pairs."""


@attrs.frozen
class Request:
    """A request that can be sent: all of it is decided."""

    method: str
    url: str
    headers: dict[str, str] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)
    secrets: tuple[str, ...] = attrs.field(repr=False)
    """What must not be shown, though a server may repeat it."""
    call_sid: str
    is_start: bool
    name: str | None = None
    """The name given to a start."""

    def __str__(self) -> str:
        return f"{self.method} {urlsplit(self.url).path}"

    @property
    def host(self) -> str:
        """The host that the request goes to, with its port where that is not the usual one."""
        return urlsplit(self.url).netloc

    def is_answered_by(self, stream: Stream) -> bool:
        """Return whether a stream is the one that was asked for. A service may spell a SID in other letters' case."""
        return stream.call_sid.casefold() == self.call_sid.casefold() and self.name in {None, stream.name}

    def redacted(self, text: str) -> str:
        """Return `text`, which came from a server, without the secrets that the request holds."""
        for secret in (secret for secret in self.secrets if len(secret) >= SHORTEST_SECRET):
            for spelling in {secret, quote_plus(secret), repr(secret)[1:-1], json.dumps(secret)[1:-1]}:
                text = text.replace(spelling, "[redacted]")
        return text


class RequestFactory:
    """Makes the requests of one account."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        token = settings.token.value
        credentials = b64encode(f"{settings.project}:{token}".encode()).decode()
        self._secrets = (token, credentials)
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # an answer is small, and a small one can unpack to a gigabyte
            "User-Agent": f"signalwire-streams/{__version__}",
        }

    def start(self, call_sid: str, url: str, options: Mapping[str, Any]) -> Request:
        """Make the request that starts a stream. Raises InputError, or TypeError for an unknown keyword."""
        fields: dict[str, Any] = {"url": _checks.check_stream_url("url", url)}
        parameters: dict[str, str] = {}
        for keyword, value in options.items():
            if keyword not in START_KEYWORDS:
                raise TypeError(f"start_stream has no keyword {keyword!r}; it has {', '.join(START_KEYWORDS)}")
            if value is None:
                continue
            if keyword == "parameters":
                parameters = encode_parameters(value)
            else:
                fields[keyword] = _check_option(keyword, value)
        form = StartStreamForm(**fields)
        form.additional_properties = parameters
        call_sid = _checks.check_call_sid(call_sid)
        values = (
            text for field, text in parameters.items() if field.endswith("Value") and len(text) >= SHORTEST_SECRET
        )
        bearer = fields.get("authorization_bearer_token")
        return self._request(
            start_stream._get_kwargs(self._settings.project, call_sid, body=form),
            call_sid=call_sid,
            is_start=True,
            name=fields.get("name"),
            secrets=(*self._secrets, *([bearer] if bearer else []), *values),
        )

    def stop(self, call_sid: str, sid: str) -> Request:
        """Make the request that stops a stream, named by its sid or its name. Raises InputError."""
        call_sid, sid = _checks.check_call_sid(call_sid), _checks.check_name("sid", sid)
        form = StopStreamForm(status="stopped")
        return self._request(
            stop_stream._get_kwargs(self._settings.project, call_sid, sid, body=form),
            call_sid=call_sid,
            is_start=False,
            secrets=self._secrets,
        )

    def _request(self, kwargs: dict[str, Any], **facts: Any) -> Request:  # noqa: ANN401  fields of Request
        return Request(
            method=kwargs["method"].upper(),
            url=self._settings.base_url + kwargs["url"],
            headers=self._headers | kwargs["headers"],
            content=_form(kwargs["data"]),
            **facts,
        )


def _form(fields: dict[str, str]) -> bytes:
    """Return the body: names of fields are letters, digits and dots, and only values need to be quoted."""
    return "&".join([f"{field}={_quoted(text)}" for field, text in fields.items()]).encode()


def _quoted(text: str) -> str:
    return text if text.isascii() and text.isalnum() else quote_plus(text)


# A shorter one is not looked for in what a server says: every other word would hold it.
SHORTEST_SECRET = 4

START_KEYWORDS = tuple(
    keyword for keyword in StartOptions.__annotations__ if keyword not in CallOptions.__annotations__
)


def _check_option(keyword: str, value: object) -> str:
    match keyword:
        case "name":
            return _checks.check_name(keyword, value)
        case "track":
            return _checks.check_choice(keyword, value, TRACK_VALUES)
        case "status_callback":
            return _checks.check_status_callback(keyword, value)
        case "status_callback_method":
            return _checks.check_choice(keyword, value, STATUS_CALLBACK_METHOD_VALUES)
        case "authorization_bearer_token":
            return _checks.check_bearer_token(keyword, value)
        case _:
            return _checks.check_text(keyword, value)
