"""A mock of SignalWire, driven by the OpenAPI document, to run and test code without an account.

It needs the extra: `pip install "signalwire-streams[mock]"`.
"""

try:
    from signalwire_streams.mock._api import PlannedFailure, load_document
    from signalwire_streams.mock._message_log import LoggedMessage, MessageLog
    from signalwire_streams.mock._records import (
        CallbackAttempt,
        Handshake,
        MissingRoute,
        MockCall,
        MockCounts,
        MockStream,
        RecordedCallback,
        RecordedRequest,
        RequestProblem,
    )
    from signalwire_streams.mock._server import (
        DEFAULT_KEEP,
        DEFAULT_PROJECT,
        DEFAULT_SIGNING_KEY,
        DEFAULT_TOKEN,
        MockServer,
    )
    from signalwire_streams.mock._streams import Audio
except ModuleNotFoundError as _missing:
    if (_missing.name or "").startswith("signalwire_streams"):
        raise
    raise ModuleNotFoundError(
        f'The mock needs the package {_missing.name}: pip install "signalwire-streams[mock]"', name=_missing.name
    ) from _missing

__all__ = [
    "DEFAULT_KEEP",
    "DEFAULT_PROJECT",
    "DEFAULT_SIGNING_KEY",
    "DEFAULT_TOKEN",
    "Audio",
    "CallbackAttempt",
    "Handshake",
    "LoggedMessage",
    "MessageLog",
    "MissingRoute",
    "MockCall",
    "MockCounts",
    "MockServer",
    "MockStream",
    "PlannedFailure",
    "RecordedCallback",
    "RecordedRequest",
    "RequestProblem",
    "load_document",
]
