"""Turn a stream's messages into windows of samples at the rate that a model wants."""

from signalwire_streams.media._windows._audio_window import AudioWindow
from signalwire_streams.media._windows._audio_windows import AudioWindows
from signalwire_streams.media._windows._iterators import aiter_windows, iter_windows
from signalwire_streams.media._windows._options import WindowOptions

__all__ = ["AudioWindow", "AudioWindows", "WindowOptions", "aiter_windows", "iter_windows"]
