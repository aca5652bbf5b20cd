"""Contains all the data models used in inputs/outputs"""

from .audio_encoding import AudioEncoding
from .audio_track import AudioTrack
from .clear_message import ClearMessage
from .connected_message import ConnectedMessage
from .dtmf_details import DtmfDetails
from .dtmf_message import DtmfMessage
from .error import Error
from .mark_details import MarkDetails
from .mark_message import MarkMessage
from .media_details import MediaDetails
from .media_format import MediaFormat
from .media_message import MediaMessage
from .server_dtmf_details import ServerDtmfDetails
from .server_dtmf_message import ServerDtmfMessage
from .server_mark_message import ServerMarkMessage
from .server_media_details import ServerMediaDetails
from .server_media_message import ServerMediaMessage
from .start_details import StartDetails
from .start_details_custom_parameters import StartDetailsCustomParameters
from .start_message import StartMessage
from .start_stream_form import StartStreamForm
from .status_callback_form import StatusCallbackForm
from .status_callback_method import StatusCallbackMethod
from .stop_message import StopMessage
from .stop_stream_form import StopStreamForm
from .stream import Stream
from .stream_error import StreamError
from .stream_event import StreamEvent
from .stream_status import StreamStatus
from .track import Track

__all__ = (
    "AudioEncoding",
    "AudioTrack",
    "ClearMessage",
    "ConnectedMessage",
    "DtmfDetails",
    "DtmfMessage",
    "Error",
    "MarkDetails",
    "MarkMessage",
    "MediaDetails",
    "MediaFormat",
    "MediaMessage",
    "ServerDtmfDetails",
    "ServerDtmfMessage",
    "ServerMarkMessage",
    "ServerMediaDetails",
    "ServerMediaMessage",
    "StartDetails",
    "StartDetailsCustomParameters",
    "StartMessage",
    "StartStreamForm",
    "StatusCallbackForm",
    "StatusCallbackMethod",
    "StopMessage",
    "StopStreamForm",
    "Stream",
    "StreamError",
    "StreamEvent",
    "StreamStatus",
    "Track",
)
