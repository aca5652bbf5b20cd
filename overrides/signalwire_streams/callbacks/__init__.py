"""Status callbacks: what the service tells of a stream's events, as typed events whose signatures have been verified.

from signalwire_streams.callbacks import parse_status_callback

event = parse_status_callback(str(request.url), form=await request.body(), headers=request.headers)
"""

from signalwire_streams.callbacks._event import StatusCallback, parse_status_callback
from signalwire_streams.callbacks._fields import Fields
from signalwire_streams.callbacks._signature import SIGNATURE_HEADER, compute_signature, verify_signature

__all__ = [
    "SIGNATURE_HEADER",
    "Fields",
    "StatusCallback",
    "compute_signature",
    "parse_status_callback",
    "verify_signature",
]
