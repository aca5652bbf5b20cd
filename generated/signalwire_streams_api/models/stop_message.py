from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="StopMessage")


@_attrs_define
class StopMessage:
    """The stream or its call has ended. Nothing follows."""

    event: Literal["stop"]
    sequence_number: str
    """ The number of the message within its connection, from 1 at the start message. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        sequence_number = self.sequence_number

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "sequenceNumber": sequence_number,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        event = cast(Literal["stop"], d.pop("event"))
        if event != "stop":
            raise ValueError(f"event must match const 'stop', got '{event}'")

        sequence_number = d.pop("sequenceNumber")

        stop_message = cls(
            event=event,
            sequence_number=sequence_number,
        )

        stop_message.additional_properties = d
        return stop_message

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
