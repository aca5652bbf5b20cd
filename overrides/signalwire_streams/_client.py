"""The sync client: how it sends, waits, and stops what it started."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Self, Unpack

import httpx

from signalwire_streams._base import GONE, BaseClient, Call, check_http, not_stopped
from signalwire_streams._errors import OutcomeUnknownError, StreamsError
from signalwire_streams._exchange import CloseIdleConnections, Send
from signalwire_streams._requests import CallOptions, StartOptions
from signalwire_streams._retry import RetryPolicy
from signalwire_streams._settings import Secret
from signalwire_streams._stream import Stream
from signalwire_streams._transport import NoResponse, Progress, Response, Sender


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

        A stream that is gone by then, since the call has ended or the stream was stopped, is no error. Where it is
        unknown whether the start worked, or it was interrupted, and a `name` was given, the stream is stopped by that.
        An exception is never hidden by one of stopping: that one becomes a note on it.
        """
        call = self._start_call(call_sid, url, {**options})
        del options
        try:
            stream = self._make(call)
        except BaseException as first:
            name = call.request.name if call.request else None
            if name is not None and (isinstance(first, OutcomeUnknownError) or not isinstance(first, Exception)):
                self._stop_after(first, call_sid, name)
            raise
        try:
            yield stream
        except BaseException as first:
            self._stop_after(first, call_sid, stream.sid)
            raise
        try:
            with suppress(*GONE):
                self.stop_stream(call_sid, stream.sid)
        except StreamsError:
            raise
        except BaseException as first:  # interrupted before the stop was done
            self._stop_after(first, call_sid, stream.sid)
            raise

    def close(self) -> None:
        """Close the connections, unless `http_client` was given. A call that is under way fails."""
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stop_after(self, first: BaseException, call_sid: str, sid: str) -> None:
        try:
            self.stop_stream(call_sid, sid, **self._cleanup())
        except GONE:
            pass
        except StreamsError as second:
            first.add_note(not_stopped(sid, second))

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
        return self._sender.send(call.request, call.timeout or self._timeout, seconds, Progress())
