"""The mock's thread: an event loop that runs the HTTP server and the streams."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from signalwire_streams.mock._streams import StreamRunner


class ServerThread:
    """Runs an ASGI application and the streams in a thread.

    `listener`: the socket to serve on. It is closed at the end.
    `make_runner`: makes the runner of the streams, in the thread's event loop.
    """

    def __init__(self, app: ASGIApp, listener: socket.socket, make_runner: Callable[[], StreamRunner]) -> None:
        # log_config=None leaves the logging of a test that runs the mock alone.
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config, make_runner)
        self._socket = listener
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="signalwire-streams mock", daemon=True
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

    async def hang_up(self, scope: Mapping[str, Any], receive: Callable[[], Any]) -> None:
        """Drop the connection of a request."""
        for connection in list(self._server.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None and transport.get_extra_info("peername") == tuple(scope["client"]):
                transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Server(uvicorn.Server):
    """Sets `ready` once it listens or has failed, and ends the streams before its event loop."""

    def __init__(self, config: uvicorn.Config, make_runner: Callable[[], StreamRunner]) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.runner: StreamRunner | None = None
        self._make_runner = make_runner

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.runner = self._make_runner()
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if self.runner is not None:
            await self.runner.close()
