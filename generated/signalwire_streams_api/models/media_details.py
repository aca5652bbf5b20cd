from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.audio_track import AudioTrack, check_audio_track

T = TypeVar("T", bound="MediaDetails")


@_attrs_define
class MediaDetails:
    track: AudioTrack
    """ A side of the call; `inbound` is what the caller says. """
    chunk: str
    """ The number of the piece within its track, from 1. """
    timestamp: str
    """ Milliseconds from the start of the stream. """
    payload: str
    """ The audio in base64, without any header of a file. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        track: str = self.track

        chunk = self.chunk

        timestamp = self.timestamp

        payload = self.payload

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "track": track,
                "chunk": chunk,
                "timestamp": timestamp,
                "payload": payload,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        track = check_audio_track(d.pop("track"))

        chunk = d.pop("chunk")

        timestamp = d.pop("timestamp")

        payload = d.pop("payload")

        media_details = cls(
            track=track,
            chunk=chunk,
            timestamp=timestamp,
            payload=payload,
        )

        media_details.additional_properties = d
        return media_details

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
