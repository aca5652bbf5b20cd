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
from signalwire_streams._stream import Stream
from signalwire_streams._transport import Progress

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
    start_under_way: bool = False
    """Whether this stops a stream whose start may still be under way."""
    progress: Progress = attrs.field(factory=Progress)


@attrs.frozen
class Cleanup:
    """The stop of a stream that an exception would leave behind, and what to say where it fails."""

    call: Call | None
    """None where there is no name to stop the stream by."""
    running: str
    """The sentence that the stream may be running."""

    def is_done(self, error: StreamsError) -> bool:
        """Tell whether the stop failed because nothing was left to stop."""
        return self.call is not None and not self.call.start_under_way and isinstance(error, GONE)

    def note(self, error: StreamsError | None = None) -> str:
        """Return the note for the exception: the stop failed with `error`, or was interrupted."""
        if self.call is None:
            return f"{self.running} It has no name to stop it by, and ends with the call."
        if error is None:
            return f"{self.running} Stopping it was interrupted."
        return f"{self.running} It could not be stopped: {error}"


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

    def _cleanup_of(self, start: Call, stream: Stream | None) -> Cleanup | None:
        """Return how to clean up after a start that an exception follows, or None where it left no stream behind.

        `stream`: what the start returned, if it did.
        """
        if start.request is None or not start.progress.maybe_done:
            return None
        call_sid, name = start.request.call_sid, stream.sid if stream else start.request.name
        if name is None:
            return Cleanup(None, f"A stream may be running on call {call_sid}.")
        policy = (start.retry or self._retry).for_cleanup(is_started=stream is not None)
        stop = attrs.evolve(self._stop_call(call_sid, name, {"retry": policy}), start_under_way=stream is None)
        return Cleanup(stop, f"Stream {name} on call {call_sid} may be running.")

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
        return exchange(
            call.request,
            call.retry or self._retry,
            progress=call.progress,
            start_under_way=call.start_under_way,
        )


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
