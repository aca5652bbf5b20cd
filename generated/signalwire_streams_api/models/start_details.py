from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.audio_track import AudioTrack, check_audio_track
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.media_format import MediaFormat
    from ..models.start_details_custom_parameters import StartDetailsCustomParameters


T = TypeVar("T", bound="StartDetails")


@_attrs_define
class StartDetails:
    stream_sid: str
    """ The stream's identifier. """
    account_sid: str
    """ The Project ID. """
    call_sid: str
    """ The sid of the call. """
    tracks: list[AudioTrack]
    """ The tracks that will come. """
    media_format: MediaFormat
    """ How the audio is encoded: PCMU (`audio/x-mulaw`) at 8000 Hz unless the stream was started with another
    codec, or
    linear 16-bit samples (`audio/x-L16`) at 16000 or 24000 Hz.
     """
    custom_parameters: StartDetailsCustomParameters | Unset = UNSET
    """ The custom parameters of the start, by name. Left out where there are none. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        stream_sid = self.stream_sid

        account_sid = self.account_sid

        call_sid = self.call_sid

        tracks = []
        for tracks_item_data in self.tracks:
            tracks_item: str = tracks_item_data
            tracks.append(tracks_item)

        media_format = self.media_format.to_dict()

        custom_parameters: dict[str, Any] | Unset = UNSET
        if not isinstance(self.custom_parameters, Unset):
            custom_parameters = self.custom_parameters.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "streamSid": stream_sid,
                "accountSid": account_sid,
                "callSid": call_sid,
                "tracks": tracks,
                "mediaFormat": media_format,
            }
        )
        if custom_parameters is not UNSET:
            field_dict["customParameters"] = custom_parameters

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.media_format import MediaFormat  # noqa: PLC0415
        from ..models.start_details_custom_parameters import (
            StartDetailsCustomParameters,  # noqa: PLC0415
        )

        d = dict(src_dict)
        stream_sid = d.pop("streamSid")

        account_sid = d.pop("accountSid")

        call_sid = d.pop("callSid")

        tracks = []
        _tracks = d.pop("tracks")
        for tracks_item_data in _tracks:
            tracks_item = check_audio_track(tracks_item_data)

            tracks.append(tracks_item)

        media_format = MediaFormat.from_dict(d.pop("mediaFormat"))

        _custom_parameters = d.pop("customParameters", UNSET)
        custom_parameters: StartDetailsCustomParameters | Unset
        if isinstance(_custom_parameters, Unset):
            custom_parameters = UNSET
        else:
            custom_parameters = StartDetailsCustomParameters.from_dict(
                _custom_parameters
            )

        start_details = cls(
            stream_sid=stream_sid,
            account_sid=account_sid,
            call_sid=call_sid,
            tracks=tracks,
            media_format=media_format,
            custom_parameters=custom_parameters,
        )

        start_details.additional_properties = d
        return start_details

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
