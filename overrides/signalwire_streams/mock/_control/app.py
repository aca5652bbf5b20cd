"""The ASGI application: the control API and the page, beside the application that the mock is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from signalwire_streams.mock._api import ApiError, Faults, read_body
from signalwire_streams.mock._control.access import require_json, require_own_page, require_this_machine
from signalwire_streams.mock._control.document import PREFIX, ControlDocument
from signalwire_streams.mock._control.errors import ControlError
from signalwire_streams.mock._control.events import EventHub
from signalwire_streams.mock._control.levels import LevelMeter
from signalwire_streams.mock._control.masks import Masks
from signalwire_streams.mock._control.operations import ControlRequest, Operations
from signalwire_streams.mock._control.page import Page
from signalwire_streams.mock._control.publisher import Publisher
from signalwire_streams.mock._control.rendering import Renderer
from signalwire_streams.mock._control.responses import SAFE_HEADERS
from signalwire_streams.mock._control.snapshot import Snapshot
from signalwire_streams.mock._state import State
from signalwire_streams.mock._streams import Routes, SessionConfig

if TYPE_CHECKING:
    from signalwire_streams.mock._server import MockServer

MAX_BODY = 100_000
"""The size of a request body in bytes."""


class ControlApp:
    """Serves the control API and the page, and all other paths by another application.

    `mock`: the mock to steer.
    `api`: the application for all other paths.
    `secrets`: the credentials that were given to the mock.
    `settings`: what a client needs to use the mock. None stands for a secret.
    `hang_up`: drops the connection of a request.
    """

    def __init__(
        self,
        mock: MockServer,
        api: ASGIApp,
        *,
        state: State,
        routes: Routes,
        faults: Faults,
        config: SessionConfig,
        secrets: Iterable[str],
        settings: dict[str, str | None],
        hang_up: Callable[[Scope, Receive], Awaitable[None]],
    ) -> None:
        self._api = api
        self._page = Page()
        self._document = ControlDocument()
        render = Renderer(Masks(secrets), config)
        snapshot = Snapshot(state, routes, faults, render, settings)
        meter = LevelMeter(config, state)
        self._hub = EventHub(meter.measure)
        self._publisher = Publisher(self._hub, snapshot, render)
        self._operations = Operations(
            mock, state=state, config=config, hub=self._hub, snapshot=snapshot, render=render, hang_up=hang_up
        )
        state.observe(self._publisher.observe)

    def open(self) -> None:
        """Begin to publish changes, in the running event loop."""
        self._hub.open()
        self._publisher.open()

    def close(self) -> None:
        """Let all readers go, because the event loop ends."""
        self._publisher.close()
        self._hub.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request that came through a socket."""
        path = scope["raw_path"].decode("ascii", "replace")
        if not path.startswith(f"{PREFIX}/") and not self._page.has(path):
            await self._api(scope, receive, send)
            return
        try:
            response = await self._respond(Request(scope, receive), path)
        except ControlError as error:
            response = error.response()
        except ApiError as error:
            response = ControlError(error.status, error.message, error.headers).response()
        except ClientDisconnect:  # it has gone in the middle of the body
            return
        response.headers.update(SAFE_HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        await response(scope, receive, send)

    async def _respond(self, request: Request, path: str) -> Response:
        headers, method = request.headers, request.method
        require_this_machine(headers)
        if self._page.has(path):
            return self._page.respond(method, path, headers)
        require_own_page(headers)
        operation, parameters = self._document.find(method, path)
        fields = {}
        if operation.has_body:
            require_json(headers)
            fields = operation.read(await read_body(request, MAX_BODY))
        return await self._operations.run(
            operation.id, ControlRequest(parameters, request.query_params, headers, fields)
        )
