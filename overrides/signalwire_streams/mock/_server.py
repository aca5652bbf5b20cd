"""The mock on a real socket of the loopback interface, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from signalwire_streams.mock._app import MockApp, RecordedRequest
from signalwire_streams.mock._document import load_document
from signalwire_streams.mock._service import MockStream, Service

DEFAULT_PROJECT = "b3877c40-da60-4998-90ad-b792e98472af"
DEFAULT_TOKEN = "mock-token"  # noqa: S105  a default that is told to everybody


class MockServer:
    """The Compat Calls Streams API on `http://127.0.0.1:PORT`, without an account.

        with MockServer() as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
            client.start_stream("any-call", "wss://stream.example.com/audio")
            assert mock.streams[0].status == "in-progress"

    `port` 0 takes a free one. Any call is live, unless `calls` lists those that are, and until `end_call`.
    `document` is the path of an OpenAPI document of your own to hold requests against.
    `on_request` is called with each request before it is answered, in the mock's thread.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        project: str = DEFAULT_PROJECT,
        token: str = DEFAULT_TOKEN,
        calls: Iterable[str] | None = None,
        document: Path | None = None,
        on_request: Callable[[RecordedRequest], None] | None = None,
    ) -> None:
        self.project = project
        self.token = token
        self._port = port
        self._service = Service({project: token}, calls)
        self._app = MockApp(self._service, load_document(document), on_request)
        self._socket: socket.socket | None = None

    def __repr__(self) -> str:
        return f"MockServer(url={self.url!r})" if self._socket else "MockServer(not running)"

    @property
    def app(self) -> ASGIApp:
        """The mock as an ASGI application, to be used without a socket."""
        return self._app

    @property
    def url(self) -> str:
        """What to give a client as its `host`."""
        if self._socket is None:
            raise RuntimeError("The mock has no URL until it runs: use it in a with statement, or call start().")
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests that were received, oldest first."""
        return list(self._app.requests)

    @property
    def streams(self) -> list[MockStream]:
        """All streams ever started, oldest first."""
        return self._service.streams

    def end_call(self, call_sid: str) -> None:
        """End a call: its streams are stopped, and no other can be started on it."""
        self._service.end_call(call_sid)

    def reset(self) -> None:
        """Forget all requests, streams and ended calls: a fresh mock for the next test, at the same URL."""
        self._service.reset()
        self._app.requests.clear()

    def start(self) -> Self:
        """Listen, and return once the mock answers. Raises OSError for a port that is taken, ValueError for no port."""
        if self._socket is not None:
            raise RuntimeError("The mock is running already.")
        if not 0 <= self._port <= 65535:
            raise ValueError(f"The port {self._port} does not exist: expected 0 to 65535, where 0 takes a free one.")
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError:
            listener.close()
            raise
        self._socket = listener
        # log_config=None: the logging of a test that runs the mock stays the test's own.
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="signalwire-streams mock", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()
        if not self._server.started:
            self.stop()
            raise RuntimeError("The mock could not be started; its thread has printed why.")
        return self

    def stop(self) -> None:
        """Stop listening, and return once the mock's thread has ended."""
        if self._socket is not None:
            self._server.should_exit = True
            self._thread.join()
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(uvicorn.Server):
    """A server that tells when it listens, or has failed to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()
