"""Start and stop audio streams on live phone calls through SignalWire's Compat (LaML) API.

from signalwire_streams import StreamsClient

with StreamsClient() as client:
    stream = client.start_stream(call_sid, "wss://stream.example.com/audio", parameters={"FirstName": "Jane"})
    client.stop_stream(call_sid, stream.sid)
"""

from signalwire_streams._client import AsyncStreamsClient, StreamsClient
from signalwire_streams._dates import parse_rfc2822_date
from signalwire_streams._errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    CallStateError,
    InputError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    SettingsError,
    StreamsError,
)
from signalwire_streams._parameters import Parameters, ParameterValue, decode_parameters, encode_parameters
from signalwire_streams._requests import StartOptions
from signalwire_streams._stream import Stream
from signalwire_streams._version import __version__

__all__ = [
    "APIConnectionError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncStreamsClient",
    "AuthenticationError",
    "CallStateError",
    "InputError",
    "InvalidRequestError",
    "NotFoundError",
    "ParameterValue",
    "Parameters",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
    "SettingsError",
    "StartOptions",
    "Stream",
    "StreamsClient",
    "StreamsError",
    "__version__",
    "decode_parameters",
    "encode_parameters",
    "parse_rfc2822_date",
]
