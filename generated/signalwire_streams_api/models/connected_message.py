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

T = TypeVar("T", bound="ConnectedMessage")


@_attrs_define
class ConnectedMessage:
    """The first message of a connection."""

    event: Literal["connected"]
    protocol: str
    """ How to read what follows. """
    version: str
    """ The version of the protocol. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        protocol = self.protocol

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "protocol": protocol,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        event = cast(Literal["connected"], d.pop("event"))
        if event != "connected":
            raise ValueError(f"event must match const 'connected', got '{event}'")

        protocol = d.pop("protocol")

        version = d.pop("version")

        connected_message = cls(
            event=event,
            protocol=protocol,
            version=version,
        )

        connected_message.additional_properties = d
        return connected_message

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
