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

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.dtmf_details import DtmfDetails


T = TypeVar("T", bound="DtmfMessage")


@_attrs_define
class DtmfMessage:
    """A key was pressed."""

    event: Literal["dtmf"]
    dtmf: DtmfDetails
    stream_sid: str | Unset = UNSET
    """ The stream's identifier, as in the start message. """
    sequence_number: str | Unset = UNSET
    """ The number of the message within its connection, from 1 at the start message. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        dtmf = self.dtmf.to_dict()

        stream_sid = self.stream_sid

        sequence_number = self.sequence_number

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "dtmf": dtmf,
            }
        )
        if stream_sid is not UNSET:
            field_dict["streamSid"] = stream_sid
        if sequence_number is not UNSET:
            field_dict["sequenceNumber"] = sequence_number

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dtmf_details import DtmfDetails  # noqa: PLC0415

        d = dict(src_dict)
        event = cast(Literal["dtmf"], d.pop("event"))
        if event != "dtmf":
            raise ValueError(f"event must match const 'dtmf', got '{event}'")

        dtmf = DtmfDetails.from_dict(d.pop("dtmf"))

        stream_sid = d.pop("streamSid", UNSET)

        sequence_number = d.pop("sequenceNumber", UNSET)

        dtmf_message = cls(
            event=event,
            dtmf=dtmf,
            stream_sid=stream_sid,
            sequence_number=sequence_number,
        )

        dtmf_message.additional_properties = d
        return dtmf_message

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
