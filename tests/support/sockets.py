"""The user's servers, in threads of the test: a WebSocket server for streams, an HTTP server for callbacks."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve


@dataclass
class Heard:
    """A WebSocket connection: its upgrade request, its messages, and its close code."""

    path: str
    headers: Any
    texts: list[str] = field(default_factory=list)
    close_code: int | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["event"] == event]

    def media(self, track: str) -> list[dict[str, Any]]:
        return [message["media"] for message in self.of("media") if message["media"]["track"] == track]


Act = Callable[[ServerConnection, Heard], None]


def read_all(connection: ServerConnection, heard: Heard) -> None:
    for message in connection:
        assert isinstance(message, str)
        heard.texts.append(message)


class Listener:
    def __init__(self, port: int, scheme: str) -> None:
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.connections: list[Heard] = []
        self._came = threading.Condition()

    def add(self, heard: Heard) -> None:
        with self._came:
            self.connections.append(heard)
            self._came.notify_all()

    def wait(self, count: int) -> list[Heard]:
        """Wait for this many connections: the mock may have finished before the handler has begun."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.connections) >= count, 10)
            assert len(self.connections) == count
            return list(self.connections)

    def the_one(self) -> Heard:
        """Wait for the only connection to end, and return it."""
        (heard,) = self.wait(1)
        assert heard.ended.wait(10)
        return heard


@contextmanager
def listening(act: Act = read_all, context: ssl.SSLContext | None = None, **options: Any) -> Iterator[Listener]:
    """Run a WebSocket server that calls `act` with each connection."""

    def handle(connection: ServerConnection) -> None:
        assert connection.request
        heard = Heard(connection.request.path, connection.request.headers)
        listener.add(heard)
        try:
            act(connection, heard)
        except ConnectionClosed:
            pass
        finally:
            connection.close()
            heard.close_code = connection.close_code
            heard.ended.set()

    with serve(handle, "127.0.0.1", 0, ssl=context, compression=None, **options) as server:
        listener = Listener(server.socket.getsockname()[1], "wss" if context else "ws")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Callback:
    """A status callback that the server received."""

    method: str
    path: str
    headers: Any
    body: str

    @property
    def fields(self) -> dict[str, str]:
        return dict(parse_qsl(self.body or urlsplit(self.path).query, keep_blank_values=True))


class Sink:
    def __init__(self, url: str) -> None:
        self.url = url
        self.callbacks: list[Callback] = []

    @property
    def events(self) -> list[str]:
        return [callback.fields["StreamEvent"] for callback in self.callbacks]


@contextmanager
def taking_callbacks(
    answer: Callable[[int], int | None] = lambda _: 204,
    context: ssl.SSLContext | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[Sink]:
    """Run an HTTP server for callbacks.

    `answer`: returns the status for the nth callback, from 0; None drops the connection.
    `headers`: the headers of each response.
    """

    class Handler(BaseHTTPRequestHandler):
        def take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            sink.callbacks.append(Callback(self.command, self.path, self.headers, body))
            status = answer(len(sink.callbacks) - 1)
            if status is not None:
                self.send_response(status)
                for name, value in {"Content-Length": "0", **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
            self.close_connection = True

        do_GET = do_POST = take  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        sink = Sink(f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()
