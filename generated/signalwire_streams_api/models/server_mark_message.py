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
    from ..models.mark_details import MarkDetails


T = TypeVar("T", bound="ServerMarkMessage")


@_attrs_define
class ServerMarkMessage:
    """A mark behind the audio sent so far; it is echoed once that is played or cleared."""

    event: Literal["mark"]
    stream_sid: str
    """ The stream's identifier, as in the start message. """
    mark: MarkDetails
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        stream_sid = self.stream_sid

        mark = self.mark.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "streamSid": stream_sid,
                "mark": mark,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.mark_details import MarkDetails  # noqa: PLC0415

        d = dict(src_dict)
        event = cast(Literal["mark"], d.pop("event"))
        if event != "mark":
            raise ValueError(f"event must match const 'mark', got '{event}'")

        stream_sid = d.pop("streamSid")

        mark = MarkDetails.from_dict(d.pop("mark"))

        server_mark_message = cls(
            event=event,
            stream_sid=stream_sid,
            mark=mark,
        )

        server_mark_message.additional_properties = d
        return server_mark_message

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
