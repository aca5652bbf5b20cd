"""The vendor's own call, for code written for an SDK that had it: wire names in, the answer's dict out.

    from signalwire_streams.compat import RestClient

    client = RestClient(project="…", token="…", host="example.signalwire.com")
    stream = client.compat.calls.start_stream("CA…", Url="wss://stream.example.com/audio")
    client.compat.calls.stop_stream("CA…", stream["sid"], Status="stopped")

It checks, sends and raises as StreamsClient does; an InputError names the field by its wire name.
"""

from __future__ import annotations

import sys
from typing import Any, Self

import httpx
from signalwire_streams_api.models import StartStreamForm

from signalwire_streams._base import Call
from signalwire_streams._client import StreamsClient
from signalwire_streams._errors import InputError
from signalwire_streams._frames import without_frames
from signalwire_streams._parameters import decode_parameters
from signalwire_streams._requests import START_KEYWORDS

__all__ = ["Calls", "Compat", "RestClient"]

# Every wire name and its keyword, as the generated form pairs them.
_fields: dict[str, Any] = {keyword: keyword for keyword in ("url", *START_KEYWORDS) if keyword != "parameters"}
_KEYWORDS: dict[str, str] = StartStreamForm(**_fields).to_dict()
_WIRE_NAMES = {keyword: field for field, keyword in _KEYWORDS.items()} | {"parameters": "Parameter1.Name, …"}


class Calls:
    """The calls of the account."""

    def __init__(self, client: StreamsClient) -> None:
        self._client = client

    def start_stream(self, call_sid: str, **fields: str) -> dict[str, Any]:
        """Start a stream from the fields of the API's form: `Url`, `Name`, `Track`, `StatusCallback`, and so on.

        Custom parameters are given by the names of their fields, as in
        `**{"Parameter1.Name": "FirstName", "Parameter1.Value": "Jane"}`.
        Raises InputError for a field that the API does not have, and what StreamsClient.start_stream raises.
        """
        call = self._start_call(call_sid, fields)
        del fields  # a traceback with locals shows what is left here
        return self._client._make(call).raw

    def stop_stream(self, call_sid: str, sid: str, *, Status: str = "stopped") -> dict[str, Any]:  # noqa: N803  signalwire-sdk's name
        """Stop a stream. `Status` can only be `stopped`. Raises what StreamsClient.stop_stream raises."""
        if Status != "stopped":
            raise InputError("Status", "can only be 'stopped'.")
        return self._client.stop_stream(call_sid, sid).raw

    def _start_call(self, call_sid: str, fields: dict[str, str]) -> Call:
        outside = sys.exception()
        try:
            call = self._client._start_call(call_sid, *self._arguments(fields))
        except InputError as error:
            return Call(None, without_frames(error, outside))
        if isinstance(call.error, InputError):
            argument, problem = call.error.argument, call.error.problem
            for keyword, field in _WIRE_NAMES.items():
                problem = problem.replace(f"; use {keyword}= instead", f"; use {field} instead")
            return Call(None, InputError(_WIRE_NAMES.get(argument, argument), problem))
        return call

    @staticmethod
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
                raise InputError(
                    field, f"is not a field of the form; it has {', '.join(_KEYWORDS)} and Parameter1.Name, …"
                )
        if "url" not in options:
            raise InputError("Url", "is missing.")
        if parameters:
            options["parameters"] = decode_parameters(parameters)
        return options.pop("url"), options


class Compat:
    """The Compatibility API."""

    def __init__(self, client: StreamsClient) -> None:
        self.calls: Calls = Calls(client)


class RestClient:
    """A client whose streams are started at `.compat.calls`. The settings are those of StreamsClient."""

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
        """Close the connections, unless `http_client` was given."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
