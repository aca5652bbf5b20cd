from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.audio_encoding import AudioEncoding, check_audio_encoding

T = TypeVar("T", bound="MediaFormat")


@_attrs_define
class MediaFormat:
    """How the audio is encoded: PCMU (`audio/x-mulaw`) at 8000 Hz unless the stream was started with another codec, or
    linear 16-bit samples (`audio/x-L16`) at 16000 or 24000 Hz.

    """

    encoding: AudioEncoding | str
    """ The encoding. A reader takes a value that is not listed here as it comes. """
    sample_rate: int
    """ Samples in a second. """
    channels: int
    """ Channels in a payload. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        encoding: str
        if isinstance(self.encoding, str):
            encoding = self.encoding
        else:
            encoding = self.encoding

        sample_rate = self.sample_rate

        channels = self.channels

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "encoding": encoding,
                "sampleRate": sample_rate,
                "channels": channels,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_encoding(data: object) -> AudioEncoding | str:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                encoding_type_0 = check_audio_encoding(data)

                return encoding_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AudioEncoding | str, data)

        encoding = _parse_encoding(d.pop("encoding"))

        sample_rate = d.pop("sampleRate")

        channels = d.pop("channels")

        media_format = cls(
            encoding=encoding,
            sample_rate=sample_rate,
            channels=channels,
        )

        media_format.additional_properties = d
        return media_format

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
