from typing import Literal

StreamEvent = Literal["stream-error", "stream-started", "stream-stopped"]

STREAM_EVENT_VALUES: set[StreamEvent] = {
    "stream-error",
    "stream-started",
    "stream-stopped",
}


def check_stream_event(value: str) -> StreamEvent:
    if value in STREAM_EVENT_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_EVENT_VALUES!r}"
    )
