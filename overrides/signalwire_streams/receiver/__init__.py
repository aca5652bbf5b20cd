"""A WebSocket server that receives streams and keeps what came, for tests and for a look at what is sent.

It needs an extra: `pip install "signalwire-streams[mock]"`, or `[cli]`, or `[pytest]`.
"""

try:
    from signalwire_streams.receiver._levels import Levels
    from signalwire_streams.receiver._server import Receiver
    from signalwire_streams.receiver._stream import ReceivedStream
except ModuleNotFoundError as _missing:
    if (_missing.name or "").startswith("signalwire_streams"):
        raise
    raise ModuleNotFoundError(
        f'The receiver needs the package {_missing.name}: pip install "signalwire-streams[mock]"', name=_missing.name
    ) from _missing

__all__ = ["Levels", "ReceivedStream", "Receiver"]
