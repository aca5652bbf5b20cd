"""A client library for accessing SignalWire Compat Calls Streams API"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
