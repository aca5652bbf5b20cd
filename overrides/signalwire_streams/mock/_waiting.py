"""Waiting for what a mock does, without sleeping."""

from __future__ import annotations

from collections.abc import Sequence

from signalwire_streams.mock._callbacks import RecordedCallback
from signalwire_streams.mock._service import Service
from signalwire_streams.mock._stream import MockStream

STATES = ("queued", "in-progress", "stopped", "closed")
_EVENTS = ("stream-started", "stream-stopped", "stream-error")


def find(streams: Sequence[MockStream], stream: object) -> MockStream | None:
    """Return the stream that is meant: by its sid or name, or an object that has a `sid`; the newest of a name."""
    wanted = getattr(stream, "sid", stream)
    if not isinstance(wanted, str):
        raise TypeError(f"Expected a stream, or its sid or name, not {type(stream).__name__}.")
    found = [each for each in streams if wanted in {each.sid, each.name}]
    running = [each for each in found if each.status != "stopped"]
    return next((some[-1] for some in (running, found) if some), None)


def wait_for_state(service: Service, stream: object, state: str, timeout: float) -> MockStream:
    """Wait until a stream is, or has been, in a state. Raises TimeoutError, at once where it can never be."""
    if state not in STATES:
        raise ValueError(f"{state!r} is not a state of a stream: expected one of {', '.join(STATES)}.")

    def decided() -> bool:
        found = find(service.streams, stream)
        return found is not None and (state in found.history or (state != "closed" and "stopped" in found.history))

    service.wait_until(decided, timeout)
    found = find(service.streams, stream)
    if found is None:
        raise TimeoutError(f"There is no such stream after {timeout:g} seconds.")
    if state not in found.history:
        why = f" ({found.error}: {found.problem})" if found.error else ""
        if found.status == "stopped" and state != "closed":
            raise TimeoutError(f"The stream {found.name!r} is stopped{why}, and never was {state}.")
        raise TimeoutError(f"The stream {found.name!r} is {found.status}{why}, not {state}, after {timeout:g} seconds.")
    return found


def wait_for_callback(
    service: Service, callbacks: Sequence[RecordedCallback], event: str, stream: object, timeout: float
) -> RecordedCallback:
    """Wait until a callback of an event was delivered or given up. Raises TimeoutError."""
    if event not in _EVENTS:
        raise ValueError(f"{event!r} is not an event: expected one of {', '.join(_EVENTS)}.")

    def first() -> RecordedCallback | None:
        found = None if stream is None else find(service.streams, stream)
        for each in list(callbacks):
            if each.event == event and (stream is None or (found is not None and each.stream_sid == found.sid)):
                return each
        return None

    service.wait_until(lambda: first() is not None, timeout)
    callback = first()
    if callback is None:
        made = ", ".join(each.event for each in list(callbacks)) or "none"
        states = ", ".join(f"{each.name!r} is {each.status}" for each in service.streams) or "there are no streams"
        raise TimeoutError(f"No callback {event} came in {timeout:g} seconds; made so far: {made}; {states}.")
    return callback
