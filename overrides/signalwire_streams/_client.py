"""The sync client: how it sends, waits, and stops what it started."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Self, Unpack

import httpx

from signalwire_streams._base import GONE, BaseClient, Call, check_http
from signalwire_streams._errors import StreamsError
from signalwire_streams._exchange import CloseIdleConnections, Send
from signalwire_streams._requests import CallOptions, StartOptions
from signalwire_streams._retry import RetryPolicy
from signalwire_streams._settings import Secret
from signalwire_streams._stream import Stream
from signalwire_streams._transport import NoResponse, Response, Sender


class StreamsClient(BaseClient):
    """Starts and stops the audio streams of live calls. Safe to share between threads.

    `project`, `token` and `host` default to the environment's `SIGNALWIRE_PROJECT_ID`, `SIGNALWIRE_API_TOKEN` and
    `SIGNALWIRE_SPACE`. `host` is the space's name (`example`), its host (`example.signalwire.com`) or its URL; a
    mock is reached as `http://127.0.0.1:PORT`, and cleartext to any other than a loopback address is refused.

    `timeout` is in seconds, or an httpx.Timeout; the default is 10 seconds for each of connecting, sending, waiting
    for the answer's next bytes, and waiting for a free connection. `retry` says how often, how soon and how long a
    call is tried. `transport` is a transport of httpx to send through. `http_client` is a client of your own to send
    with: it keeps its own settings, its time-out too unless `timeout` is given, and is not closed with this one.

    Raises SettingsError, or InputError for `timeout` and `retry`.
    """

    def __init__(
        self,
        project: str | None = None,
        token: str | None = None,
        host: str | None = None,
        *,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        secret = Secret(token)
        del token  # a traceback with locals shows what is left here
        check_http(transport, httpx.BaseTransport, http_client, httpx.Client)
        super().__init__(project, secret, host, timeout, retry)
        self._sender = Sender(self._settings.base_url, transport, http_client)

    def start_stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Stream:
        """Start to stream the audio of a live call to the WebSocket server at `url`, which is a `wss://` URL.

        Keywords, each of which is sent only when it is given and not None:

        - `name`: unique among the running streams of the call; the stream can be stopped by it
        - `track`: `inbound_track`, `outbound_track` or `both_tracks` (the service's default)
        - `status_callback`: the HTTP or HTTPS URL that is told of the stream's events
        - `status_callback_method`: `GET` or `POST` (the service's default)
        - `authorization_bearer_token`: sent to the WebSocket server as `Authorization: Bearer …`
        - `parameters`: up to 99 names and values for the WebSocket server, a mapping or pairs

        `timeout` and `retry` take the place of the client's for this call.

        A start is sent again only where it cannot have been carried out: when the connection was never made, after a
        429, and after a 503 with a Retry-After. Returns the stream as the service answered. Raises InputError before
        anything is sent, OutcomeUnknownError when a stream may be running all the same, and else another APIError.
        """
        call = self._start_call(call_sid, url, {**options})
        del options
        return self._make(call)

    def stop_stream(self, call_sid: str, sid: str, **options: Unpack[CallOptions]) -> Stream:
        """Stop a stream of the call, named by its sid or its name.

        A stop is sent again after anything that another attempt may get past. Where an earlier attempt may have
        worked, and the next one finds no stream, the NotFoundError has a note that says so. Raises InputError before
        anything is sent, and else an APIError.
        """
        return self._make(self._stop_call(call_sid, sid, options))

    @contextmanager
    def stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Generator[Stream]:
        """Start a stream for the length of a `with` block, and stop it when the block ends, however it ends.

        It is not an error if the stream has already stopped by then.

        If the start is interrupted, or its outcome is unknown, the stream is stopped by its `name`. The service may
        not have carried the start out yet, so the stop is repeated for up to `RetryPolicy.cleanup` seconds. A second
        interruption ends that at once.

        An error of stopping never hides an exception of the block or of the start. If the stream may still be running,
        the exception has a note that says so.
        """
        call = self._start_call(call_sid, url, {**options})
        del options
        yield from self._block(call_sid, call)

    @contextmanager
    def _keep(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Generator[Stream]:
        """Start a stream for good: `stream` that stops it only if the block, or an interruption, raises."""
        call = self._start_call(call_sid, url, {**options})
        del options
        yield from self._block(call_sid, call, keep=True)

    def close(self) -> None:
        """Close the connections, unless `http_client` was given. A call that is under way fails."""
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _block(self, call_sid: str, call: Call, *, keep: bool = False) -> Generator[Stream]:
        stream: Stream | None = None
        try:
            stream = self._make(call)
            yield stream
        except BaseException as first:
            if not (keep and isinstance(first, StreamsError)):  # the caller of `_keep` sees to an unknown outcome
                self._stop_after(first, call, stream, goes_on=isinstance(first, Exception))
            raise
        if keep:
            return
        try:
            with suppress(*GONE):
                self.stop_stream(call_sid, stream.sid)
        except StreamsError:
            raise
        except BaseException as first:  # interrupted before the stop was done
            self._stop_after(first, call, stream, goes_on=False)
            raise

    def _stop_after(self, first: BaseException, start: Call, stream: Stream | None, *, goes_on: bool) -> None:
        """Stop what a start may have left behind, before `first` is raised. A note says where that fails.

        `goes_on`: whether the clean-up goes on when it is interrupted. The next interruption always ends it.
        """
        cleanup = self._cleanup_of(start, stream)
        if cleanup is None:
            return
        if cleanup.call is None:
            first.add_note(cleanup.note())
            return
        try:
            self._make(cleanup.call)
        except StreamsError as error:
            if not cleanup.is_done(error):
                first.add_note(cleanup.note(error))
        except BaseException as second:
            if goes_on:
                self._stop_after(second, start, stream, goes_on=False)
            else:
                second.add_note(cleanup.note())
            raise

    def _make(self, call: Call) -> Stream:
        steps = self._exchange(call)
        outcome: Response | NoResponse | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                stream: Stream = done.value
                return stream
            if isinstance(step, Send):
                outcome = self._send(call, step.seconds)
            elif isinstance(step, CloseIdleConnections):
                self._sender.close_idle()
            else:
                time.sleep(step.seconds)
                outcome = None

    def _send(self, call: Call, seconds: float) -> Response | NoResponse:
        assert call.request is not None  # noqa: S101  what is wrong has been raised by now
        return self._sender.send(call.request, call.timeout or self._timeout, seconds, call.progress)
