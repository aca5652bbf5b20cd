"""The receiver: a WebSocket server in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl as tls
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Self, cast
from weakref import WeakSet

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.protocol import State

from signalwire_streams._errors import MessageError
from signalwire_streams.media import Message
from signalwire_streams.receiver._arrivals import Arrivals
from signalwire_streams.receiver._bearer import BearerToken
from signalwire_streams.receiver._stream import ReceivedStream

_LOGGER = logging.getLogger("signalwire_streams.receiver")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.setLevel(logging.INFO)  # at DEBUG, websockets writes bearer tokens and all messages
_SECONDS_TO_CLOSE = 1.0


class Receiver:
    """A WebSocket server that takes streams on any path, and keeps each as a `ReceivedStream`.

        with Receiver(ssl=mock.certificate_for("127.0.0.1")) as receiver:
            client.start_stream("any-call", receiver.url)
            stream = receiver.wait_for_stream()
            stream.wait_for_audio(seconds=1)

    `port` 0 takes a free one. With `ssl` its URL is `wss://`, which a client can be given as it is; without, `ws://`,
    where a route of a mock, or a tunnel, can lead. Connections without the `bearer_token` are refused, if there is one.
    With `keep=False` neither messages nor streams that have ended are kept.

    `on_message` is called with each message after the stream has taken it, `on_end` with each stream whose connection
    is closed, `on_problem` with what was no message, or no stream; all in the receiver's thread.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        ssl: tls.SSLContext | None = None,
        bearer_token: str | None = None,
        keep: bool = True,
        on_message: Callable[[ReceivedStream, Message], None] | None = None,
        on_end: Callable[[ReceivedStream], None] | None = None,
        on_problem: Callable[[ReceivedStream | None, str], None] | None = None,
    ) -> None:
        self._address = (host, port)
        self._ssl = ssl
        self._bearer_token = None if bearer_token is None else BearerToken(bearer_token)
        self._keep = keep
        self._on_message = on_message or _pass_over
        self._on_end = on_end or _pass_over
        self._on_problem = on_problem or _pass_over
        self._arrivals = Arrivals()
        self._thread: threading.Thread | None = None
        self._port: int | None = None
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event

    def __repr__(self) -> str:
        return f"Receiver(url={self.url!r})" if self._port else "Receiver(not running)"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._port is None:
            raise RuntimeError("The receiver has no port until it runs: use it in a with statement, or call start().")
        return self._port

    @property
    def url(self) -> str:
        """Where it is reached on this machine."""
        host = self._address[0]
        return f"{'wss' if self._ssl else 'ws'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def streams(self) -> list[ReceivedStream]:
        """All streams whose start message came, oldest first."""
        return self._arrivals.streams

    def wait_for_stream(self, timeout: float = 5.0) -> ReceivedStream:
        """Wait for a stream that was not yet returned: the first call returns the first. Raises TimeoutError."""
        return self._arrivals.wait_for_stream(timeout)

    def start(self) -> Self:
        """Listen. Raises OSError where that is not possible."""
        if self._thread is not None:
            raise RuntimeError("The receiver is running already.")
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        listener = socket.create_server(self._address, family=family)
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, started)), name="signalwire-streams receiver", daemon=True
        )
        self._thread.start()
        try:
            started.result()
        except BaseException:
            self._thread = None
            raise
        self._port = listener.getsockname()[1]
        return self

    def stop(self) -> None:
        """Close all connections, and return once the thread has ended."""
        if self._thread is not None:
            if self._thread is threading.current_thread():
                raise RuntimeError("This would wait for the receiver's own thread, in which it was called.")
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
            self._thread = self._port = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self, listener: socket.socket, started: Future[None]) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        connections: WeakSet[ServerConnection] = WeakSet()

        def connected(*args: Any, **kwargs: Any) -> ServerConnection:  # noqa: ANN401  as websockets has them
            connection = ServerConnection(*args, **kwargs)
            connections.add(connection)
            return connection

        try:
            async with serve(
                self._take,
                sock=listener,
                ssl=self._ssl,
                process_request=self._check,
                compression=None,
                close_timeout=_SECONDS_TO_CLOSE,
                create_connection=cast("type[ServerConnection]", connected),
                logger=_LOGGER,
            ) as server:
                started.set_result(None)
                await self._stopping.wait()
                server.close()
                closing = asyncio.create_task(server.wait_closed())
                while not closing.done():
                    for connection in list(connections):
                        # websockets would wait ten seconds for a peer that connected, and asks for no WebSocket.
                        if connection.state is State.CONNECTING and hasattr(connection, "transport"):
                            connection.transport.abort()
                    await asyncio.wait([closing], timeout=0.05)
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._bearer_token is None or self._bearer_token.is_in(request.headers):
            return None
        self._arrivals.add_refused()
        self._on_problem(None, "a connection was refused: it had not the bearer token.")
        response = connection.respond(401, "The bearer token is missing or wrong.\n")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response

    async def _take(self, connection: ServerConnection) -> None:
        request = connection.request
        path, headers = (request.path, request.headers.raw_items()) if request else ("/", ())
        stream = ReceivedStream(path, {name.lower(): value for name, value in headers}, keep_messages=self._keep)
        try:
            async for text in connection:
                self._feed(stream, text)
        except ConnectionClosed:
            pass
        finally:
            stream.close(connection.close_code)
            self._end(stream)

    def _feed(self, stream: ReceivedStream, text: str | bytes) -> None:
        try:
            message = stream.feed(text)
        except MessageError as error:
            self._on_problem(stream, f"what came is no message: {error}")
            return
        if stream.start is message:
            self._arrivals.add(stream)
        self._on_message(stream, message)

    def _end(self, stream: ReceivedStream) -> None:
        if stream.start is None:
            self._arrivals.add_without_start()
            self._on_problem(None, "a connection was closed that had sent no start message.")
            return
        if not self._keep:
            self._arrivals.remove(stream)
        self._on_end(stream)


def _pass_over(*_: object) -> None:
    """Take what nobody has asked to be told of."""
