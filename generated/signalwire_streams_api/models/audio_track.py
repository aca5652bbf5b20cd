from typing import Literal

AudioTrack = Literal["inbound", "outbound"]

AUDIO_TRACK_VALUES: set[AudioTrack] = {
    "inbound",
    "outbound",
}


def check_audio_track(value: str) -> AudioTrack:
    if value in AUDIO_TRACK_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {AUDIO_TRACK_VALUES!r}"
    )
