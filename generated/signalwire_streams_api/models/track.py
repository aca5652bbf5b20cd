from typing import Literal

Track = Literal["both_tracks", "inbound_track", "outbound_track"]

TRACK_VALUES: set[Track] = {
    "both_tracks",
    "inbound_track",
    "outbound_track",
}


def check_track(value: str) -> Track:
    if value in TRACK_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TRACK_VALUES!r}")
