"""The mock's thread: an event loop that runs the HTTP server and the streams."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import h11
import uvicorn
from starlette.types import ASGIApp, Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from signalwire_streams.mock._streams import StreamRunner

SECONDS_TO_SEND = 10.0
"""The seconds that a client may take to send the head of a request, and again to send its body."""

_LOGGER = logging.getLogger("signalwire_streams.mock")
_BACKLOG = 2048
_SECONDS_UNTIL_NEXT_LOOK = 0.05
_OUT_OF_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class ServerThread:
    """Runs an ASGI application and the streams in a thread.

    `listener`: the socket to serve on. It is closed at the end.
    `make_runner`: makes the runner of the streams, in the thread's event loop.
    `close`: called in the event loop before it ends. It lets those go who would wait for ever.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        make_runner: Callable[[], StreamRunner],
        close: Callable[[], None],
    ) -> None:
        # log_config=None leaves the logging of a test that runs the mock alone.
        config = uvicorn.Config(
            app,
            interface="asgi3",
            http=_Connection,
            proxy_headers=False,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config, listener, make_runner, close)
        self._socket = listener
        # No sockets for uvicorn, because the server accepts connections itself.
        self._thread = threading.Thread(
            target=self._server.run, args=([],), name="signalwire-streams mock", daemon=True
        )
        self.port: int = listener.getsockname()[1]

    @property
    def runner(self) -> StreamRunner:
        """The runner of the streams. Raises RuntimeError if the server has not started."""
        if self._server.runner is None:
            raise RuntimeError("The mock could not start. See the exception that its thread printed.")
        return self._server.runner

    def start(self) -> None:
        """Start the thread, and return once the server listens. Raises RuntimeError if it cannot."""
        self._thread.start()
        self._server.ready.wait()
        if self._server.runner is None:
            self.stop()
            _ = self.runner

    def stop(self) -> None:
        """Stop the server, and return once the thread has ended."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def is_current(self) -> bool:
        """Tell whether the caller runs in this thread."""
        return threading.current_thread() is self._thread

    async def hang_up(self, scope: Scope, receive: Receive) -> None:
        """Drop the connection of a request."""
        for connection in list(self._server.server_state.connections):
            if isinstance(connection, _Connection) and connection.scope is scope:
                connection.transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Connection(H11Protocol):
    """A connection that does not wait for ever for a request."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:  # the invalid bytes follow a response, such as 413
            self.connections.discard(self)
            self.transport.close()

    def _watch(self) -> None:
        """Run the timer from the first byte of a request to the end of its head."""
        if self.cycle and not self.cycle.response_complete:
            self._unwatch()
        elif self._timer is None:
            self._timer = self.loop.call_later(SECONDS_TO_SEND, self.transport.abort)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Server(uvicorn.Server):
    """Sets `ready` once it listens or has failed, and ends the streams before its event loop.

    It accepts connections itself. Without a free file descriptor, asyncio would log thousands of tracebacks a second.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listener: socket.socket,
        make_runner: Callable[[], StreamRunner],
        close: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._listener = listener
        self._accepting: asyncio.Task[None] | None = None
        self.ready = threading.Event()
        self.runner: StreamRunner | None = None
        self._make_runner = make_runner
        self._close = close

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listener.setblocking(False)
            self._listener.listen(_BACKLOG)
            self.runner = self._make_runner()
            self._accepting = asyncio.create_task(self._accept())
        self.ready.set()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        limit = _max_connections()
        has_warned = False
        while True:
            while len(self.server_state.connections) >= limit:  # noqa: ASYNC110  uvicorn tells nobody of its end
                await asyncio.sleep(_SECONDS_UNTIL_NEXT_LOOK)
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except OSError as error:  # also if the client has gone already
                if error.errno in _OUT_OF_RESOURCES:
                    if not has_warned:
                        _LOGGER.warning("The mock waits for a free file descriptor to accept connections: %s", error)
                        has_warned = True
                    await asyncio.sleep(_SECONDS_UNTIL_NEXT_LOOK)
                continue
            with suppress(OSError):
                await loop.connect_accepted_socket(self._make_connection, connection)

    def _make_connection(self) -> asyncio.Protocol:
        return _Connection(self.config, self.server_state, app_state={})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
        self._listener.close()
        self._close()
        await super().shutdown(sockets)
        if self.runner is not None:
            await self.runner.close()


def _max_connections() -> int:
    """Return how many connections to have at once: half of the file descriptors, because streams need some, too."""
    try:
        import resource  # noqa: PLC0415  Windows has no such module
    except ImportError:
        return 10_000
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 10_000 if soft == resource.RLIM_INFINITY else max(1, min(soft // 2, 10_000))
