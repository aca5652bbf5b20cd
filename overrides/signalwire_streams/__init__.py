"""Stream the audio of live SignalWire calls to your WebSocket server.

    from signalwire_streams import StreamsClient

    with StreamsClient() as client:
        stream = client.start_stream(
            call_sid,
            "wss://stream.example.com/audio",
            parameters={"FirstName": "Jane"},
        )
        client.stop_stream(call_sid, stream.sid)

The settings come from environment variables, or from the arguments of the client.
"""

from signalwire_streams_derived.methods import StartConferenceOptions, StartOptions
from signalwire_streams_derived.records import Call, ConferenceStream, Stream

from signalwire_streams._client import AsyncStreamsClient, StreamsClient
from signalwire_streams._dates import parse_rfc2822_date
from signalwire_streams._errors import (
    APIConnectionError,
    APIError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    CallStateError,
    ClientStateError,
    InputError,
    InvalidRequestError,
    MessageError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    SettingsError,
    SignatureError,
    StreamsError,
)
from signalwire_streams._parameters import Parameters, ParameterValue, decode_parameters, encode_parameters
from signalwire_streams._requests import CallOptions
from signalwire_streams._retry import Retry, RetryPolicy
from signalwire_streams._version import __version__ as __version__

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncStreamsClient",
    "AuthenticationError",
    "Call",
    "CallOptions",
    "CallStateError",
    "ClientStateError",
    "ConferenceStream",
    "InputError",
    "InvalidRequestError",
    "MessageError",
    "NotFoundError",
    "OutcomeUnknownError",
    "ParameterValue",
    "Parameters",
    "PermissionDeniedError",
    "RateLimitError",
    "Retry",
    "RetryPolicy",
    "ServerError",
    "SettingsError",
    "SignatureError",
    "StartConferenceOptions",
    "StartOptions",
    "Stream",
    "StreamsClient",
    "StreamsError",
    "decode_parameters",
    "encode_parameters",
    "parse_rfc2822_date",
]
