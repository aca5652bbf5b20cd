from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.stream_status import StreamStatus, check_stream_status
from ..types import UNSET, Unset

T = TypeVar("T", bound="ConferenceStream")


@_attrs_define
class ConferenceStream:
    """A conference's stream as it was when SignalWire responded. SignalWire may add fields to these."""

    sid: str
    """ The SID of the stream, which is opaque text. """
    account_sid: str
    """ The Project ID. """
    conference_sid: str
    """ The SID of the conference. """
    status: str | StreamStatus
    """ The state of the stream. Accept values that are not listed here. """
    date_updated: str
    """ When the stream last changed. It is an RFC 2822 date with an offset. """
    uri: str
    """ The absolute path of the stream on the server, ending in `.json`. """
    name: None | str | Unset = UNSET
    """ The name of the stream. It can be null. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        sid = self.sid

        account_sid = self.account_sid

        conference_sid = self.conference_sid

        status: str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        date_updated = self.date_updated

        uri = self.uri

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "sid": sid,
                "account_sid": account_sid,
                "conference_sid": conference_sid,
                "status": status,
                "date_updated": date_updated,
                "uri": uri,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        sid = d.pop("sid")

        account_sid = d.pop("account_sid")

        conference_sid = d.pop("conference_sid")

        def _parse_status(data: object) -> str | StreamStatus:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                status_type_0 = check_stream_status(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(str | StreamStatus, data)

        status = _parse_status(d.pop("status"))

        date_updated = d.pop("date_updated")

        uri = d.pop("uri")

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        conference_stream = cls(
            sid=sid,
            account_sid=account_sid,
            conference_sid=conference_sid,
            status=status,
            date_updated=date_updated,
            uri=uri,
            name=name,
        )

        conference_stream.additional_properties = d
        return conference_stream

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
