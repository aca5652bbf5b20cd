"""Run a WebSocket server for streams in a thread of its own."""

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

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.protocol import State

from signalwire_streams._errors import MessageError
from signalwire_streams._loopback import is_loopback, is_loopback_host, is_own_origin
from signalwire_streams._settings import Secret
from signalwire_streams._text import quoted
from signalwire_streams.media import Message, check_bearer
from signalwire_streams.media._bearer import check_token
from signalwire_streams.receiver._received_stream import ReceivedStream
from signalwire_streams.receiver._registry import StreamRegistry

_LOGGER = logging.getLogger("signalwire_streams.receiver")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.setLevel(logging.INFO)  # at DEBUG, websockets logs bearer tokens and all messages
_CLOSE_TIMEOUT = 1.0  # seconds


class Receiver:
    """Accept streams on any path of a local WebSocket server, and keep each one as a `ReceivedStream`.

        with Receiver(ssl=mock.certificate_for("127.0.0.1")) as receiver:
            client.start_stream("any-call", receiver.url)
            stream = receiver.wait_for_stream()
            stream.wait_for_audio(seconds=1)

    - `port`: 0 picks a free port.
    - `host`: the address to listen on.
    - `ssl`: serves `wss://`, which `start_stream` requires. Without it the receiver serves `ws://`, for a mock's route
      or a tunnel.
    - `bearer_token`: rejects connections without this bearer token. See `check_bearer`.
    - `keep`: False keeps no messages, and removes each stream when it ends.
    - `on_message`: called with each stream and message, after the message was added to the stream.
    - `on_end`: called with each stream when its connection is closed.
    - `on_problem`: called with the stream, or None, and the text of a problem, such as an invalid message.

    Raises InputError for a `bearer_token` that is empty or holds anything but visible ASCII.

    All callbacks run in the receiver's thread.

    Web pages of another origin are refused with status 403. A connection is closed if its sender floods it with pings
    and does not read the pongs.
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
        self._bearer_token = None if bearer_token is None else Secret(check_token("bearer_token", bearer_token))
        self._keep = keep
        self._on_message = on_message or _ignore
        self._on_end = on_end or _ignore
        self._on_problem = on_problem or _ignore
        self._registry = StreamRegistry()
        self._thread: threading.Thread | None = None
        self._port: int | None = None
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event

    def __repr__(self) -> str:
        return f"Receiver(url={self.url!r})" if self._port else "Receiver(not running)"

    @property
    def port(self) -> int:
        """The port that the receiver listens on.

        Raises RuntimeError if the receiver is not running.
        """
        if self._port is None:
            raise RuntimeError("The receiver is not running. Use it in a with statement, or call start().")
        return self._port

    @property
    def url(self) -> str:
        """The receiver's URL on this machine.

        Raises RuntimeError if the receiver is not running.
        """
        host = self._address[0]
        return f"{'wss' if self._ssl else 'ws'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def streams(self) -> list[ReceivedStream]:
        """All streams that have sent a start message, oldest first."""
        return self._registry.streams

    def wait_for_stream(self, timeout: float = 5.0) -> ReceivedStream:
        """Wait for the next stream. The first call returns the first stream.

        Raises TimeoutError.
        """
        return self._registry.wait_for_stream(timeout)

    def start(self) -> Self:
        """Start to listen.

        Raises OSError if the address is not available.
        Raises RuntimeError if the receiver is already running.
        """
        if self._thread is not None:
            raise RuntimeError("The receiver is already running. Call stop() first.")
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
        """Close all connections and wait for the receiver's thread to end.

        Raises RuntimeError in a callback, which would wait for its own thread.
        """
        if self._thread is not None:
            if self._thread is threading.current_thread():
                raise RuntimeError("stop() cannot be called in the receiver's own thread. Call it outside callbacks.")
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

        def create_connection(*args: Any, **kwargs: Any) -> ServerConnection:  # noqa: ANN401  defined by websockets
            connection = _Connection(*args, **kwargs)
            connections.add(connection)
            return connection

        try:
            async with serve(
                self._receive,
                sock=listener,
                ssl=self._ssl,
                process_request=self._check_request,
                compression=None,
                close_timeout=_CLOSE_TIMEOUT,
                create_connection=cast("type[ServerConnection]", create_connection),
                logger=_LOGGER,
            ) as server:
                started.set_result(None)
                await self._stopping.wait()
                await _close(server, connections)
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    def _check_request(self, connection: ServerConnection, request: Request) -> Response | None:
        for origin in request.headers.get_all("Origin"):
            if not _is_own_origin(connection, origin, request.headers.get_all("Host")):
                self._on_problem(None, f"connection refused: from a web page of another origin, {quoted(origin)}.")
                return connection.respond(403, "Web pages of another origin are not accepted.\n")
        if self._bearer_token is None or check_bearer(request.headers, self._bearer_token.value):
            return None
        self._registry.count_rejected()
        self._on_problem(None, "connection refused: missing or wrong bearer token.")
        response = connection.respond(401, "The bearer token is missing or wrong.\n")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response

    async def _receive(self, connection: ServerConnection) -> None:
        request = connection.request
        path, headers = (request.path, request.headers.raw_items()) if request else ("/", ())
        stream = ReceivedStream(path, {name.lower(): value for name, value in headers}, keep_messages=self._keep)
        try:
            async for text in connection:
                self._handle_message(stream, text)
        except ConnectionClosed:
            pass
        finally:
            if isinstance(connection, _Connection) and connection.is_deaf:
                self._on_problem(stream, "connection closed: the sender does not read the pongs to its pings.")
            stream.close(connection.close_code)
            self._handle_end(stream)

    def _handle_message(self, stream: ReceivedStream, text: str | bytes) -> None:
        try:
            message = stream.feed(text)
        except MessageError as error:
            self._on_problem(stream, f"invalid message: {error}")
            return
        if stream.start is message:
            self._registry.add(stream)
        self._on_message(stream, message)

    def _handle_end(self, stream: ReceivedStream) -> None:
        if stream.start is None:
            self._registry.count_without_start()
            self._on_problem(None, "connection closed before a start message.")
            return
        if not self._keep:
            self._registry.remove(stream)
        self._on_end(stream)


class _Connection(ServerConnection):
    """A connection that is lost if its sender does not read.

    A receiver sends nothing but control frames. websockets answers every ping, and does not limit the pongs that wait.
    """

    is_deaf = False

    def pause_writing(self) -> None:
        """Abort, because the pongs that wait exceed asyncio's limit."""
        super().pause_writing()
        self.is_deaf = True
        self.loop.call_soon(self.transport.abort)  # at once, asyncio would log each write of a pong that follows


async def _close(server: Server, connections: WeakSet[ServerConnection]) -> None:
    server.close()
    closing = asyncio.create_task(server.wait_closed())
    while not closing.done():
        for connection in list(connections):
            # websockets would wait ten seconds for a client that connects without a WebSocket handshake.
            if connection.state is State.CONNECTING and hasattr(connection, "transport"):
                connection.transport.abort()
        await asyncio.wait([closing], timeout=0.05)


def _is_own_origin(connection: ServerConnection, origin: str, hosts: list[str]) -> bool:
    """Tell whether a connection with an Origin header does not come from a web page of another server.

    Behind a tunnel, Host is the tunnel's name, so Host alone proves nothing. Only browsers have to be refused, and they
    always send Origin. Other clients may send that of the requested URL.
    """
    if len(hosts) != 1 or not is_own_origin(origin, hosts[0]):
        return False
    # With DNS rebinding, the host of the page itself leads to this port on loopback. A tunnel has a port of its own.
    address, port = connection.local_address[:2]
    default_port = "80" if connection.transport.get_extra_info("ssl_object") is None else "443"
    requested_port = hosts[0].rpartition("]")[2].partition(":")[2] or default_port
    return is_loopback_host(hosts[0]) or not (is_loopback(address) and requested_port == str(port))


def _ignore(*_: object) -> None:
    """Ignore an event that has no callback."""
