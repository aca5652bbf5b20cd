"""The fields of requests and responses.

Derived from the OpenAPI document by `make generate`: do not edit.
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """A form field of the API."""

    wire_name: str
    """The name of the form field."""
    keyword: str
    """The name of the argument."""
    attribute: str
    """The attribute of the generated form."""
    type: str
    """`str`, `bool`, `int`, or the name of the generated Literal."""
    choices: tuple[str, ...]
    """The allowed values, if the document lists them."""
    pattern: str | None
    """The regular expression that a value matches."""
    max_length: int | None
    """The most characters of a value."""
    default: str | None
    """The value that SignalWire takes if there is none."""
    is_secret: bool
    """Whether the value must not be shown."""
    summary: str
    """What the field is, as a phrase."""
    example: str
    """A value, as text."""


class RecordField(NamedTuple):
    """A field of a response."""

    wire_name: str
    """The name in the JSON object."""
    attribute: str
    """The attribute of the generated model, and of the class for it."""
    type: str
    """`str`, `bool`, `int` or `datetime`."""
    is_nullable: bool
    """Whether the field may be null or missing, which is None."""
    is_date: bool
    """Whether it is an RFC 2822 date."""
    fallback: str | None
    """The field that stands in for it if it is null or missing."""


FIELDS: dict[str, tuple[Field, ...]] = {
    "start_stream": (
        Field(
            wire_name="Url",
            keyword="url",
            attribute="url",
            type="str",
            choices=(),
            pattern="^wss://([A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?|\\[[0-9A-Fa-f:.]+\\])(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?$",
            max_length=None,
            default=None,
            is_secret=False,
            summary="the absolute `wss` URL of the WebSocket server that receives the audio",
            example="wss://stream.example.com/audio",
        ),
        Field(
            wire_name="Name",
            keyword="name",
            attribute="name",
            type="str",
            choices=(),
            pattern="^[^\\x00-\\x1f\\x7f-\\x9f]+$",
            max_length=1000,
            default=None,
            is_secret=False,
            summary="a name for the stream, unique within its call or conference",
            example="my_first_stream",
        ),
        Field(
            wire_name="Track",
            keyword="track",
            attribute="track",
            type="Track",
            choices=("inbound_track", "outbound_track", "both_tracks"),
            pattern=None,
            max_length=None,
            default="both_tracks",
            is_secret=False,
            summary="the side of the call to stream",
            example="inbound_track",
        ),
        Field(
            wire_name="StatusCallback",
            keyword="status_callback",
            attribute="status_callback",
            type="str",
            choices=(),
            pattern="^https?://([A-Za-z0-9._~!$&'()*+,;=:-]*@)?([A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?|\\[[0-9A-Fa-f:.]+\\])(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?(\\?([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?(#([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$",
            max_length=None,
            default=None,
            is_secret=False,
            summary="the HTTP or HTTPS URL that receives the stream's status events",
            example="https://example.com/events",
        ),
        Field(
            wire_name="StatusCallbackMethod",
            keyword="status_callback_method",
            attribute="status_callback_method",
            type="StatusCallbackMethod",
            choices=("GET", "POST"),
            pattern=None,
            max_length=None,
            default="POST",
            is_secret=False,
            summary="the HTTP method of the requests to `status_callback`",
            example="GET",
        ),
        Field(
            wire_name="AuthorizationBearerToken",
            keyword="authorization_bearer_token",
            attribute="authorization_bearer_token",
            type="str",
            choices=(),
            pattern="^[!-~]+$",
            max_length=None,
            default=None,
            is_secret=True,
            summary="a token in visible ASCII, sent to your WebSocket server as `Authorization: Bearer …`",
            example="a-token-of-yours",
        ),
    ),
    "stop_stream": (),
    "start_conference_stream": (
        Field(
            wire_name="Url",
            keyword="url",
            attribute="url",
            type="str",
            choices=(),
            pattern="^wss://([A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?|\\[[0-9A-Fa-f:.]+\\])(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?$",
            max_length=None,
            default=None,
            is_secret=False,
            summary="the absolute `wss` URL of the WebSocket server that receives the audio",
            example="wss://stream.example.com/audio",
        ),
        Field(
            wire_name="Name",
            keyword="name",
            attribute="name",
            type="str",
            choices=(),
            pattern="^[^\\x00-\\x1f\\x7f-\\x9f]+$",
            max_length=1000,
            default=None,
            is_secret=False,
            summary="a name for the stream, unique within its call or conference",
            example="my_first_stream",
        ),
        Field(
            wire_name="Track",
            keyword="track",
            attribute="track",
            type="Track",
            choices=("inbound_track", "outbound_track", "both_tracks"),
            pattern=None,
            max_length=None,
            default="both_tracks",
            is_secret=False,
            summary="the side of the call to stream",
            example="inbound_track",
        ),
        Field(
            wire_name="StatusCallback",
            keyword="status_callback",
            attribute="status_callback",
            type="str",
            choices=(),
            pattern="^https?://([A-Za-z0-9._~!$&'()*+,;=:-]*@)?([A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?|\\[[0-9A-Fa-f:.]+\\])(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?(\\?([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?(#([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$",
            max_length=None,
            default=None,
            is_secret=False,
            summary="the HTTP or HTTPS URL that receives the stream's status events",
            example="https://example.com/events",
        ),
        Field(
            wire_name="StatusCallbackMethod",
            keyword="status_callback_method",
            attribute="status_callback_method",
            type="StatusCallbackMethod",
            choices=("GET", "POST"),
            pattern=None,
            max_length=None,
            default="POST",
            is_secret=False,
            summary="the HTTP method of the requests to `status_callback`",
            example="GET",
        ),
        Field(
            wire_name="AuthorizationBearerToken",
            keyword="authorization_bearer_token",
            attribute="authorization_bearer_token",
            type="str",
            choices=(),
            pattern="^[!-~]+$",
            max_length=None,
            default=None,
            is_secret=True,
            summary="a token in visible ASCII, sent to your WebSocket server as `Authorization: Bearer …`",
            example="a-token-of-yours",
        ),
        Field(
            wire_name="StreamCodec",
            keyword="codec",
            attribute="stream_codec",
            type="StreamCodec",
            choices=("PCMU", "PCMA", "L16", "L16@16000h", "L16@24000h"),
            pattern=None,
            max_length=None,
            default=None,
            is_secret=False,
            summary="the encoding of the audio",
            example="PCMU",
        ),
        Field(
            wire_name="StreamRealTime",
            keyword="realtime",
            attribute="stream_real_time",
            type="bool",
            choices=(),
            pattern=None,
            max_length=None,
            default=None,
            is_secret=False,
            summary="whether SignalWire sends the audio in real time",
            example="True",
        ),
    ),
    "stop_conference_stream": (),
}
"""The form fields of each operation, by its `operationId`."""

RECORDS: dict[str, tuple[RecordField, ...]] = {
    "Stream": (
        RecordField("sid", "sid", "str", False, False, None),
        RecordField("account_sid", "account_sid", "str", False, False, None),
        RecordField("call_sid", "call_sid", "str", False, False, None),
        RecordField("name", "name", "str", False, False, "sid"),
        RecordField("status", "status", "str", False, False, None),
        RecordField("date_updated", "date_updated", "datetime", False, True, None),
        RecordField("uri", "uri", "str", False, False, None),
    ),
    "ConferenceStream": (
        RecordField("sid", "sid", "str", False, False, None),
        RecordField("account_sid", "account_sid", "str", False, False, None),
        RecordField("conference_sid", "conference_sid", "str", False, False, None),
        RecordField("name", "name", "str", True, False, None),
        RecordField("status", "status", "str", False, False, None),
        RecordField("date_updated", "date_updated", "datetime", False, True, None),
        RecordField("uri", "uri", "str", False, False, None),
    ),
    "Call": (
        RecordField("sid", "sid", "str", False, False, None),
        RecordField("account_sid", "account_sid", "str", False, False, None),
        RecordField("status", "status", "str", False, False, None),
        RecordField("from", "from_", "str", True, False, None),
        RecordField("to", "to", "str", True, False, None),
        RecordField("direction", "direction", "str", True, False, None),
        RecordField("start_time", "start_time", "datetime", True, True, None),
        RecordField("end_time", "end_time", "datetime", True, True, None),
        RecordField("duration", "duration", "int", True, False, None),
        RecordField("parent_call_sid", "parent_call_sid", "str", True, False, None),
        RecordField("date_created", "date_created", "datetime", True, True, None),
        RecordField("date_updated", "date_updated", "datetime", True, True, None),
    ),
}
"""The fields of each object that a response describes, by the name of its schema."""
