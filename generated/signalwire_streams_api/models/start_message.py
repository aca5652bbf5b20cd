from __future__ import annotations

from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.start_details import StartDetails


T = TypeVar("T", bound="StartMessage")


@_attrs_define
class StartMessage:
    """What is streamed, and how it is encoded. It comes once, before any audio."""

    event: Literal["start"]
    sequence_number: str
    """ The number of the message within its connection, from 1 at the start message. """
    start: StartDetails
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        sequence_number = self.sequence_number

        start = self.start.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "sequenceNumber": sequence_number,
                "start": start,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.start_details import StartDetails  # noqa: PLC0415

        d = dict(src_dict)
        event = cast(Literal["start"], d.pop("event"))
        if event != "start":
            raise ValueError(f"event must match const 'start', got '{event}'")

        sequence_number = d.pop("sequenceNumber")

        start = StartDetails.from_dict(d.pop("start"))

        start_message = cls(
            event=event,
            sequence_number=sequence_number,
            start=start,
        )

        start_message.additional_properties = d
        return start_message

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
