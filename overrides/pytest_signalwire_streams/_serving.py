"""Run an ASGI application on a loopback port, in its own thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from signalwire_streams.mock import MockServer

from pytest_signalwire_streams._application import ServedApplication
from pytest_signalwire_streams._audio import AudioFollower


@contextmanager
def serving(app: Any, mock: MockServer) -> Generator[ServedApplication]:  # noqa: ANN401  applications of any framework
    """Run an application until the block ends. The mock is to send it streams.

    Raises `RuntimeError` if the application does not start.
    """
    # Without the protocol, asyncio does not set TCP_NODELAY.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    served = ServedApplication(app, port, AudioFollower(mock, port))
    config = uvicorn.Config(
        served,
        log_config=None,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",  # websockets deprecates the implementation that "auto" picks
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="streams_serve", daemon=True)
    try:
        thread.start()
        server.settled.wait()
        if not server.started:
            raise RuntimeError("The application did not start. Its log says why.")
        yield served
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Server(uvicorn.Server):
    """A server that sets `settled` once it listens or has failed to start."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            with suppress(SystemExit):  # uvicorn ends its process if the application fails, but this is a thread
                super().run(sockets)
        finally:
            self.settled.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()
