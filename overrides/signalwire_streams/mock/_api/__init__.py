"""The HTTP API of the mock, driven by the OpenAPI document."""

from signalwire_streams.mock._api.app import MockApp, read_body
from signalwire_streams.mock._api.document import FORM, load_document, load_packaged_document
from signalwire_streams.mock._api.errors import ApiError
from signalwire_streams.mock._api.faults import Faults, PlannedFailure

__all__ = [
    "FORM",
    "ApiError",
    "Faults",
    "MockApp",
    "PlannedFailure",
    "load_document",
    "load_packaged_document",
    "read_body",
]
