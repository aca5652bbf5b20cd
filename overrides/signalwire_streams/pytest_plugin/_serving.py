"""Running an ASGI application of the user's on a socket of the loopback interface, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn


class ServedApplication:
    """An application that runs at `url`, `http://127.0.0.1:PORT`."""

    def __init__(self, app: Any, port: int) -> None:  # noqa: ANN401  of any framework
        self.url = f"http://127.0.0.1:{port}"
        self._app = app
        self._running = 0
        self._changed = threading.Condition()

    def wait_until_idle(self, timeout: float = 5.0) -> None:
        """Wait until the application has done with all requests and WebSockets that it got. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._running, timeout):
                problem = f"The application is still at {self._running} requests or WebSockets"
                raise TimeoutError(f"{problem} after {timeout:g} seconds.")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  as ASGI has them
        """Let the application answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        self._add(1)
        try:
            await self._app(scope, receive, send)
        finally:
            self._add(-1)

    def _add(self, count: int) -> None:
        with self._changed:
            self._running += count
            self._changed.notify_all()


@contextmanager
def serving(app: Any) -> Generator[ServedApplication]:  # noqa: ANN401  of any framework
    """Run an application. Raises RuntimeError where it does not start."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # for asyncio's TCP_NODELAY
    listener.bind(("127.0.0.1", 0))
    served = ServedApplication(app, listener.getsockname()[1])
    config = uvicorn.Config(
        served,
        log_config=None,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",  # websockets warns of what "auto" is
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="streams_serve", daemon=True)
    try:
        thread.start()
        server.decided.wait()
        if not server.started:
            raise RuntimeError("The application could not be started; its log says why.")
        yield served
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Server(uvicorn.Server):
    """A server that tells when it listens, or has failed to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.decided = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            with suppress(SystemExit):  # where the application does not start; there is no process here to end
                super().run(sockets)
        finally:
            self.decided.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.decided.set()
