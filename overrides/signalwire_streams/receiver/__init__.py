"""Receive streams in a local WebSocket server, for tests and for inspection.

`Levels` is the class of `signalwire_streams.media`.

The receiver needs an extra: `pip install "signalwire-streams[mock]"`, or `[cli]`, or `[pytest]`.
"""

try:
    from signalwire_streams.media._levels import Levels
    from signalwire_streams.receiver._received_stream import ReceivedStream
    from signalwire_streams.receiver._receiver import Receiver
except ModuleNotFoundError as _missing:
    if (_missing.name or "").startswith("signalwire_streams"):
        raise
    raise ModuleNotFoundError(
        f'The receiver needs the package {_missing.name}: pip install "signalwire-streams[mock]"', name=_missing.name
    ) from _missing

__all__ = ["Levels", "ReceivedStream", "Receiver"]
