"""Where `listen` writes its events: a thread of its own, so that streams are received whether or not anybody reads."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from signalwire_streams.cli._listen_events import Event

_SECONDS_TO_END = 2.0


class Output(Protocol):
    """Shows events. All is called in one thread, and may raise OSError."""

    interval: float | None
    """How often to refresh."""

    def show(self, event: Event) -> None:
        """Show an event."""

    def refresh(self) -> None:
        """Show how things stand."""

    def close(self) -> None:
        """End."""


class Lines:
    """A line for each event on standard output, which is a pipe or a file."""

    interval: float | None = None

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def show(self, event: Event) -> None:
        if sys.stdout is None:  # it was closed before the command began
            return
        line = event.as_json() if self._as_json else event.text
        # Past Python's buffer, whose lock a thread that waits for a reader would hold to the very end.
        os.write(sys.stdout.fileno(), f"{line}\n".encode(sys.stdout.encoding, "backslashreplace"))

    def refresh(self) -> None:
        pass

    def close(self) -> None:
        pass


class Teller:
    """Takes events from any thread, and has them shown."""

    def __init__(self, output: Output, on_failure: Callable[[], None]) -> None:
        self.failure: OSError | None = None
        self._output = output
        self._on_failure = on_failure
        self._events: queue.Queue[Event | None] = queue.Queue(maxsize=10_000)
        self._thread = threading.Thread(target=self._run, name="signalwire-streams output", daemon=True)
        self._thread.start()

    def tell(self, event: Event) -> None:
        """Have an event shown."""
        with suppress(queue.Full):  # nobody reads
            self._events.put_nowait(event)

    def close(self) -> None:
        """Return once all is shown, or nobody has read for a while."""
        with suppress(queue.Full):
            self._events.put_nowait(None)
        self._thread.join(_SECONDS_TO_END)

    def _run(self) -> None:
        try:
            try:
                while True:
                    try:
                        event = self._events.get(timeout=self._output.interval)
                    except queue.Empty:
                        self._output.refresh()
                        continue
                    if event is None:
                        return
                    self._output.show(event)
            finally:
                self._output.close()
        except OSError as error:
            self.failure = error
            self._on_failure()
