"""Send requests and receive responses. Nothing else in the core knows of pools, sockets, proxies or deadlines."""

from signalwire_streams._transport._certificates import tls_context
from signalwire_streams._transport._keepalive import KEEPALIVE, idle_seconds
from signalwire_streams._transport._response import MAX_BODY, NoResponse, Progress, Response
from signalwire_streams._transport._senders import AsyncSender, Sender

__all__ = [
    "KEEPALIVE",
    "MAX_BODY",
    "AsyncSender",
    "NoResponse",
    "Progress",
    "Response",
    "Sender",
    "idle_seconds",
    "tls_context",
]
