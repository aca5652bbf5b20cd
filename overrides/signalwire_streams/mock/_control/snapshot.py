"""What the mock knows, as the JSON of the OpenAPI document."""

from __future__ import annotations

from itertools import chain
from typing import Any

from signalwire_streams._version import __version__
from signalwire_streams.mock._api import Faults
from signalwire_streams.mock._control.rendering import Renderer
from signalwire_streams.mock._records import MockStream, Parent, RecordedCallback, now
from signalwire_streams.mock._state import State
from signalwire_streams.mock._streams import Routes

MOST_RECORDS = 500
"""The most requests, callbacks, calls and stopped streams of a snapshot."""


class Snapshot:
    """Renders the state of a mock.

    `settings`: what a client needs, without secrets.
    """

    def __init__(
        self, state: State, routes: Routes, faults: Faults, render: Renderer, settings: dict[str, str | None]
    ) -> None:
        self._state = state
        self._routes = routes
        self._faults = faults
        self._render = render
        self._settings = settings
        self._reached: dict[str, bool] = {}

    def everything(self, url: str, number: int) -> dict[str, Any]:
        """Render all that the mock knows.

        `url`: the mock's URL.
        `number`: the number of the last event.
        """
        state, render = self._state, self._render
        streams = state.streams
        stopped = [stream for stream in streams if stream.status == "stopped"]
        dropped = {stream.sid for stream in stopped[:-MOST_RECORDS]}
        shown = [stream for stream in streams if stream.sid not in dropped]
        conferences = {stream.conference_sid: stream for stream in reversed(shown) if stream.conference_sid}
        counts = state.counts
        return {
            "seq": number,
            "now": now().timestamp(),
            "version": __version__,
            "settings": {"space": url, **self._settings},
            "streams": [render.stream(stream) for stream in shown],
            "calls": self.calls() + [self.call(("conference", sid)) for sid in reversed(conferences)],
            "requests": [render.request(request) for request in state.requests[-MOST_RECORDS:]],
            "callbacks": [render.callback(callback) for callback in state.callbacks[-MOST_RECORDS:]],
            "routes": self.routes(),
            "faults": self.faults(),
            "counts": {"requests": counts.requests, "streams": counts.streams, "callbacks": counts.callbacks},
        }

    def calls(self) -> list[dict[str, Any]]:
        """Render the last calls, oldest first, without conferences."""
        return [self._render.call(call) for call in reversed(self._state.calls[:MOST_RECORDS])]

    def call(self, parent: Parent) -> dict[str, Any] | None:
        """Render a call or conference; None if the mock does not know it."""
        kind, sid = parent
        if kind == "call":
            return next((self._render.call(call) for call in self._state.calls if call.sid == sid), None)
        ended = self._state.ended(parent)
        times = (stream.times["queued"] for stream in self._state.streams if stream.conference_sid == sid)
        created = next(chain(times, [ended or now()]))
        return self._render.conference(sid, created, ended)

    def routes(self) -> list[dict[str, Any]]:
        """Render all routes."""
        shown = self._routes.shown.items()
        return [{"from": start, "to": target, "reachable": self._reached.get(target)} for start, target in shown]

    def faults(self) -> dict[str, Any]:
        """Render the failures that are planned."""
        return self._render.faults(self._faults.planned)

    def note_connection(self, stream: MockStream) -> bool:
        """Note whether a stream's target could be reached. Returns whether that is news of a route."""
        handshake = stream.handshake
        if stream.target is None or handshake is None:
            return False
        return self._note(stream.target, is_reached=handshake.problem is None or handshake.status is not None)

    def note_callback(self, callback: RecordedCallback) -> bool:
        """Note whether a callback's server could be reached. Returns whether that is news of a route."""
        try:
            target = self._routes.find(callback.url)
        except ValueError:
            return False
        if target is None or not callback.attempt_log:
            return False
        return self._note(str(target), is_reached=callback.attempt_log[-1].status is not None)

    def _note(self, target: str, *, is_reached: bool) -> bool:
        is_news = target in self._routes.shown.values() and self._reached.get(target) is not is_reached
        if is_news:
            self._reached[target] = is_reached
        return is_news

    def forget(self) -> None:
        """Forget which targets could be reached."""
        self._reached.clear()
