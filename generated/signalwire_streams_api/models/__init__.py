"""Contains all the data models used in inputs/outputs"""

from .call import Call
from .call_page import CallPage
from .call_status import CallStatus
from .conference_errors import ConferenceErrors
from .conference_stream import ConferenceStream
from .error import Error
from .start_conference_stream_form import StartConferenceStreamForm
from .start_stream_form import StartStreamForm
from .status_callback_method import StatusCallbackMethod
from .stop_stream_form import StopStreamForm
from .stream import Stream
from .stream_codec import StreamCodec
from .stream_fields import StreamFields
from .stream_status import StreamStatus
from .track import Track

__all__ = (
    "Call",
    "CallPage",
    "CallStatus",
    "ConferenceErrors",
    "ConferenceStream",
    "Error",
    "StartConferenceStreamForm",
    "StartStreamForm",
    "StatusCallbackMethod",
    "StopStreamForm",
    "Stream",
    "StreamCodec",
    "StreamFields",
    "StreamStatus",
    "Track",
)
