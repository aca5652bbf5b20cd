from typing import Literal

StreamCodec = Literal["L16", "L16@16000h", "L16@24000h", "PCMA", "PCMU"]

STREAM_CODEC_VALUES: set[StreamCodec] = {
    "L16",
    "L16@16000h",
    "L16@24000h",
    "PCMA",
    "PCMU",
}


def check_stream_codec(value: str) -> StreamCodec:
    if value in STREAM_CODEC_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_CODEC_VALUES!r}"
    )
