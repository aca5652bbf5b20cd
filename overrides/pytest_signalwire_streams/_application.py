"""The ASGI application that `streams_serve` runs, as a test sees it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_signalwire_streams._audio import AudioFollower


class ServedApplication:
    """Your ASGI application, running at `url`, such as `http://127.0.0.1:PORT`."""

    def __init__(
        self,
        app: Any,  # noqa: ANN401  applications of any framework
        port: int,
        audio: AudioFollower,
    ) -> None:
        self.url: str = f"http://127.0.0.1:{port}"
        self._app = app
        self._audio = audio
        self._open = 0
        self._changed = threading.Condition()

    def wait_for_audio(self, seconds: float, stream: object = None, timeout: float = 5.0) -> None:
        """Wait until your application has received `seconds` of audio on each track.

        A message counts once your application asks for the next one, so it has been handled.

        `seconds`: the seconds of audio.
        `stream`: an object with a `sid`, or a sid or name; None waits for all running streams, and at least one stream.
        `timeout`: the seconds to wait.

        Raises `TimeoutError` with the state of the streams, at once if they have ended with less audio.
        """
        self._audio.wait(seconds, stream, timeout)

    def wait_until_idle(self, timeout: float = 5.0) -> None:
        """Wait until your application has finished all requests and WebSockets.

        `timeout`: the seconds to wait.

        Raises `TimeoutError` if some are still open then.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: not self._open, timeout):
                problem = f"The application still has {self._open} open requests or WebSockets"
                raise TimeoutError(f"{problem} after {timeout:g} seconds.")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  the types of ASGI
        """Pass a request, a WebSocket or a lifespan on to the application."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        self._count(1)
        try:
            if scope["type"] == "websocket":
                await self._audio.follow(self._app, scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changed:
            self._open += change
            self._changed.notify_all()
