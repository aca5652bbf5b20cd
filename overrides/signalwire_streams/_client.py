"""The two clients. What they share does no input or output; each adds its own way of sending."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Self, Unpack

import httpx

from signalwire_streams._answers import connection_error, read_stream
from signalwire_streams._errors import NotFoundError, SettingsError, StreamsError
from signalwire_streams._requests import Request, RequestFactory, StartOptions
from signalwire_streams._settings import Settings
from signalwire_streams._stream import Stream

DEFAULT_TIMEOUT = httpx.Timeout(10.0)


class _Client:
    def __init__(
        self, project: str | None, token: str | None, host: str | None, timeout: float | httpx.Timeout | None
    ) -> None:
        self._settings = Settings.resolve(project, token, host)
        self._requests = RequestFactory(self._settings)
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"{type(self).__name__}(project={self._settings.project!r}, base_url={self._settings.base_url!r})"

    def _build(self, http: httpx.Client | httpx.AsyncClient, request: Request) -> httpx.Request:
        timeout: Any = httpx.USE_CLIENT_DEFAULT if self._timeout is None else self._timeout
        return http.build_request(
            request.method, request.url, content=request.content, headers=request.headers, timeout=timeout
        )


# The token is in the headers already, and must not follow a redirect.
_SEND: dict[str, Any] = {"auth": None, "follow_redirects": False}


class StreamsClient(_Client):
    """Starts and stops the audio streams of live calls. Safe to share between threads.

    `project`, `token` and `host` default to the environment's `SIGNALWIRE_PROJECT_ID`, `SIGNALWIRE_API_TOKEN` and
    `SIGNALWIRE_SPACE`. `host` is the space's name (`example`), its host (`example.signalwire.com`) or its URL; a
    mock is reached as `http://127.0.0.1:PORT`, and cleartext to any other than a loopback address is refused.

    `timeout` is in seconds, or an httpx.Timeout; the default is 10 seconds for each of connecting, sending, waiting
    for the answer's next bytes, and waiting for a free connection. `transport` is a transport of httpx to send
    through. `http_client` is a client of your own to send with: it keeps its own settings, its time-out too unless
    `timeout` is given, and is not closed with this one.

    Raises SettingsError.
    """

    def __init__(
        self,
        project: str | None = None,
        token: str | None = None,
        host: str | None = None,
        *,
        timeout: float | httpx.Timeout | None = None,
        transport: httpx.BaseTransport | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        super().__init__(project, token, host, timeout)
        _refuse_both(transport, http_client)
        self._http = http_client or httpx.Client(transport=transport, timeout=DEFAULT_TIMEOUT)
        self._owns_http = http_client is None

    def start_stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Stream:
        """Start to stream the audio of a live call to the WebSocket server at `url`, which is a `wss://` URL.

        Keywords, each of which is sent only when it is given and not None:

        - `name`: unique among the running streams of the call; the stream can be stopped by it
        - `track`: `inbound_track`, `outbound_track` or `both_tracks` (the service's default)
        - `status_callback`: the HTTP or HTTPS URL that is told of the stream's events
        - `status_callback_method`: `GET` or `POST` (the service's default)
        - `authorization_bearer_token`: sent to the WebSocket server as `Authorization: Bearer …`
        - `parameters`: up to 99 names and values for the WebSocket server, a mapping or pairs

        Returns the stream as the service answered. Raises InputError before anything is sent; APIConnectionError
        when no answer comes; APIStatusError when the API refuses; APIResponseError when the answer is not the API's.
        """
        return self._send(self._requests.start(call_sid, url, options))

    def stop_stream(self, call_sid: str, sid: str) -> Stream:
        """Stop a stream of the call, named by its sid or its name. Raises what `start_stream` raises."""
        return self._send(self._requests.stop(call_sid, sid))

    @contextmanager
    def stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Iterator[Stream]:
        """Start a stream for the length of a `with` block, and stop it when the block ends, however it ends.

        A stream that is gone by then, since the call has ended or the stream was stopped, is no error. An exception of
        the block is never hidden by one of stopping: that one becomes a note on it.
        """
        stream = self.start_stream(call_sid, url, **options)
        try:
            yield stream
        except BaseException as first:
            try:
                self._stop_if_there(call_sid, stream)
            except StreamsError as second:
                first.add_note(_not_stopped(stream, second))
            raise
        self._stop_if_there(call_sid, stream)

    def close(self) -> None:
        """Close the connections, unless `http_client` was given."""
        if self._owns_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stop_if_there(self, call_sid: str, stream: Stream) -> None:
        with suppress(NotFoundError):
            self.stop_stream(call_sid, stream.sid)

    def _send(self, request: Request) -> Stream:
        try:
            response = self._http.send(self._build(self._http, request), **_SEND)
        except httpx.HTTPError as error:
            raise connection_error(request, error) from error
        return read_stream(request, response)


class AsyncStreamsClient(_Client):
    """`StreamsClient` for asyncio and trio: the same settings and the same methods, awaited."""

    def __init__(
        self,
        project: str | None = None,
        token: str | None = None,
        host: str | None = None,
        *,
        timeout: float | httpx.Timeout | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(project, token, host, timeout)
        _refuse_both(transport, http_client)
        self._http = http_client or httpx.AsyncClient(transport=transport, timeout=DEFAULT_TIMEOUT)
        self._owns_http = http_client is None

    async def start_stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Stream:
        """Start a stream; see `StreamsClient.start_stream` for the keywords and the errors."""
        return await self._send(self._requests.start(call_sid, url, options))

    async def stop_stream(self, call_sid: str, sid: str) -> Stream:
        """Stop a stream of the call, named by its sid or its name. Raises what `start_stream` raises."""
        return await self._send(self._requests.stop(call_sid, sid))

    @asynccontextmanager
    async def stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> AsyncIterator[Stream]:
        """Start a stream for the length of an `async with` block; see `StreamsClient.stream`."""
        stream = await self.start_stream(call_sid, url, **options)
        try:
            yield stream
        except BaseException as first:
            try:
                await self._stop_if_there(call_sid, stream)
            except StreamsError as second:
                first.add_note(_not_stopped(stream, second))
            raise
        await self._stop_if_there(call_sid, stream)

    async def aclose(self) -> None:
        """Close the connections, unless `http_client` was given."""
        if self._owns_http:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _stop_if_there(self, call_sid: str, stream: Stream) -> None:
        with suppress(NotFoundError):
            await self.stop_stream(call_sid, stream.sid)

    async def _send(self, request: Request) -> Stream:
        try:
            response = await self._http.send(self._build(self._http, request), **_SEND)
        except httpx.HTTPError as error:
            raise connection_error(request, error) from error
        return read_stream(request, response)


def _refuse_both(transport: object, http_client: object) -> None:
    if transport is not None and http_client is not None:
        raise SettingsError("transport and http_client are both given; give the transport to the http_client.")


def _not_stopped(stream: Stream, error: StreamsError) -> str:
    return f"The stream {stream.sid} could not be stopped when the block ended: {error}"
