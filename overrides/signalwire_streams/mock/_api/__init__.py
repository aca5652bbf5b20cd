"""The HTTP API of the mock, driven by the OpenAPI document."""

from signalwire_streams.mock._api.app import MockApp
from signalwire_streams.mock._api.document import load_document
from signalwire_streams.mock._api.faults import Faults

__all__ = ["Faults", "MockApp", "load_document"]
