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
    from ..models.media_details import MediaDetails


T = TypeVar("T", bound="MediaMessage")


@_attrs_define
class MediaMessage:
    """A piece of one track's audio, 20 ms as a rule."""

    event: Literal["media"]
    sequence_number: str
    """ The number of the message within its connection, from 1 at the start message. """
    media: MediaDetails
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        sequence_number = self.sequence_number

        media = self.media.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "sequenceNumber": sequence_number,
                "media": media,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.media_details import MediaDetails  # noqa: PLC0415

        d = dict(src_dict)
        event = cast(Literal["media"], d.pop("event"))
        if event != "media":
            raise ValueError(f"event must match const 'media', got '{event}'")

        sequence_number = d.pop("sequenceNumber")

        media = MediaDetails.from_dict(d.pop("media"))

        media_message = cls(
            event=event,
            sequence_number=sequence_number,
            media=media,
        )

        media_message.additional_properties = d
        return media_message

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
