"""A mock of the service, driven by the OpenAPI document, to run code against without an account.

It needs the extra: `pip install "signalwire-streams[mock]"`.
"""

try:
    from signalwire_streams.mock._app import RecordedRequest
    from signalwire_streams.mock._audio import Audio
    from signalwire_streams.mock._callbacks import RecordedCallback
    from signalwire_streams.mock._document import load_document
    from signalwire_streams.mock._server import DEFAULT_PROJECT, DEFAULT_SIGNING_KEY, DEFAULT_TOKEN, MockServer
    from signalwire_streams.mock._stream import MessageLog, MockStream
except ModuleNotFoundError as _missing:
    if (_missing.name or "").startswith("signalwire_streams"):
        raise
    raise ModuleNotFoundError(
        f'The mock needs the package {_missing.name}: pip install "signalwire-streams[mock]"', name=_missing.name
    ) from _missing

__all__ = [
    "DEFAULT_PROJECT",
    "DEFAULT_SIGNING_KEY",
    "DEFAULT_TOKEN",
    "Audio",
    "MessageLog",
    "MockServer",
    "MockStream",
    "RecordedCallback",
    "RecordedRequest",
    "load_document",
]
