from typing import Literal

StreamError = Literal[
    "codec_error",
    "connection_refused",
    "connection_refused_timeout_or_ssl_error",
    "Duplicated stream ID",
    "Duplicated stream name",
    "general_error",
    "invalid_track",
    "invalid_url",
    "missing_url",
]

STREAM_ERROR_VALUES: set[StreamError] = {
    "codec_error",
    "connection_refused",
    "connection_refused_timeout_or_ssl_error",
    "Duplicated stream ID",
    "Duplicated stream name",
    "general_error",
    "invalid_track",
    "invalid_url",
    "missing_url",
}


def check_stream_error(value: str) -> StreamError:
    if value in STREAM_ERROR_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STREAM_ERROR_VALUES!r}"
    )
