from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.status_callback_method import (
    StatusCallbackMethod,
    check_status_callback_method,
)
from ..models.track import Track, check_track
from ..types import UNSET, Unset

T = TypeVar("T", bound="StartStreamForm")


@_attrs_define
class StartStreamForm:
    """What to stream, and where to. Only `Url` is required. Custom parameters are pairs of fields with an index from 1 to
    99, without leading zeros: `Parameter1.Name` and `Parameter1.Value`, up to `Parameter99.Name` and
    `Parameter99.Value`. The WebSocket server receives them as the `customParameters` of the start message.

    """

    url: str
    """ The absolute `wss` URL of the WebSocket server that receives the audio. SignalWire refuses `ws`, because the
    audio would be unencrypted. The URL must have no query string (use custom parameters), no credentials (use
    `AuthorizationBearerToken`) and no fragment (WebSocket URLs have none).
     """
    name: str | Unset = UNSET
    """ A name for the stream, unique within its call or conference. It must have no control characters. SignalWire
    says that it stops a stream by name. This document infers that the name then takes the place of the SID in the
    path. The default is the SID of the stream.
     """
    track: Track | Unset = UNSET
    """ The side of the call to stream. `inbound_track` is what the caller says. """
    status_callback: str | Unset = UNSET
    """ The HTTP or HTTPS URL that receives the stream's status events. Its fragment can set timeouts in
    milliseconds, such as `#ot=2000&rt=5000&tt=15000`: to connect (100 to 10000), to read (100 to 15000), and in
    total (100 to 15000).
     """
    status_callback_method: StatusCallbackMethod | Unset = UNSET
    """ The HTTP method of the requests to `StatusCallback`. """
    authorization_bearer_token: str | Unset = UNSET
    """ A token in visible ASCII, sent to your WebSocket server as `Authorization: Bearer …`. Only visible ASCII can
    be part of a header. It is sent in the upgrade request.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        name = self.name

        track: str | Unset = UNSET
        if not isinstance(self.track, Unset):
            track = self.track

        status_callback = self.status_callback

        status_callback_method: str | Unset = UNSET
        if not isinstance(self.status_callback_method, Unset):
            status_callback_method = self.status_callback_method

        authorization_bearer_token = self.authorization_bearer_token

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "Url": url,
            }
        )
        if name is not UNSET:
            field_dict["Name"] = name
        if track is not UNSET:
            field_dict["Track"] = track
        if status_callback is not UNSET:
            field_dict["StatusCallback"] = status_callback
        if status_callback_method is not UNSET:
            field_dict["StatusCallbackMethod"] = status_callback_method
        if authorization_bearer_token is not UNSET:
            field_dict["AuthorizationBearerToken"] = authorization_bearer_token

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        url = d.pop("Url")

        name = d.pop("Name", UNSET)

        _track = d.pop("Track", UNSET)
        track: Track | Unset
        if isinstance(_track, Unset):
            track = UNSET
        else:
            track = check_track(_track)

        status_callback = d.pop("StatusCallback", UNSET)

        _status_callback_method = d.pop("StatusCallbackMethod", UNSET)
        status_callback_method: StatusCallbackMethod | Unset
        if isinstance(_status_callback_method, Unset):
            status_callback_method = UNSET
        else:
            status_callback_method = check_status_callback_method(
                _status_callback_method
            )

        authorization_bearer_token = d.pop("AuthorizationBearerToken", UNSET)

        start_stream_form = cls(
            url=url,
            name=name,
            track=track,
            status_callback=status_callback,
            status_callback_method=status_callback_method,
            authorization_bearer_token=authorization_bearer_token,
        )

        start_stream_form.additional_properties = d
        return start_stream_form

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
