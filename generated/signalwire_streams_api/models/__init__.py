"""Contains all the data models used in inputs/outputs"""

from .error import Error
from .start_stream_form import StartStreamForm
from .status_callback_method import StatusCallbackMethod
from .stop_stream_form import StopStreamForm
from .stream import Stream
from .stream_status import StreamStatus
from .track import Track

__all__ = (
    "Error",
    "StartStreamForm",
    "StatusCallbackMethod",
    "StopStreamForm",
    "Stream",
    "StreamStatus",
    "Track",
)
