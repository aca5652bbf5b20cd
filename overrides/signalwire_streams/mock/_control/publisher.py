"""Publish the changes of the mock as events."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import cast

from signalwire_streams.mock._control.events import EventHub
from signalwire_streams.mock._control.rendering import Renderer
from signalwire_streams.mock._control.snapshot import Snapshot
from signalwire_streams.mock._records import MockStream, Parent, RecordedCallback, RecordedRequest
from signalwire_streams.mock._state import Change

_SECONDS_TO_COLLECT = 0.1
"""The seconds within which changes of a stream become one event, however many messages a receiver sends."""


class Publisher:
    """Publishes changes, in the mock's event loop."""

    def __init__(self, hub: EventHub, snapshot: Snapshot, render: Renderer) -> None:
        self._hub = hub
        self._snapshot = snapshot
        self._render = render
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed: dict[str, MockStream] = {}

    def open(self) -> None:
        """Begin to publish, in the running event loop."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Publish no more."""
        self._loop = None
        self._changed.clear()

    def observe(self, change: Change, record: object) -> None:
        """Publish a change that any thread made."""
        if loop := self._loop:
            with suppress(RuntimeError):  # it has ended
                loop.call_soon_threadsafe(self._publish, change, record)

    def _publish(self, change: Change, record: object) -> None:
        match change:
            case "request":
                self._hub.publish("request", self._render.request(cast("RecordedRequest", record)))
            case "status" | "stream":
                stream = cast("MockStream", record)
                self._publish_soon(stream)
                if self._snapshot.note_connection(stream):
                    self._hub.publish("route", self._snapshot.routes())
            case "callback":
                callback = cast("RecordedCallback", record)
                self._hub.publish("callback", self._render.callback(callback))
                if self._snapshot.note_callback(callback):
                    self._hub.publish("route", self._snapshot.routes())
            case "call":
                self._publish_call(cast("Parent", record))
            case "route":
                self._hub.publish("route", self._snapshot.routes())
            case "fault":
                self._hub.publish("fault", self._snapshot.faults())
            case "reset":
                self._changed.clear()
                self._snapshot.forget()
                self._hub.publish("reset", {})
                self._hub.publish("fault", self._snapshot.faults())
                self._hub.publish("route", self._snapshot.routes())
                for call in self._snapshot.calls():
                    self._hub.publish("call", call)

    def _publish_call(self, parent: Parent) -> None:
        if call := self._snapshot.call(parent):
            self._hub.publish("call", call)

    def _publish_soon(self, stream: MockStream) -> None:
        if stream.conference_sid and stream.history == ["queued"]:  # calls are told of by the state
            self._publish_call(stream.parent)
        if not self._changed:
            asyncio.get_running_loop().call_later(_SECONDS_TO_COLLECT, self._publish_streams)
        self._changed[stream.sid] = stream

    def _publish_streams(self) -> None:
        changed = list(self._changed.values())
        self._changed.clear()
        for stream in changed:
            self._hub.publish("stream", self._render.stream(stream))
