"""A stream of the mock: what was asked for, how it stands, and what went over its WebSocket."""

from __future__ import annotations

import json
from collections import Counter, deque
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import attrs


class MessageLog:
    """The messages that went one way: how many of each event, and the last hundred."""

    KEPT = 100

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._last: deque[str | bytes] = deque(maxlen=self.KEPT)

    def __repr__(self) -> str:  # without the messages, whose parameters may be secrets
        return f"MessageLog({dict(self._counts)})"

    @property
    def counts(self) -> Counter[str]:
        """How many messages there were of each event; of what has no event, under an empty name."""
        return self._counts.copy()

    @property
    def last(self) -> list[Any]:
        """The last hundred, oldest first: each as its JSON says, else the text or bytes as they were."""
        return [_loaded(message) for message in self._last.copy()]

    def add(self, event: str, message: str | bytes) -> None:
        """Keep a message of a known event."""
        self._counts[event] += 1
        self._last.append(message)

    def add_unread(self, message: str | bytes) -> None:
        """Keep a message of whatever kind."""
        content: dict[str, Any] | str | bytes | None = _loaded(message)
        event = content.get("event") if isinstance(content, dict) else None
        self.add(event if isinstance(event, str) else "", message)


def _loaded(message: str | bytes) -> Any:  # noqa: ANN401  whatever a peer sends
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return message


@attrs.define
class MockStream:
    """A stream of the mock, as it stands."""

    account_sid: str
    call_sid: str
    url: str
    track: str
    status_callback: str | None
    status_callback_method: str
    parameters: list[tuple[str, str]] = attrs.field(repr=False)
    """The custom parameters, in the order of their indices."""
    authorization_bearer_token: str | None = attrs.field(repr=False)
    sid: str = attrs.field(factory=lambda: str(uuid4()))
    name: str = ""
    status: str = "queued"
    """`queued`, `in-progress` or `stopped`."""
    date_updated: datetime = attrs.field(factory=lambda: datetime.now(UTC))
    sent: MessageLog = attrs.field(factory=MessageLog, eq=False)
    """What the mock sent to the WebSocket server."""
    received: MessageLog = attrs.field(factory=MessageLog, eq=False)
    """What the WebSocket server sent, none of which a stream of this API heeds."""
    error: str | None = None
    """The reason of its `stream-error`, as documented for `StreamError`; None for a stream that did not fail."""
    problem: str | None = None
    """The error in words."""
    close_code: int | None = None
    """With what code the WebSocket was closed: 1006 where it was lost, None where it is open or never was."""
    history: list[str] = attrs.field(factory=lambda: ["queued"])
    """The states it has been in, and at the very end `closed`: its WebSocket is closed, and its callbacks were made."""

    def move_to(self, status: str) -> None:
        """Change the status, and the date with it."""
        self.status = status
        self.history.append(status)
        self.date_updated = datetime.now(UTC)

    @property
    def tracks(self) -> tuple[str, ...]:
        """The tracks that are sent: `inbound`, `outbound` or both."""
        return ("inbound", "outbound") if self.track == "both_tracks" else (self.track.removesuffix("_track"),)

    def answer(self, base_path: str) -> dict[str, str]:
        """Return the body that describes the stream in an answer."""
        account, call, sid = (quote(part, safe="") for part in (self.account_sid, self.call_sid, self.sid))
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "call_sid": self.call_sid,
            "name": self.name,
            "status": self.status,
            "date_updated": format_datetime(self.date_updated),
            "uri": f"{base_path}/Accounts/{account}/Calls/{call}/Streams/{sid}.json",
        }
