"""The typed event against the OpenAPI document: what the one has, the other has."""

import inspect
import re
from datetime import datetime
from typing import Any

import attrs
import pytest
from signalwire_streams.callbacks import StatusCallback, parse_status_callback
from support.document import DOCUMENT, STATUS_CALLBACK, known_values, python_name

FIELDS = STATUS_CALLBACK["properties"]
# The reader needs the time of an event, which the document does not promise, and has a default for the name.
MORE_REQUIRED = {"stream_name", "timestamp"}


def attribute_of(field: str) -> str:
    """`StreamEvent` is `event`, but `StreamSid` is `stream_sid`."""
    own = {"StreamEvent": "event", "StreamError": "error", "StreamTrack": "track"}
    return own.get(field) or python_name(field.replace("-ID", "Id"))


def test_an_event_has_an_attribute_for_each_field_of_the_document_and_no_other() -> None:
    attributes = {field.name: field.default is attrs.NOTHING for field in attrs.fields(StatusCallback)}
    assert {attribute_of(field) for field in FIELDS} == attributes.keys() - {"raw"}
    required = {attribute_of(field) for field in STATUS_CALLBACK["required"]}
    assert {name for name, is_required in attributes.items() if is_required} == required | MORE_REQUIRED


@pytest.mark.parametrize("name", ["StreamStarted", "StreamStopped", "StreamFailed"])
def test_the_documents_example_of_each_event_is_read_whole(name: str) -> None:
    example: dict[str, str] = DOCUMENT["components"]["examples"][name]["value"]
    event = parse_status_callback("https://example.com/events", form=example, verify=False)
    assert event.raw == example
    for field, text in example.items():
        read: Any = getattr(event, attribute_of(field))
        assert read == (datetime.fromisoformat(text) if field == "Timestamp" else text)


@pytest.mark.parametrize("field", ["StreamEvent", "StreamTrack", "StreamError"])
def test_the_docstrings_name_the_values_that_the_document_lists(field: str) -> None:
    source = inspect.getsource(StatusCallback)
    (docstring,) = re.findall(rf'^    {attribute_of(field)}: [^\n]*\n    """(.*?)"""', source, re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([\w-]+)`", docstring))
    listed = set(known_values(FIELDS[field]))
    if field == "StreamError":
        assert named - {"stream-error"} < listed
    else:
        assert named == listed
