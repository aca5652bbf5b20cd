"""The call that signalwire-sdk 3.0.2 had: wire names in, the response's dict out.

    from signalwire_streams.compat import RestClient

    client = RestClient(project="…", token="…", host="example.signalwire.com")
    stream = client.compat.calls.start_stream(
        "CA…", Url="wss://stream.example.com/audio"
    )
    client.compat.calls.stop_stream("CA…", stream["sid"], Status="stopped")

It checks, sends and raises like StreamsClient. An InputError names the field by its wire name.
"""

from __future__ import annotations

from typing import Any, Self

import httpx
from signalwire_streams_derived.fields import FIELDS

from signalwire_streams._client import StreamsClient
from signalwire_streams._errors import InputError
from signalwire_streams._parameters import decode_parameters

__all__ = ["Calls", "Compat", "RestClient"]

_KEYWORDS = {field.wire_name: field.keyword for field in FIELDS["start_stream"]}
_WIRE_NAMES = {keyword: field for field, keyword in _KEYWORDS.items()} | {"parameters": "Parameter1.Name"}


class Calls:
    """The calls of the account."""

    def __init__(self, client: StreamsClient) -> None:
        self._client = client

    def start_stream(self, call_sid: str, **fields: str) -> dict[str, Any]:
        """Start a stream from the form fields of the API: `Url`, `Name`, `Track`, `StatusCallback`, and so on.

        Pass custom parameters by their field names: `**{"Parameter1.Name": "FirstName", "Parameter1.Value": "Jane"}`.

        Raises InputError for a field that the API does not have, and what StreamsClient.start_stream raises.
        """
        url, options = _arguments(fields)
        try:
            return self._client.start_stream(call_sid, url, **options).raw
        except InputError as error:
            instead = None if error.instead is None else _WIRE_NAMES[error.instead]
            raise InputError(_WIRE_NAMES.get(error.argument, error.argument), error.problem, instead=instead) from None

    def stop_stream(self, call_sid: str, sid: str, *, Status: str = "stopped") -> dict[str, Any]:  # noqa: N803  signalwire-sdk's name
        """Stop a stream. `Status` must be `stopped`. Raises what StreamsClient.stop_stream raises."""
        if Status != "stopped":
            raise InputError("Status", "must be 'stopped'.")
        return self._client.stop_stream(call_sid, sid).raw


def _arguments(fields: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the URL, and the keywords of StreamsClient.start_stream."""
    options: dict[str, Any] = {}
    parameters: dict[str, str] = {}
    for field, value in fields.items():
        if field in _KEYWORDS:
            options[_KEYWORDS[field]] = value
        elif field.startswith("Parameter") and "." in field:
            parameters[field] = value
        else:
            raise InputError(field, f"must be one of {', '.join(_KEYWORDS)} and Parameter1.Name, Parameter1.Value, ….")
    if "url" not in options:
        raise InputError("Url", "is missing. Pass the wss:// URL of your WebSocket server.")
    if parameters:
        options["parameters"] = decode_parameters(parameters)
    return options.pop("url"), options


class Compat:
    """The Compatibility API."""

    def __init__(self, client: StreamsClient) -> None:
        self.calls: Calls = Calls(client)


class RestClient:
    """A client that starts streams at `.compat.calls`. Its arguments are those of StreamsClient of the same names."""

    def __init__(
        self,
        project: str | None = None,
        token: str | None = None,
        host: str | None = None,
        *,
        timeout: float | httpx.Timeout | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        self._client = StreamsClient(project, token, host, timeout=timeout, http_client=http_client)
        self.compat: Compat = Compat(self._client)

    def close(self) -> None:
        """Close the connections, unless you passed `http_client`."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
