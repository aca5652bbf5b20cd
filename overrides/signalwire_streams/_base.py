"""What both clients are made of. No input or output happens here: a client adds its own way of sending and waiting."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import attrs
import httpx

from signalwire_streams._errors import (
    CallStateError,
    InputError,
    NotFoundError,
    SettingsError,
    StreamsError,
)
from signalwire_streams._exchange import Exchange, exchange
from signalwire_streams._frames import without_frames
from signalwire_streams._requests import CallOptions, Request, RequestFactory
from signalwire_streams._retry import RetryPolicy
from signalwire_streams._settings import Secret, Settings

CLEANUP_SECONDS = 10.0

GONE = (NotFoundError, CallStateError)
"""What a stop meets when there is nothing left to stop."""


@attrs.frozen
class Call:
    """A call that is ready to be made, or the error that its arguments are.

    The frames that have seen the arguments are gone by the time it is made, and no traceback can show their values.
    """

    request: Request | None
    error: Exception | None = None
    timeout: httpx.Timeout | None = None
    retry: RetryPolicy | None = None


class BaseClient:
    """Settings resolved, calls prepared."""

    def __init__(
        self,
        project: str | None,
        token: Secret,
        host: str | None,
        timeout: float | httpx.Timeout | None,
        retry: RetryPolicy | None,
    ) -> None:
        self._settings = Settings.resolve(project, token, host)
        self._requests = RequestFactory(self._settings)
        self._timeout = None if timeout is None else _timeout(timeout)
        self._retry = RetryPolicy() if retry is None else _retry(retry)

    def __repr__(self) -> str:
        settings: Settings | None = getattr(self, "_settings", None)
        if settings is None:  # a traceback shows a client whose settings were refused
            return f"{type(self).__name__}(…)"
        return f"{type(self).__name__}(project={settings.project!r}, base_url={settings.base_url!r})"

    def _start_call(self, call_sid: str, url: str, options: dict[str, Any]) -> Call:
        how = {name: options.pop(name) for name in CallOptions.__annotations__ if name in options}
        return self._call(how, self._requests.start, call_sid, url, options)

    def _stop_call(self, call_sid: str, sid: str, options: CallOptions) -> Call:
        return self._call({**options}, self._requests.stop, call_sid, sid)

    def _cleanup(self) -> CallOptions:
        """Return how a stream is stopped that must not be left behind, while something else is waiting to go on."""
        return {"retry": attrs.evolve(self._retry, deadline=min(self._retry.deadline, CLEANUP_SECONDS))}

    def _call(self, how: dict[str, Any], make: Callable[..., Request], *arguments: Any) -> Call:  # noqa: ANN401  those of make
        outside = sys.exception()
        try:
            if unknown := how.keys() - CallOptions.__annotations__.keys():
                raise TypeError(f"there is no keyword {', '.join(sorted(unknown))}")
            timeout, retry = how.get("timeout"), how.get("retry")
            return Call(
                make(*arguments),
                timeout=None if timeout is None else _timeout(timeout),
                retry=None if retry is None else _retry(retry),
            )
        except (StreamsError, TypeError) as error:
            return Call(None, without_frames(error, outside))

    def _exchange(self, call: Call) -> Exchange:
        if call.request is None:
            assert call.error is not None  # noqa: S101  one of the two is there
            raise call.error
        return exchange(call.request, call.retry or self._retry)


def not_stopped(what: str, error: StreamsError) -> str:
    """Return the note for an exception after which a stream could not be stopped."""
    return f"The stream {what} could not be stopped: {error}"


def check_http(transport: object, transport_kind: type, http_client: object, client_kind: type) -> None:
    """Take a transport or a client of httpx of the right kind, not both. Raises SettingsError."""
    if transport is not None and http_client is not None:
        raise SettingsError("transport and http_client are both given; give the transport to the http_client.")
    for name, given, kind in (("transport", transport, transport_kind), ("http_client", http_client, client_kind)):
        if given is not None and not isinstance(given, kind):
            raise SettingsError(f"{name} is of type {type(given).__name__}; expected an httpx.{kind.__name__}.")


def _timeout(timeout: object) -> httpx.Timeout:
    if isinstance(timeout, httpx.Timeout):
        return timeout
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
        raise InputError("timeout", f"is {timeout!r}; expected a number of seconds above zero, or an httpx.Timeout.")
    return httpx.Timeout(timeout)


def _retry(retry: object) -> RetryPolicy:
    if not isinstance(retry, RetryPolicy):
        raise InputError("retry", f"is of type {type(retry).__name__}; expected a RetryPolicy.")
    return retry
