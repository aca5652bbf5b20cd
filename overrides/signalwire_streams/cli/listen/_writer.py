"""Write events in a thread of their own, so that an output nobody reads never holds up the receiver."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from signalwire_streams.cli._output import print_unbuffered
from signalwire_streams.cli.listen._events import Event

_SECONDS_TO_CLOSE = 2.0
_MAX_QUEUED = 16_000_000  # bytes of memory, roughly
_EVENT_COST = 1000  # bytes of an event without its text


class EventOutput(Protocol):
    """A way to show events. All methods are called in the writer's thread, and may raise OSError."""

    refresh_interval: float | None
    """Seconds between refreshes; None for no refreshes."""

    def show(self, event: Event) -> None:
        """Show an event."""

    def refresh(self) -> None:
        """Update what changes between events."""

    def close(self) -> None:
        """Leave the output as it should stay."""


class LineOutput:
    """One line for each event on standard output."""

    refresh_interval: float | None = None

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def show(self, event: Event) -> None:
        print_unbuffered(event.as_json() if self._as_json else event.text)

    def refresh(self) -> None:
        pass

    def close(self) -> None:
        pass


class EventWriter:
    """Pass events from any thread to an output. If nobody reads the output, events are dropped."""

    def __init__(self, output: EventOutput, on_failure: Callable[[], None]) -> None:
        self.failure: OSError | None = None
        """The error that ended the writing."""
        self._output = output
        self._on_failure = on_failure
        self._events: queue.SimpleQueue[tuple[Event | None, int]] = queue.SimpleQueue()
        self._queued = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="signalwire-streams output", daemon=True)
        self._thread.start()

    def write(self, event: Event) -> None:
        """Queue an event."""
        size = _EVENT_COST + len(event.text) + len(event.as_json())
        with self._lock:
            if self._queued + size <= _MAX_QUEUED:
                self._queued += size
                self._events.put((event, size))

    def close(self) -> None:
        """Wait until all events are shown, or the output is stuck."""
        self._events.put((None, 0))
        self._thread.join(_SECONDS_TO_CLOSE)

    def _run(self) -> None:
        try:
            try:
                self._show_events()
            finally:
                self._output.close()
        except OSError as error:
            self.failure = error
            self._on_failure()

    def _show_events(self) -> None:
        while True:
            try:
                event, size = self._events.get(timeout=self._output.refresh_interval)
            except queue.Empty:
                self._output.refresh()
                continue
            if event is None:
                return
            self._output.show(event)
            with self._lock:
                self._queued -= size
