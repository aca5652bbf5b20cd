"""The resources of the API: what their requests are made of, and what their responses describe.

A resource is one entry here. Its methods, its class and the checks of its fields are derived from the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs
from signalwire_streams_api import models
from signalwire_streams_api.api.calls import list_calls
from signalwire_streams_api.api.streams import (
    start_conference_stream,
    start_stream,
    stop_conference_stream,
    stop_stream,
)
from signalwire_streams_derived.fields import FIELDS, Field
from signalwire_streams_derived.records import Call, ConferenceStream, Stream

from signalwire_streams._record import Record

_R = TypeVar("_R", bound=Record)


@attrs.frozen
class Resource(Generic[_R]):
    """What a response describes."""

    record: type[_R]
    """The class for it."""
    model: type[Any]
    """The generated model, which reads it."""


@attrs.frozen
class StreamResource(Resource[_R]):
    """The streams of a call or of a conference."""

    parent: str
    """What the streams belong to, as in `call` and `call_sid`."""
    start: Callable[..., dict[str, Any]]
    stop: Callable[..., dict[str, Any]]
    form: type[Any]
    """The generated form of a start."""
    fields: tuple[Field, ...]
    """Its fields."""

    @property
    def parent_sid(self) -> str:
        """The argument, and the field of a response, that names the parent."""
        return f"{self.parent}_sid"


@attrs.frozen
class ListResource(Resource[_R]):
    """What can be listed, page by page."""

    list: Callable[..., dict[str, Any]]
    items: str
    """The field of a page that holds the items."""


CALL_STREAMS = StreamResource(
    Stream,
    models.Stream,
    parent="call",
    start=start_stream._get_kwargs,
    stop=stop_stream._get_kwargs,
    form=models.StartStreamForm,
    fields=FIELDS["start_stream"],
)
CONFERENCE_STREAMS = StreamResource(
    ConferenceStream,
    models.ConferenceStream,
    parent="conference",
    start=start_conference_stream._get_kwargs,
    stop=stop_conference_stream._get_kwargs,
    form=models.StartConferenceStreamForm,
    fields=FIELDS["start_conference_stream"],
)
CALLS = ListResource(Call, models.Call, list=list_calls._get_kwargs, items="calls")
