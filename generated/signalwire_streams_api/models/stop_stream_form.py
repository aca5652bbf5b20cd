from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

T = TypeVar("T", bound="StopStreamForm")


@_attrs_define
class StopStreamForm:
    """Stop the stream, which is the only change that a stream can undergo."""

    status: Literal["stopped"]
    """ The new state of the stream. """

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "Status": status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = cast(Literal["stopped"], d.pop("Status"))
        if status != "stopped":
            raise ValueError(f"Status must match const 'stopped', got '{status}'")

        stop_stream_form = cls(
            status=status,
        )

        return stop_stream_form
