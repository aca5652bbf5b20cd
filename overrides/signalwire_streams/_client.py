"""The sync and the async client, side by side.

Their methods that take form fields are derived from the OpenAPI document. A start goes from `start_stream` there to
`_requests` (arguments to request), `_exchange` (when to send, wait and end), `_transport` (request to response),
`_responses` (response to a stream or an error), and back.
"""

from __future__ import annotations

import copy
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from inspect import isawaitable
from itertools import islice
from typing import Any, Generic, NamedTuple, Self, TypeVar, Unpack

import httpx
from signalwire_streams_api.models import CallStatus
from signalwire_streams_derived.methods import AsyncStreamMethods, S, StartOptions, StreamMethods
from signalwire_streams_derived.records import Call, Stream

from signalwire_streams._checks import (
    check_http,
    check_keepalive,
    check_number,
    check_retry,
    check_timeout,
    suggest_keywords,
)
from signalwire_streams._errors import (
    ALREADY_STOPPED_ERRORS,
    APIResponseError,
    InputError,
    OutcomeUnknownError,
    StreamsError,
)
from signalwire_streams._exchange import CloseIdleConnections, Exchange, Notify, Send, Wait
from signalwire_streams._record import Record
from signalwire_streams._requests import RequestFactory
from signalwire_streams._resources import CALL_STREAMS, StreamResource
from signalwire_streams._responses import Page, read_page, read_record
from signalwire_streams._retry import RetryPolicy
from signalwire_streams._settings import Settings
from signalwire_streams._transport import AsyncSender, NoResponse, Response, Sender

_R = TypeVar("_R", bound=Record)
_T = TypeVar("_T")


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

    def _start_of(
        self, resource: StreamResource[_R], parent_sid: str, url: str, options: Mapping[str, Any]
    ) -> Exchange[_R, _R]:
        """Prepare a start. Raises InputError."""
        request = self._requests.start(resource, parent_sid, url, options)
        return Exchange(request, read_record, *self._options(options))

    def _stop_by(
        self, resource: StreamResource[_R], parent_sid: str, sid: str, options: Mapping[str, Any]
    ) -> Exchange[_R, _R]:
        """Prepare a stop. Raises InputError."""
        request = self._requests.stop(resource, parent_sid, sid)
        return Exchange(request, read_record, *self._options(options))

    def _stop_of(self, start: Exchange[_R, _R], sid: str) -> Exchange[_R, _R]:
        """Prepare the stop that ends a block, with the options of its start."""
        return Exchange(self._requests.stop_of(start.request, sid), read_record, start.policy, start.timeouts)

    def _first_page(self, filters: Mapping[str, Any], options: Mapping[str, Any]) -> Exchange[Call, Page[Call]]:
        """Prepare the first page of a list of calls. Raises InputError."""
        return Exchange(self._requests.list_calls(filters), read_page, *self._options(options))

    def _next_page(self, page: Exchange[_R, Page[_R]], query: str) -> Exchange[_R, Page[_R]]:
        """Prepare the page after another one. Raises APIResponseError if it is the same one again."""
        request = self._requests.next_page(page.request, query)
        if request.url == page.request.url:
            raise APIResponseError("The response names its own page as the next one.", request=str(request))
        return Exchange(request, read_page, page.policy, page.timeouts)

    def _options(self, options: Mapping[str, Any]) -> tuple[RetryPolicy, httpx.Timeout | None]:
        retry = check_retry(options.get("retry"), awaits_on_retry=self._awaits_on_retry)
        return retry or self._retry, check_timeout(options.get("timeout")) or self._timeout

    def _cleanup(self, start: Exchange[_R, _R], stream: _R | None) -> _Cleanup[_R] | None:
        """Return how to stop the stream of a start that an exception followed. None if it cannot be running.

        - `stream`: what the start returned, or None if it did not return
        """
        request = start.request
        if not start.progress.maybe_done:
            return None
        sid = request.name if stream is None else stream.raw["sid"]
        if sid is None:
            return _Cleanup(None, f"A stream may be running on {request.parent}.", request.parent)
        policy = start.policy.for_cleanup(is_started=stream is not None)
        stop = Exchange(
            self._requests.stop_of(request, sid), read_record, policy, start.timeouts, start_under_way=stream is None
        )
        return _Cleanup(stop, f"Stream {request.redact(sid)} on {request.parent} may be running.", request.parent)


class _Cleanup(NamedTuple, Generic[_R]):
    """The stop of a stream that an exception would leave behind, and the note for when it fails."""

    stop: Exchange[_R, _R] | None
    """None if there is no name to stop the stream by."""
    running: str
    """The sentence that the stream may be running."""
    parent: str
    """The call or conference, as in `call CA123`."""

    def is_done(self, error: Exception) -> bool:
        """Return whether the stop failed because nothing was left to stop."""
        return self.stop is not None and not self.stop.start_under_way and isinstance(error, ALREADY_STOPPED_ERRORS)

    def note(self, error: Exception | None = None) -> str:
        """Return the note for the exception: the stop failed with `error`, or was interrupted."""
        if self.stop is None:
            return f"{self.running} It has no name to stop it by, and ends with the {self.parent.split()[0]}."
        if error is None:
            return f"{self.running} Stopping it was interrupted."
        return f"{self.running} It could not be stopped: {error}"


def _mark_stopped(first: BaseException) -> None:
    if isinstance(first, OutcomeUnknownError):
        first.is_stopped = True


class StreamsClient(_Client, StreamMethods):
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
    def list_calls(
        self,
        *,
        status: CallStatus | None = None,
        from_: str | None = None,
        to: str | None = None,
        parent_call_sid: str | None = None,
        start_time: str | None = None,
        end_time: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> Iterator[Call]:
        """Iterate over the calls of the account. Further pages are requested as you go on.

        - `status`: only calls in this state, such as `in-progress`
        - `from_`, `to`: only calls from or to this number or address
        - `parent_call_sid`: only calls that this call made
        - `start_time`, `end_time`: only calls that started or ended on this day, such as `2026-03-01`. SignalWire does
          not publish the format, so the text is passed on.
        - `page_size`: how many calls each request asks for, from 1 to 1000 (SignalWire's default: 50)
        - `limit`: how many calls to return at most (default: all)
        - `timeout`, `retry`: override the client's for each request

        A page is requested again after any failure that another attempt may get past.

        Raises InputError at once, and an APIError while you iterate.
        """
        filters = {
            "status": status,
            "from_": from_,
            "to": to,
            "parent_call_sid": parent_call_sid,
            "start_time": start_time,
            "end_time": end_time,
            "page_size": page_size,
        }
        if limit is not None:
            check_number("limit", limit, 1)
        first = self._first_page(filters, {"timeout": timeout, "retry": retry})
        return islice(self._items(first), limit)

    def _items(self, page: Exchange[_R, Page[_R]]) -> Generator[_R]:
        while True:
            found = self._send(page)
            yield from found.items
            if found.next_query is None:
                return
            page = self._next_page(page, found.next_query)

    @suggest_keywords
    def check(self, *, timeout: float | httpx.Timeout | None = None, retry: RetryPolicy | None = None) -> None:
        """Check that the settings work, and leave a connection ready for the first start.

        It asks for one call of the account, so host, TLS, proxy, project and token must be right.

        - `timeout`, `retry`: override the client's for this call

        Raises an APIError that says what is wrong.
        """
        self._send(self._first_page({"page_size": 1}, {"timeout": timeout, "retry": retry}))

    def close(self) -> None:
        """Close the connections, unless you passed `http_client`. Calls in flight fail."""
        if self._owns_connections:
            self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]) -> S:
        return self._send(self._start_of(resource, parent_sid, url, options))

    def _stop(self, resource: StreamResource[S], parent_sid: str, sid: str, options: Mapping[str, Any]) -> S:
        return self._send(self._stop_by(resource, parent_sid, sid, options))

    @contextmanager
    def _block(
        self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]
    ) -> Generator[S]:
        yield from self._run_block(self._start_of(resource, parent_sid, url, options))

    @contextmanager
    def _keep(self, call_sid: str, url: str, **options: Unpack[StartOptions]) -> Generator[Stream]:
        """Start a stream for good, for the `start` command: stop it only if the start or the block is interrupted."""
        yield from self._run_block(self._start_of(CALL_STREAMS, call_sid, url, options), keep=True)

    def _run_block(self, start: Exchange[S, S], *, keep: bool = False) -> Generator[S]:
        stream: S | None = None
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

    def _stop_after(self, first: BaseException, start: Exchange[_R, _R], stream: _R | None, *, goes_on: bool) -> None:
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

    def _send(self, exchange: Exchange[_R, _T]) -> _T:
        steps = exchange.steps()
        outcome: Response | NoResponse | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                result: _T = end.value
                return result
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


class AsyncStreamsClient(_Client, AsyncStreamMethods):
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
    def list_calls(
        self,
        *,
        status: CallStatus | None = None,
        from_: str | None = None,
        to: str | None = None,
        parent_call_sid: str | None = None,
        start_time: str | None = None,
        end_time: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> AsyncIterator[Call]:
        """Iterate over the calls of the account. Further pages are requested as you go on.

        - `status`: only calls in this state, such as `in-progress`
        - `from_`, `to`: only calls from or to this number or address
        - `parent_call_sid`: only calls that this call made
        - `start_time`, `end_time`: only calls that started or ended on this day, such as `2026-03-01`. SignalWire does
          not publish the format, so the text is passed on.
        - `page_size`: how many calls each request asks for, from 1 to 1000 (SignalWire's default: 50)
        - `limit`: how many calls to return at most (default: all)
        - `timeout`, `retry`: override the client's for each request

        A page is requested again after any failure that another attempt may get past.

        Raises InputError at once, and an APIError while you iterate.
        """
        filters = {
            "status": status,
            "from_": from_,
            "to": to,
            "parent_call_sid": parent_call_sid,
            "start_time": start_time,
            "end_time": end_time,
            "page_size": page_size,
        }
        if limit is not None:
            check_number("limit", limit, 1)
        first = self._first_page(filters, {"timeout": timeout, "retry": retry})
        return _AsyncItems(self._send, self._next_page, first, limit)

    @suggest_keywords
    async def check(
        self,
        *,
        timeout: float | httpx.Timeout | None = None,  # noqa: ASYNC109  the sync client's argument
        retry: RetryPolicy | None = None,
    ) -> None:
        """Check that the settings work, and leave a connection ready for the first start.

        It asks for one call of the account, so host, TLS, proxy, project and token must be right.

        - `timeout`, `retry`: override the client's for this call

        Raises an APIError that says what is wrong.
        """
        await self._send(self._first_page({"page_size": 1}, {"timeout": timeout, "retry": retry}))

    async def aclose(self) -> None:
        """Close the connections, unless you passed `http_client`. Calls in flight fail."""
        if self._owns_connections:
            await self._sender.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _start(self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]) -> S:
        return await self._send(self._start_of(resource, parent_sid, url, options))

    async def _stop(self, resource: StreamResource[S], parent_sid: str, sid: str, options: Mapping[str, Any]) -> S:
        return await self._send(self._stop_by(resource, parent_sid, sid, options))

    @asynccontextmanager
    async def _block(
        self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]
    ) -> AsyncGenerator[S]:
        start = self._start_of(resource, parent_sid, url, options)
        stream: S | None = None
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

    async def _stop_after(
        self, first: BaseException, start: Exchange[_R, _R], stream: _R | None, *, goes_on: bool
    ) -> None:
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

    async def _send(self, exchange: Exchange[_R, _T]) -> _T:
        import anyio  # noqa: PLC0415  takes most of the time of an import; httpx loads it as late

        self._sender.require_same_loop()
        steps = exchange.steps()
        outcome: Response | NoResponse | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                result: _T = end.value
                return result
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


class _AsyncItems(AsyncIterator[_R]):
    """The items of a list, page by page. Not a generator, which trio wants closed when a loop is left early."""

    def __init__(
        self,
        send: Callable[[Exchange[_R, Page[_R]]], Awaitable[Page[_R]]],
        next_page: Callable[[Exchange[_R, Page[_R]], str], Exchange[_R, Page[_R]]],
        first: Exchange[_R, Page[_R]],
        limit: int | None,
    ) -> None:
        self._send = send
        self._next_page = next_page
        self._page = first
        self._query: str | None = None
        self._items: Iterator[_R] | None = None
        self._left = limit

    async def __anext__(self) -> _R:
        if self._left == 0:
            raise StopAsyncIteration
        while self._items is None or (item := next(self._items, None)) is None:
            if self._items is not None:
                if self._query is None:
                    raise StopAsyncIteration
                self._page = self._next_page(self._page, self._query)
            found = await self._send(self._page)
            self._items, self._query = iter(found.items), found.next_query
        if self._left is not None:
            self._left -= 1
        return item
