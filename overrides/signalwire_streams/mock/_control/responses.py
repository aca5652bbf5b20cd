"""Responses: JSON, and streams that end with their client."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SECONDS_TO_READ = 30.0
"""The seconds that a client may leave a stream unread."""

SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""The headers of every response: what a browser may do with it."""


def to_json(value: object) -> bytes:
    """Return a value as JSON in ASCII, so that every text can be sent, even half of a surrogate pair."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


class JsonResponse(Response):
    """A value as JSON."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """Return the body."""
        return to_json(content)


class StreamedResponse(Response):
    """Bytes that come over time, until they end or the client has gone.

    `chunks`: the bytes. It is closed at the end.
    `media_type`: the `Content-Type`.
    `hang_up`: drops the connection of a client that reads nothing for `SECONDS_TO_READ`.
    `headers`: more response headers.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        media_type: str,
        hang_up: Callable[[Scope, Receive], Awaitable[None]],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(None, 200, headers, media_type)
        if headers is None or "Content-Length" not in headers:
            del self.headers["content-length"]
        self._chunks = chunks
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._send_chunks, scope, receive, send, group.cancel_scope.cancel)
            await _disconnect(receive)
            group.cancel_scope.cancel()

    async def _send_chunks(self, scope: Scope, receive: Receive, send: Send, end: Callable[[], Any]) -> None:
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        try:
            async with aclosing(self._chunks) as chunks:
                await send(start)
                async for chunk in chunks:
                    with anyio.fail_after(SECONDS_TO_READ):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            await self._hang_up(scope, receive)
        end()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
