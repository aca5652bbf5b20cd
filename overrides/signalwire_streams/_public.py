"""The public names of the package, each from its home."""

from typing import TYPE_CHECKING

from signalwire_streams._client import StreamsClient
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
from signalwire_streams._requests import CallOptions, StartOptions
from signalwire_streams._retry import Retry, RetryPolicy
from signalwire_streams._stream import Stream

if TYPE_CHECKING:
    from signalwire_streams._async_client import AsyncStreamsClient

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncStreamsClient",
    "AuthenticationError",
    "CallOptions",
    "CallStateError",
    "ClientStateError",
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
    "StartOptions",
    "Stream",
    "StreamsClient",
    "StreamsError",
    "decode_parameters",
    "encode_parameters",
    "parse_rfc2822_date",
]

if not TYPE_CHECKING:  # a type checker that saw this would take any name for one that is there

    def __getattr__(name: str) -> object:
        """Load the async client when it is asked for: half the time that the package takes to load goes to asyncio."""
        if name != "AsyncStreamsClient":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from signalwire_streams._async_client import AsyncStreamsClient  # noqa: PLC0415  as said

        return AsyncStreamsClient
