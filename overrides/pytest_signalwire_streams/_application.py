"""The ASGI application that `streams_serve` runs, as a test sees it."""

from __future__ import annotations

import threading
from typing import Any


class ServedApplication:
    """Your ASGI application, running at `url`, such as `http://127.0.0.1:PORT`."""

    def __init__(self, app: Any, port: int) -> None:  # noqa: ANN401  applications of any framework
        self.url: str = f"http://127.0.0.1:{port}"
        self._app = app
        self._open = 0
        self._changed = threading.Condition()

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
            await self._app(scope, receive, send)
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changed:
            self._open += change
            self._changed.notify_all()
