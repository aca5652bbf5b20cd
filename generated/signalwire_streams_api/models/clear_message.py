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

T = TypeVar("T", bound="ClearMessage")


@_attrs_define
class ClearMessage:
    """What was sent and is not played yet is thrown away."""

    event: Literal["clear"]
    stream_sid: str
    """ The stream's identifier, as in the start message. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        stream_sid = self.stream_sid

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "streamSid": stream_sid,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        event = cast(Literal["clear"], d.pop("event"))
        if event != "clear":
            raise ValueError(f"event must match const 'clear', got '{event}'")

        stream_sid = d.pop("streamSid")

        clear_message = cls(
            event=event,
            stream_sid=stream_sid,
        )

        clear_message.additional_properties = d
        return clear_message

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
