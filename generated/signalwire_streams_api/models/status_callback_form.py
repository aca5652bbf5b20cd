from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.stream_error import StreamError, check_stream_error
from ..models.stream_event import StreamEvent, check_stream_event
from ..models.track import Track, check_track
from ..types import UNSET, Unset

T = TypeVar("T", bound="StatusCallbackForm")


@_attrs_define
class StatusCallbackForm:
    """What happened to a stream. More parameters than these may come."""

    account_sid: str
    """ The Project ID. """
    call_sid: str
    """ The sid of the call. """
    stream_sid: str
    """ The stream's identifier. """
    stream_event: str | StreamEvent
    """ What happened. A reader takes a value that is not listed here as it comes. """
    stream_name: str | Unset = UNSET
    """ The stream's name; its sid where none was given at the start. """
    stream_error: str | StreamError | Unset = UNSET
    """ Why, with `stream-error` alone. A reader takes a value that is not listed here as it comes. """
    stream_track: str | Track | Unset = UNSET
    """ The `Track` of the start. A reader takes a value that is not listed here as it comes. """
    timestamp: str | Unset = UNSET
    """ When it happened, in ISO 8601. """
    unique_id: str | Unset = UNSET
    """ The identifier of the call. """
    conference_sid: str | Unset = UNSET
    """ The sid of the conference, where the stream is a conference's. """
    additional_properties: dict[str, str] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        account_sid = self.account_sid

        call_sid = self.call_sid

        stream_sid = self.stream_sid

        stream_event: str
        if isinstance(self.stream_event, str):
            stream_event = self.stream_event
        else:
            stream_event = self.stream_event

        stream_name = self.stream_name

        stream_error: str | Unset
        if isinstance(self.stream_error, Unset):
            stream_error = UNSET
        elif isinstance(self.stream_error, str):
            stream_error = self.stream_error
        else:
            stream_error = self.stream_error

        stream_track: str | Unset
        if isinstance(self.stream_track, Unset):
            stream_track = UNSET
        elif isinstance(self.stream_track, str):
            stream_track = self.stream_track
        else:
            stream_track = self.stream_track

        timestamp = self.timestamp

        unique_id = self.unique_id

        conference_sid = self.conference_sid

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "AccountSid": account_sid,
                "CallSid": call_sid,
                "StreamSid": stream_sid,
                "StreamEvent": stream_event,
            }
        )
        if stream_name is not UNSET:
            field_dict["StreamName"] = stream_name
        if stream_error is not UNSET:
            field_dict["StreamError"] = stream_error
        if stream_track is not UNSET:
            field_dict["StreamTrack"] = stream_track
        if timestamp is not UNSET:
            field_dict["Timestamp"] = timestamp
        if unique_id is not UNSET:
            field_dict["Unique-ID"] = unique_id
        if conference_sid is not UNSET:
            field_dict["ConferenceSid"] = conference_sid

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        account_sid = d.pop("AccountSid")

        call_sid = d.pop("CallSid")

        stream_sid = d.pop("StreamSid")

        def _parse_stream_event(data: object) -> str | StreamEvent:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                stream_event_type_0 = check_stream_event(data)

                return stream_event_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(str | StreamEvent, data)

        stream_event = _parse_stream_event(d.pop("StreamEvent"))

        stream_name = d.pop("StreamName", UNSET)

        def _parse_stream_error(data: object) -> str | StreamError | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                stream_error_type_0 = check_stream_error(data)

                return stream_error_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(str | StreamError | Unset, data)

        stream_error = _parse_stream_error(d.pop("StreamError", UNSET))

        def _parse_stream_track(data: object) -> str | Track | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                stream_track_type_0 = check_track(data)

                return stream_track_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(str | Track | Unset, data)

        stream_track = _parse_stream_track(d.pop("StreamTrack", UNSET))

        timestamp = d.pop("Timestamp", UNSET)

        unique_id = d.pop("Unique-ID", UNSET)

        conference_sid = d.pop("ConferenceSid", UNSET)

        status_callback_form = cls(
            account_sid=account_sid,
            call_sid=call_sid,
            stream_sid=stream_sid,
            stream_event=stream_event,
            stream_name=stream_name,
            stream_error=stream_error,
            stream_track=stream_track,
            timestamp=timestamp,
            unique_id=unique_id,
            conference_sid=conference_sid,
        )

        status_callback_form.additional_properties = d
        return status_callback_form

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> str:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: str) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
