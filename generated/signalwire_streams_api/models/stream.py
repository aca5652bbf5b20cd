from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.stream_status import StreamStatus, check_stream_status

T = TypeVar("T", bound="Stream")


@_attrs_define
class Stream:
    """A stream as it was when SignalWire responded. SignalWire may add fields to these."""

    sid: str
    """ The SID of the stream, which is opaque text. """
    account_sid: str
    """ The Project ID. """
    call_sid: str
    """ The SID of the call. """
    name: None | str
    """ The name of the stream, which is its SID if the start gave no name. SignalWire's reference has text here.
    SDK fixtures and SignalWire's conference streams can have `null`: take that for the SID.
     """
    status: str | StreamStatus
    """ The state of the stream. Accept values that are not listed here. """
    date_updated: str
    """ When the stream last changed. It is an RFC 2822 date with an offset. Accept `Sept` for September, too, as in
    some of SignalWire's examples.
     """
    uri: str
    """ The absolute path of the stream on the server, ending in `.json`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        sid = self.sid

        account_sid = self.account_sid

        call_sid = self.call_sid

        name: None | str
        name = self.name

        status: str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        date_updated = self.date_updated

        uri = self.uri

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "sid": sid,
                "account_sid": account_sid,
                "call_sid": call_sid,
                "name": name,
                "status": status,
                "date_updated": date_updated,
                "uri": uri,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        sid = d.pop("sid")

        account_sid = d.pop("account_sid")

        call_sid = d.pop("call_sid")

        def _parse_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        name = _parse_name(d.pop("name"))

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

        stream = cls(
            sid=sid,
            account_sid=account_sid,
            call_sid=call_sid,
            name=name,
            status=status,
            date_updated=date_updated,
            uri=uri,
        )

        stream.additional_properties = d
        return stream

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
