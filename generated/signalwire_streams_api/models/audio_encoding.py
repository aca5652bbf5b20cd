from typing import Literal

AudioEncoding = Literal["audio/x-L16", "audio/x-mulaw"]

AUDIO_ENCODING_VALUES: set[AudioEncoding] = {
    "audio/x-L16",
    "audio/x-mulaw",
}


def check_audio_encoding(value: str) -> AudioEncoding:
    if value in AUDIO_ENCODING_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {AUDIO_ENCODING_VALUES!r}"
    )
