"""Demo streams, and their receiver, so that there is something to see and hear without a server of the user's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from signalwire_streams.mock._records import MockCall, MockStream
from signalwire_streams.mock._state import State
from signalwire_streams.mock._streams import Routes

DEMO_HOST = "wss://demo.example.com"
_URL = f"{DEMO_HOST}/audio"
_PARAMETERS = [("FirstName", "Jane"), ("LastName", "Doe"), ("Language", "en-US")]


class Demo:
    """Demo streams, in the mock's event loop.

    `begin`: called with each new stream.
    """

    def __init__(self, state: State, routes: Routes, project: str, begin: Callable[[MockStream], None]) -> None:
        self._state = state
        self._begin = begin
        self._routes = routes
        self._project = project
        self._opening = asyncio.Lock()
        self._server: Server | None = None

    async def start(self) -> MockStream:
        """Start a stream on a new call, with a route to the receiver of demo streams."""
        port = await self._open_receiver()
        if self._state.is_full():
            raise RuntimeError("The mock runs as many streams as it can. Stop some.")
        self._routes.add(DEMO_HOST, f"ws://127.0.0.1:{port}")
        self._state.tell("route")
        number = 1 + sum(stream.url == _URL for stream in self._state.streams)  # from 1 again after a reset
        call = MockCall(str(uuid4()), from_="+15555550100", to="+15555550101")
        self._state.add_call(call)
        stream = MockStream(
            account_sid=self._project,
            call_sid=call.sid,
            url=_URL,
            track="both_tracks",
            status_callback=None,
            status_callback_method="POST",
            parameters=list(_PARAMETERS),
            authorization_bearer_token=None,
            name=f"demo-{number}",
        )
        self._state.add_stream(stream)
        self._begin(stream)
        return stream

    async def _open_receiver(self) -> int:
        async with self._opening:
            if self._server is None:
                self._server = await serve(_read_all, "127.0.0.1", 0, compression=None)
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    def close(self) -> None:
        """Accept no more connections. Those that are open end with their streams."""
        if self._server is not None:
            self._server.close(close_connections=False)


async def _read_all(connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):  # dropped, as the user wished
        async for _ in connection:
            pass
