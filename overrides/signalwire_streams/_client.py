"""Start and stop streams: the sync and the async client, side by side.

A start goes from `start_stream` to `_requests` (arguments to request), `_exchange` (when to send, wait and end),
`_transport` (request to response), `_responses` (response to `_stream` or an error), and back.
"""

from __future__ import annotations

import copy
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from inspect import isawaitable
from typing import NamedTuple, Self, Unpack

import httpx
from signalwire_streams_api.models import StatusCallbackMethod, Track

from signalwire_streams._checks import check_http, check_keepalive, check_retry, check_timeout, suggest_keywords
from signalwire_streams._errors import (
    ALREADY_STOPPED_ERRORS,
    InputError,
    OutcomeUnknownError,
    StreamsError,
)
from signalwire_streams._exchange import CloseIdleConnections, Exchange, Notify, Send, Wait
from signalwire_streams._parameters import Parameters
from signalwire_streams._requests import PreparedRequest, RequestFactory, StartOptions
from signalwire_streams._retry import RetryPolicy
from signalwire_streams._settings import Settings
from signalwire_streams._stream import Stream
from signalwire_streams._transport import AsyncSender, NoResponse, Response, Sender


class _Client:
    """The settings of a client, and the requests made with them. No I/O."""

    _awaits_on_retry: bool

    def __init__(
        self,
        project: str | None,
        token: str | None,
        host: str | None,
        timeout: float | httpx.Timeout | None,
        retry: RetryPolicy | None,
    ) -> None:
        self._owns_connections = True  # a client of `with_options` does not
        self._settings = Settings.resolve(project, token, host)
        self._requests = RequestFactory(self._settings)
        self._timeout = check_timeout(timeout)
        self._retry = check_retry(retry, awaits_on_retry=self._awaits_on_retry) or RetryPolicy()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(project={self._settings.project!r}, base_url={self._settings.base_url!r})"

    @suggest_keywords
    def with_options(self, *, timeout: float | httpx.Timeout | None = None, retry: RetryPolicy | None = None) -> Self:
        """Return a client with other settings that shares the connections of this one. What you leave out stays.

        - `timeout`: seconds, or an httpx.Timeout, for each network operation
        - `retry`: how often, how soon and how long a call is retried

        Close this client when you are done. Closing the new one closes nothing.

        Raises InputError.
        """
        client = copy.copy(self)
        client._owns_connections = False
        client._timeout = check_timeout(timeout) or self._timeout
        client._retry = check_retry(retry, awaits_on_retry=self._awaits_on_retry) or self._retry
        return client

    def _exchange(
        self, request: PreparedRequest, timeout: float | httpx.Timeout | None, retry: RetryPolicy | None
    ) -> Exchange:
        policy = check_retry(retry, awaits_on_retry=self._awaits_on_retry) or self._retry
        return Exchange(request, policy, check_timeout(timeout) or self._timeout)

    def _cleanup(self, start: Exchange, stream: Stream | None) -> _Cleanup | None:
        """Return how to stop the stream of a start that an exception followed. None if it cannot be running.

        - `stream`: what the start returned, or None if it did not return
        """
        request = start.request
        if not start.progress.maybe_done:
            return None
        sid = request.name if stream is None else stream.sid
        if sid is None:
            return _Cleanup(None, f"A stream may be running on call {request.call_sid}.")
        policy = start.policy.for_cleanup(is_started=stream is not None)
        stop = Exchange(
            self._requests.stop_known(request.call_sid, sid, request.secrets),
            policy,
            start.timeouts,
            start_under_way=stream is None,
        )
        return _Cleanup(stop, f"Stream {request.redact(sid)} on call {request.call_sid} may be running.")

    def _stop_of(self, start: Exchange, sid: str) -> Exchange:
        """Return the stop that ends a block, with the options of its start."""
        stop = self._requests.stop_known(start.request.call_sid, sid, start.request.secrets)
        return Exchange(stop, start.policy, start.timeouts)


class _Cleanup(NamedTuple):
    """The stop of a stream that an exception would leave behind, and the note for when it fails."""

    stop: Exchange | None
    """None if there is no name to stop the stream by."""
    running: str
    """The sentence that the stream may be running."""

    def is_done(self, error: Exception) -> bool:
        """Return whether the stop failed because nothing was left to stop."""
        return self.stop is not None and not self.stop.start_under_way and isinstance(error, ALREADY_STOPPED_ERRORS)

    def note(self, error: Exception | None = None) -> str:
        """Return the note for the exception: the stop failed with `error`, or was interrupted."""
        if self.stop is None:
            return f"{self.running} It has no name to stop it by, and ends with the call."
        if error is None:
            return f"{self.running} Stopping it was interrupted."
        return f"{self.running} It could not be stopped: {error}"


def _mark_stopped(first: BaseException) -> None:
    if isinstance(first, OutcomeUnknownError):
        first.is_stopped = True


class StreamsClient(_Client):
    """Start and stop audio streams on live calls. You can share a client between threads.

    - `project`: your Project ID (default: `SIGNALWIRE_PROJECT_ID` of the environment)
    - `token`: your API token, with the Voice scope (default: `SIGNALWIRE_API_TOKEN`)
    - `host`: your space, as `example`, `example.signalwire.com` or a URL (default: `SIGNALWIRE_SPACE`). `http://` works
      only for loopback addresses, such as a mock's, because it would expose the token.
    - `timeout`: seconds, or an httpx.Timeout, for each of connecting, sending, receiving, and waiting for a free
      connection (default: 10)
    - `retry`: how often, how soon and how long a call is retried
    - `keepalive`: seconds that an idle connection stays open (default: 50). The `Keep-Alive` header of a response can
      lower it. `transport` and `http_client` have settings of their own for this.
    - `transport`: an httpx transport to send through
    - `http_client`: your own httpx.Client to send with. It keeps its settings, including its timeout unless you pass
      `timeout`, and closing this client does not close it.

    Raises SettingsError, or InputError for `timeout`, `retry` and `keepalive`.
    """

    _awaits_on_retry = False

    def __init__(
        self,
        project: str | None = None,
        token: str | None = None,
        host: str | None = None,
        *,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
        keepalive: float | None = None,
        transport: httpx.BaseTransport | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        check_http(transport, httpx.BaseTransport, http_client, httpx.Client)
        check_keepalive(keepalive, transport, http_client)
        super().__init__(project, token, host, timeout, retry)
        self._sender = Sender(self._settings.base_url, transport, http_client, keepalive)

    @suggest_keywords
    def start_stream(
        self,
        call_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> Stream:
        """Stream a live call's audio to the WebSocket server at `url`. Options left out or None are not sent.

        - `call_sid`: the SID of a call that is in progress
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: unique among the running streams of the call. You can stop the stream by it, see `stop_stream`.
        - `track`: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: `GET` or `POST` (SignalWire's default)
        - `authorization_bearer_token`: sent to your WebSocket server as `Authorization: Bearer …`
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        A start is retried only if it cannot have been carried out: the connection was never made, or SignalWire
        responded with 429, or with 503 and a Retry-After.

        Raises InputError before anything is sent, OutcomeUnknownError if a stream may be running all the same, and
        another APIError otherwise.
        """
        request = self._requests.start(
            call_sid,
            url,
            name=name,
            track=track,
            status_callback=status_callback,
            status_callback_method=status_callback_method,
            authorization_bearer_token=authorization_bearer_token,
            parameters=parameters,
        )
        return self._send(self._exchange(request, timeout, retry))

    @suggest_keywords
    def stop_stream(
        self,
        call_sid: str,
        sid: str,
        *,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> Stream:
        """Stop a stream of a call.

        - `call_sid`: the SID of the call
        - `sid`: the SID of the stream, or its name. Prefer the SID: SignalWire only implies that a name works.
        - `timeout`, `retry`: override the client's for this call

        A stop is retried after any failure that another attempt may get past. If the response to an earlier attempt
        was lost and the next one finds no stream, the NotFoundError has a note that says so.

        Raises InputError before anything is sent, and an APIError otherwise.
        """
        return self._send(self._exchange(self._requests.stop(call_sid, sid), timeout, retry))

    @suggest_keywords
    @contextmanager
    def stream(
        self,
        call_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> Generator[Stream]:
        """Start a stream, and stop it when the `with` block ends, however it ends.

        - `call_sid`: the SID of a call that is in progress
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: unique among the running streams of the call. You can stop the stream by it, see `stop_stream`.
        - `track`: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: `GET` or `POST` (SignalWire's default)
        - `authorization_bearer_token`: sent to your WebSocket server as `Authorization: Bearer …`
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        It is not an error if the stream has already stopped when the block ends.

        If the start is interrupted or its outcome is unknown, the client stops the stream by its `name`. SignalWire may
        not have carried out the start yet, so the stop is repeated for up to `RetryPolicy.cleanup` seconds. A second
        interruption ends that at once.

        An error of stopping never hides an exception of the block or of the start. If the stream may still be running,
        the exception has a note that says so.

        Raises what `start_stream` and `stop_stream` raise.
        """
        request = self._requests.start(
            call_sid,
            url,
            name=name,
            track=track,
            status_callback=status_callback,
            status_callback_method=status_callback_method,
            authorization_bearer_token=authorization_bearer_token,
            parameters=parameters,
        )
        yield from self._block(self._exchange(request, timeout, retry))

    def close(self) -> None:
        """Close the connections, unless you passed `http_client`. Calls in flight fail."""
        if self._owns_connections:
            self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _keep(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Generator[Stream]:
        """Start a stream for good, for the `start` command: stop it only if the start or the block is interrupted."""
        timeout, retry = options.pop("timeout", None), options.pop("retry", None)
        request = self._requests.start(call_sid, url, **options)
        yield from self._block(self._exchange(request, timeout, retry), keep=True)

    def _block(self, start: Exchange, *, keep: bool = False) -> Generator[Stream]:
        stream: Stream | None = None
        try:
            stream = self._send(start)
            yield stream
        except BaseException as first:
            if not (keep and isinstance(first, StreamsError)):  # the caller of `_keep` sees to an unknown outcome
                self._stop_after(first, start, stream, goes_on=isinstance(first, Exception))
            raise
        if keep:
            return
        try:
            with suppress(*ALREADY_STOPPED_ERRORS):
                self._send(self._stop_of(start, stream.sid))
        except StreamsError:
            raise
        except BaseException as first:  # interrupted before the stop was done
            self._stop_after(first, start, stream, goes_on=False)
            raise

    def _stop_after(self, first: BaseException, start: Exchange, stream: Stream | None, *, goes_on: bool) -> None:
        """Stop a stream that a start may have left running. If that fails, add a note to the exception.

        - `first`: the exception that ended the start or the block
        - `goes_on`: True if one interruption of the clean-up restarts it; the next one ends it
        """
        cleanup = self._cleanup(start, stream)
        if cleanup is None:
            return
        if cleanup.stop is None:
            first.add_note(cleanup.note())
            return
        try:
            self._send(cleanup.stop)
        except Exception as error:  # noqa: BLE001  it must not hide the first one
            if not cleanup.is_done(error):
                first.add_note(cleanup.note(error))
        except BaseException as second:
            if goes_on:
                self._stop_after(second, start, stream, goes_on=False)
            else:
                second.add_note(cleanup.note())
            raise
        else:
            _mark_stopped(first)

    def _send(self, exchange: Exchange) -> Stream:
        steps = exchange.steps()
        outcome: Response | NoResponse | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                stream: Stream = end.value
                return stream
            outcome = None
            match step:
                case Send():
                    outcome = self._sender.send(exchange.request, exchange.timeouts, step.seconds, exchange.progress)
                case Notify():
                    if isawaitable(step.on_retry(step.retry)):
                        raise InputError("retry", "must not have an on_retry that returns an awaitable.")
                case CloseIdleConnections():
                    self._sender.close_idle()
                case Wait():
                    time.sleep(step.seconds)


class AsyncStreamsClient(_Client):
    """`StreamsClient` for asyncio and trio: the same methods, awaited. A client belongs to one event loop.

    - `project`: your Project ID (default: `SIGNALWIRE_PROJECT_ID` of the environment)
    - `token`: your API token, with the Voice scope (default: `SIGNALWIRE_API_TOKEN`)
    - `host`: your space, as `example`, `example.signalwire.com` or a URL (default: `SIGNALWIRE_SPACE`). `http://` works
      only for loopback addresses, such as a mock's, because it would expose the token.
    - `timeout`: seconds, or an httpx.Timeout, for each of connecting, sending, receiving, and waiting for a free
      connection (default: 10)
    - `retry`: how often, how soon and how long a call is retried. Its `on_retry` may be an async function.
    - `keepalive`: seconds that an idle connection stays open (default: 50). The `Keep-Alive` header of a response can
      lower it. `transport` and `http_client` have settings of their own for this.
    - `transport`: an async httpx transport to send through, such as `signalwire_streams.transports.AiohttpTransport`
    - `http_client`: your own httpx.AsyncClient to send with. It keeps its settings, including its timeout unless you
      pass `timeout`, and closing this client does not close it.

    Raises SettingsError, or InputError for `timeout`, `retry` and `keepalive`.
    """

    _awaits_on_retry = True

    def __init__(
        self,
        project: str | None = None,
        token: str | None = None,
        host: str | None = None,
        *,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
        keepalive: float | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        check_http(transport, httpx.AsyncBaseTransport, http_client, httpx.AsyncClient)
        check_keepalive(keepalive, transport, http_client)
        super().__init__(project, token, host, timeout, retry)
        self._sender = AsyncSender(self._settings.base_url, transport, http_client, keepalive)

    @suggest_keywords
    async def start_stream(
        self,
        call_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,  # noqa: ASYNC109  the sync client's argument
        retry: RetryPolicy | None = None,
    ) -> Stream:
        """Stream a live call's audio to the WebSocket server at `url`. Options left out or None are not sent.

        - `call_sid`: the SID of a call that is in progress
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: unique among the running streams of the call. You can stop the stream by it, see `stop_stream`.
        - `track`: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: `GET` or `POST` (SignalWire's default)
        - `authorization_bearer_token`: sent to your WebSocket server as `Authorization: Bearer …`
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        A start is retried only if it cannot have been carried out: the connection was never made, or SignalWire
        responded with 429, or with 503 and a Retry-After.

        Raises InputError before anything is sent, OutcomeUnknownError if a stream may be running all the same, and
        another APIError otherwise.
        """
        request = self._requests.start(
            call_sid,
            url,
            name=name,
            track=track,
            status_callback=status_callback,
            status_callback_method=status_callback_method,
            authorization_bearer_token=authorization_bearer_token,
            parameters=parameters,
        )
        return await self._send(self._exchange(request, timeout, retry))

    @suggest_keywords
    async def stop_stream(
        self,
        call_sid: str,
        sid: str,
        *,
        timeout: float | httpx.Timeout | None = None,  # noqa: ASYNC109  the sync client's argument
        retry: RetryPolicy | None = None,
    ) -> Stream:
        """Stop a stream of a call.

        - `call_sid`: the SID of the call
        - `sid`: the SID of the stream, or its name. Prefer the SID: SignalWire only implies that a name works.
        - `timeout`, `retry`: override the client's for this call

        A stop is retried after any failure that another attempt may get past. If the response to an earlier attempt
        was lost and the next one finds no stream, the NotFoundError has a note that says so.

        Raises InputError before anything is sent, and an APIError otherwise.
        """
        return await self._send(self._exchange(self._requests.stop(call_sid, sid), timeout, retry))

    @suggest_keywords
    @asynccontextmanager
    async def stream(
        self,
        call_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,  # noqa: ASYNC109  the sync client's argument
        retry: RetryPolicy | None = None,
    ) -> AsyncGenerator[Stream]:
        """Start a stream, and stop it when the `async with` block ends, however it ends.

        - `call_sid`: the SID of a call that is in progress
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: unique among the running streams of the call. You can stop the stream by it, see `stop_stream`.
        - `track`: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: `GET` or `POST` (SignalWire's default)
        - `authorization_bearer_token`: sent to your WebSocket server as `Authorization: Bearer …`
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        It is not an error if the stream has already stopped when the block ends.

        If the start is cancelled or its outcome is unknown, the client stops the stream by its `name`. SignalWire may
        not have carried out the start yet, so the stop is repeated for up to `RetryPolicy.cleanup` seconds. A second
        `Task.cancel()` ends that at once; cancel scopes of anyio and trio wait for its end.

        An error of stopping never hides an exception of the block or of the start. If the stream may still be running,
        the exception has a note that says so.

        Raises what `start_stream` and `stop_stream` raise.
        """
        request = self._requests.start(
            call_sid,
            url,
            name=name,
            track=track,
            status_callback=status_callback,
            status_callback_method=status_callback_method,
            authorization_bearer_token=authorization_bearer_token,
            parameters=parameters,
        )
        start = self._exchange(request, timeout, retry)
        stream: Stream | None = None
        try:
            stream = await self._send(start)
            yield stream
        except BaseException as first:
            await self._stop_after(first, start, stream, goes_on=isinstance(first, Exception))
            raise
        try:
            with suppress(*ALREADY_STOPPED_ERRORS):
                await self._send(self._stop_of(start, stream.sid))
        except StreamsError:
            raise
        except BaseException as first:  # interrupted before the stop was done
            await self._stop_after(first, start, stream, goes_on=False)
            raise

    async def aclose(self) -> None:
        """Close the connections, unless you passed `http_client`. Calls in flight fail."""
        if self._owns_connections:
            await self._sender.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _stop_after(self, first: BaseException, start: Exchange, stream: Stream | None, *, goes_on: bool) -> None:
        """Stop a stream that a start may have left running. If that fails, add a note to the exception.

        - `first`: the exception that ended the start or the block
        - `goes_on`: True if one interruption of the clean-up restarts it; the next one ends it
        """
        import anyio  # noqa: PLC0415  takes most of the time of an import; httpx loads it as late

        cleanup = self._cleanup(start, stream)
        if cleanup is None:
            return
        if cleanup.stop is None:
            first.add_note(cleanup.note())
            return
        try:
            with anyio.CancelScope(shield=True):  # the clean-up is bounded in time
                await self._send(cleanup.stop)
        except Exception as error:  # noqa: BLE001  it must not hide the first one
            if not cleanup.is_done(error):
                first.add_note(cleanup.note(error))
        except BaseException as second:
            if goes_on:
                await self._stop_after(second, start, stream, goes_on=False)
            else:
                second.add_note(cleanup.note())
            raise
        else:
            _mark_stopped(first)

    async def _send(self, exchange: Exchange) -> Stream:
        import anyio  # noqa: PLC0415  takes most of the time of an import; httpx loads it as late

        self._sender.require_same_loop()
        steps = exchange.steps()
        outcome: Response | NoResponse | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                stream: Stream = end.value
                return stream
            outcome = None
            match step:
                case Send():
                    outcome = await self._sender.send(
                        exchange.request, exchange.timeouts, step.seconds, exchange.progress
                    )
                case Notify():
                    result = step.on_retry(step.retry)
                    if isawaitable(result):
                        await result
                case CloseIdleConnections():
                    await self._sender.close_idle()
                case Wait():
                    await anyio.sleep(step.seconds)
