"""Parse status callbacks and verify their signatures.

    from signalwire_streams.callbacks import parse_status_callback

    event = parse_status_callback(
        str(request.url),
        form=await request.body(),
        headers=request.headers,
    )

Respond with 403 to a `SignatureError`, and with 400 to a `MessageError`.
"""

from signalwire_streams.callbacks._fields import Fields
from signalwire_streams.callbacks._signature import SIGNATURE_HEADER, compute_signature, verify_signature
from signalwire_streams.callbacks._status_callback import StatusCallback, parse_status_callback

__all__ = [
    "SIGNATURE_HEADER",
    "Fields",
    "StatusCallback",
    "compute_signature",
    "parse_status_callback",
    "verify_signature",
]
