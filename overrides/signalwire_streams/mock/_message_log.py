"""The WebSocket messages of one direction of a stream."""

from __future__ import annotations

import json
from collections import Counter, deque
from datetime import UTC, datetime
from typing import Any

import attrs

_AUDIO = "media"


@attrs.frozen
class LoggedMessage:
    """A WebSocket message without audio."""

    time: datetime
    """When it was sent or received, in UTC."""
    event: str
    """The event; "" if it has none."""
    text: str | bytes = attrs.field(repr=False)
    """The message as sent. It may contain secrets, so the `repr` leaves it out."""

    @property
    def message(self) -> Any:  # noqa: ANN401  a peer may send any JSON
        """The message: parsed if it is JSON, otherwise the text or bytes."""
        return _parsed(self.text)


class MessageLog:
    """The WebSocket messages of one direction: a count for each event, and the last hundred messages.

    The last hundred messages without audio are kept apart, so that audio does not displace the start message.
    """

    KEPT = 100
    _MAX_SIZE = 1_000_000
    _MAX_EVENTS = 100
    _MAX_EVENT_LENGTH = 100

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._last: deque[str | bytes] = deque()
        self._size = 0
        self._control: deque[LoggedMessage] = deque()
        self._control_size = 0

    def __repr__(self) -> str:  # without the messages, because their parameters may be secrets
        return f"MessageLog({dict(self._counts)})"

    @property
    def counts(self) -> Counter[str]:
        """The number of messages of each event.

        Messages without an event count under `""`, as do those of new events after the first hundred.
        """
        return self._counts.copy()

    @property
    def last(self) -> list[Any]:
        """The last hundred messages, oldest first: parsed if they are JSON, otherwise the text or bytes.

        Of large messages it has fewer: as many as fit into a million characters.
        """
        return [_parsed(message) for message in self._last.copy()]

    @property
    def control(self) -> list[LoggedMessage]:
        """The last hundred messages without audio, oldest first. Of large messages it has fewer, as `last` does."""
        return list(self._control.copy())

    def add(self, event: str, message: str | bytes) -> None:
        """Add a message whose event is known."""
        self._counts[event] += 1
        self._last.append(message)
        self._size += len(message)
        while len(self._last) > self.KEPT or (self._size > self._MAX_SIZE and len(self._last) > 1):
            self._size -= len(self._last.popleft())
        if event != _AUDIO:
            self._add_control(event, message)

    def _add_control(self, event: str, message: str | bytes) -> None:
        self._control.append(LoggedMessage(datetime.now(UTC), event, message))
        self._control_size += len(message)
        while len(self._control) > self.KEPT or (self._control_size > self._MAX_SIZE and len(self._control) > 1):
            self._control_size -= len(self._control.popleft().text)

    def forget(self) -> None:
        """Drop the messages, and keep the counts."""
        self._last.clear()
        self._control.clear()
        self._size = self._control_size = 0

    def add_unread(self, message: str | bytes) -> str:
        """Add any message, and return the event that it counts under."""
        content: dict[str, Any] | str | bytes | None = _parsed(message)
        event = content.get("event") if isinstance(content, dict) else None
        if not isinstance(event, str) or len(event) > self._MAX_EVENT_LENGTH:
            event = ""
        has_room = event in self._counts or len(self._counts) < self._MAX_EVENTS
        event = event if has_room else ""
        self.add(event, message)
        return event


def _parsed(message: str | bytes) -> Any:  # noqa: ANN401  a peer may send any JSON
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return message
