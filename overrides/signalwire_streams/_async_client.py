"""The async client: how it sends, waits, and stops what it started."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Self, Unpack

import httpx

from signalwire_streams._base import GONE, BaseClient, Call, check_http
from signalwire_streams._errors import (
    ClientStateError,
    StreamsError,
)
from signalwire_streams._exchange import CloseIdleConnections, Send
from signalwire_streams._requests import CallOptions, StartOptions
from signalwire_streams._retry import RetryPolicy
from signalwire_streams._settings import Secret
from signalwire_streams._stream import Stream
from signalwire_streams._transport import AsyncSender, NoResponse, Response


class AsyncStreamsClient(BaseClient):
    """`StreamsClient` for asyncio and trio: the same settings and the same methods, awaited.

    It belongs to the event loop of its first call.
    """

    def __init__(
        self,
        project: str | None = None,
        token: str | None = None,
        host: str | None = None,
        *,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        secret = Secret(token)
        del token  # a traceback with locals shows what is left here
        check_http(transport, httpx.AsyncBaseTransport, http_client, httpx.AsyncClient)
        super().__init__(project, secret, host, timeout, retry)
        self._sender = AsyncSender(self._settings.base_url, transport, http_client)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start_stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Stream:
        """Start a stream; see `StreamsClient.start_stream` for the keywords, the retries and the errors."""
        call = self._start_call(call_sid, url, {**options})
        del options
        return await self._make(call)

    async def stop_stream(self, call_sid: str, sid: str, **options: Unpack[CallOptions]) -> Stream:
        """Stop a stream of the call, named by its sid or its name; see `StreamsClient.stop_stream`."""
        return await self._make(self._stop_call(call_sid, sid, options))

    @asynccontextmanager
    async def stream(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> AsyncGenerator[Stream]:
        """Start a stream for the length of an `async with` block; see `StreamsClient.stream`."""
        call = self._start_call(call_sid, url, {**options})
        del options
        stream: Stream | None = None
        try:
            stream = await self._make(call)
            yield stream
        except BaseException as first:
            await self._stop_after(first, call, stream, goes_on=isinstance(first, Exception))
            raise
        try:
            with suppress(*GONE):
                await self.stop_stream(call_sid, stream.sid)
        except StreamsError:
            raise
        except BaseException as first:  # interrupted before the stop was done
            await self._stop_after(first, call, stream, goes_on=False)
            raise

    async def aclose(self) -> None:
        """Close the connections, unless `http_client` was given. A call that is under way fails."""
        await self._sender.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _stop_after(self, first: BaseException, start: Call, stream: Stream | None, *, goes_on: bool) -> None:
        """Do what that of `StreamsClient` does. Scopes of anyio and trio cannot interrupt it: its time is bounded."""
        import anyio  # noqa: PLC0415  httpx brings it, and imports it as late

        cleanup = self._cleanup_of(start, stream)
        if cleanup is None:
            return
        if cleanup.call is None:
            first.add_note(cleanup.note())
            return
        try:
            with anyio.CancelScope(shield=True):
                await self._make(cleanup.call)
        except StreamsError as error:
            if not cleanup.is_done(error):
                first.add_note(cleanup.note(error))
        except BaseException as second:
            if goes_on:
                await self._stop_after(second, start, stream, goes_on=False)
            else:
                second.add_note(cleanup.note())
            raise

    async def _make(self, call: Call) -> Stream:
        import anyio  # noqa: PLC0415  as above

        self._require_same_loop()
        steps = self._exchange(call)
        outcome: Response | NoResponse | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                stream: Stream = done.value
                return stream
            if isinstance(step, Send):
                outcome = await self._send(call, step.seconds)
            elif isinstance(step, CloseIdleConnections):
                await self._sender.close_idle()
            else:
                await anyio.sleep(step.seconds)
                outcome = None

    async def _send(self, call: Call, seconds: float) -> Response | NoResponse:
        assert call.request is not None  # noqa: S101  what is wrong has been raised by now
        return await self._sender.send(call.request, call.timeout or self._timeout, seconds, call.progress)

    def _require_same_loop(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # another library's
            return
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ClientStateError("The client belongs to the event loop of its first call; make one for each loop.")
