"""The methods of the clients that take form fields, and the options of these methods.

Derived from the OpenAPI document by `make generate`: do not edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, TypeVar

import httpx
from signalwire_streams_api.models import StatusCallbackMethod, StreamCodec, Track

from signalwire_streams._checks import suggest_keywords
from signalwire_streams._parameters import Parameters
from signalwire_streams._requests import CallOptions
from signalwire_streams._resources import CALL_STREAMS, CONFERENCE_STREAMS, StreamResource
from signalwire_streams._retry import RetryPolicy
from signalwire_streams_derived.records import Stream, ConferenceStream

S = TypeVar("S", Stream, ConferenceStream)


class StartOptions(CallOptions, total=False):
    """The options of `start_stream`. Options left out or None are not sent."""

    name: str | None
    """A name for the stream, unique within its call or conference."""
    track: Track | None
    """The side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's default)."""
    status_callback: str | None
    """The HTTP or HTTPS URL that receives the stream's status events."""
    status_callback_method: StatusCallbackMethod | None
    """The HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's default)."""
    authorization_bearer_token: str | None
    """A token in visible ASCII, sent to your WebSocket server as `Authorization: Bearer …`."""
    parameters: Parameters | None
    """Up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs."""


class StartConferenceOptions(CallOptions, total=False):
    """The options of `start_conference_stream`. Options left out or None are not sent."""

    name: str | None
    """A name for the stream, unique within its call or conference."""
    track: Track | None
    """The side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's default)."""
    status_callback: str | None
    """The HTTP or HTTPS URL that receives the stream's status events."""
    status_callback_method: StatusCallbackMethod | None
    """The HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's default)."""
    authorization_bearer_token: str | None
    """A token in visible ASCII, sent to your WebSocket server as `Authorization: Bearer …`."""
    codec: StreamCodec | None
    """The encoding of the audio: `PCMU`, `PCMA`, `L16`, `L16@16000h` or `L16@24000h`."""
    realtime: bool | None
    """Whether SignalWire sends the audio in real time."""
    parameters: Parameters | None
    """Up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs."""


class StreamMethods:
    """The methods of `StreamsClient` that take form fields."""

    def _start(self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]) -> S:
        raise NotImplementedError

    def _stop(self, resource: StreamResource[S], parent_sid: str, sid: str, options: Mapping[str, Any]) -> S:
        raise NotImplementedError

    def _block(
        self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]
    ) -> AbstractContextManager[S]:
        raise NotImplementedError

    @suggest_keywords
    def start_stream(
        self,
        call_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> Stream:
        """Stream a live call's audio to the WebSocket server at `url`. Options left out or None are not sent.

        - `call_sid`: the SID of a live call
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: a name for the stream, unique within its call or conference
        - `track`: the side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's
          default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: the HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's
          default)
        - `authorization_bearer_token`: a token in visible ASCII, sent to your WebSocket server as `Authorization:
          Bearer …`
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        A start is retried only if it cannot have been carried out: the connection was never made, or SignalWire
        responded with 429, or with 503 and a Retry-After.

        Raises InputError before anything is sent, OutcomeUnknownError if a stream may be running all the same, and
        another APIError otherwise.
        """
        return self._start(
            CALL_STREAMS,
            call_sid,
            url,
            {
                "name": name,
                "track": track,
                "status_callback": status_callback,
                "status_callback_method": status_callback_method,
                "authorization_bearer_token": authorization_bearer_token,
                "parameters": parameters,
                "timeout": timeout,
                "retry": retry,
            },
        )

    @suggest_keywords
    def stop_stream(
        self, call_sid: str, sid: str, *, timeout: float | httpx.Timeout | None = None, retry: RetryPolicy | None = None
    ) -> Stream:
        """Stop a stream of a call.

        - `call_sid`: the SID of the call
        - `sid`: the SID of the stream, or its name
        - `timeout`, `retry`: override the client's for this call

        A stop is retried after any failure that another attempt may get past. If the response to an earlier attempt
        was lost and the next one finds no stream, the NotFoundError has a note that says so.

        Raises InputError before anything is sent, and an APIError otherwise.
        """
        return self._stop(CALL_STREAMS, call_sid, sid, {"timeout": timeout, "retry": retry})

    @suggest_keywords
    def stream(
        self,
        call_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> AbstractContextManager[Stream]:
        """Start a stream, and stop it when the `with` block ends, however it ends.

        - `call_sid`: the SID of a live call
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: a name for the stream, unique within its call or conference
        - `track`: the side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's
          default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: the HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's
          default)
        - `authorization_bearer_token`: a token in visible ASCII, sent to your WebSocket server as `Authorization:
          Bearer …`
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        It is not an error if the stream has already stopped when the block ends.

        If the start is interrupted or its outcome is unknown, the client stops the stream by its `name`. SignalWire may
        not have carried out the start yet, so the stop is repeated for up to `RetryPolicy.cleanup` seconds. A second
        interruption ends that at once.

        An error of stopping never hides an exception of the block or of the start. If the stream may still be running,
        the exception has a note that says so.

        Raises what `start_stream` and `stop_stream` raise.
        """
        return self._block(
            CALL_STREAMS,
            call_sid,
            url,
            {
                "name": name,
                "track": track,
                "status_callback": status_callback,
                "status_callback_method": status_callback_method,
                "authorization_bearer_token": authorization_bearer_token,
                "parameters": parameters,
                "timeout": timeout,
                "retry": retry,
            },
        )

    @suggest_keywords
    def start_conference_stream(
        self,
        conference_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        codec: StreamCodec | None = None,
        realtime: bool | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> ConferenceStream:
        """Stream a live conference's audio to the WebSocket server at `url`. Options left out or None are not sent.

        - `conference_sid`: the SID of a live conference
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: a name for the stream, unique within its call or conference
        - `track`: the side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's
          default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: the HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's
          default)
        - `authorization_bearer_token`: a token in visible ASCII, sent to your WebSocket server as `Authorization:
          Bearer …`
        - `codec`: the encoding of the audio: `PCMU`, `PCMA`, `L16`, `L16@16000h` or `L16@24000h`
        - `realtime`: whether SignalWire sends the audio in real time
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        A start is retried only if it cannot have been carried out: the connection was never made, or SignalWire
        responded with 429, or with 503 and a Retry-After.

        Raises InputError before anything is sent, OutcomeUnknownError if a stream may be running all the same, and
        another APIError otherwise.
        """
        return self._start(
            CONFERENCE_STREAMS,
            conference_sid,
            url,
            {
                "name": name,
                "track": track,
                "status_callback": status_callback,
                "status_callback_method": status_callback_method,
                "authorization_bearer_token": authorization_bearer_token,
                "codec": codec,
                "realtime": realtime,
                "parameters": parameters,
                "timeout": timeout,
                "retry": retry,
            },
        )

    @suggest_keywords
    def stop_conference_stream(
        self,
        conference_sid: str,
        sid: str,
        *,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> ConferenceStream:
        """Stop a stream of a conference.

        - `conference_sid`: the SID of the conference
        - `sid`: the SID of the stream, or its name
        - `timeout`, `retry`: override the client's for this call

        A stop is retried after any failure that another attempt may get past. If the response to an earlier attempt
        was lost and the next one finds no stream, the NotFoundError has a note that says so.

        Raises InputError before anything is sent, and an APIError otherwise.
        """
        return self._stop(CONFERENCE_STREAMS, conference_sid, sid, {"timeout": timeout, "retry": retry})

    @suggest_keywords
    def conference_stream(
        self,
        conference_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        codec: StreamCodec | None = None,
        realtime: bool | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> AbstractContextManager[ConferenceStream]:
        """Start a stream, and stop it when the `with` block ends, however it ends.

        - `conference_sid`: the SID of a live conference
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: a name for the stream, unique within its call or conference
        - `track`: the side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's
          default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: the HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's
          default)
        - `authorization_bearer_token`: a token in visible ASCII, sent to your WebSocket server as `Authorization:
          Bearer …`
        - `codec`: the encoding of the audio: `PCMU`, `PCMA`, `L16`, `L16@16000h` or `L16@24000h`
        - `realtime`: whether SignalWire sends the audio in real time
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        It is not an error if the stream has already stopped when the block ends.

        If the start is interrupted or its outcome is unknown, the client stops the stream by its `name`. SignalWire may
        not have carried out the start yet, so the stop is repeated for up to `RetryPolicy.cleanup` seconds. A second
        interruption ends that at once.

        An error of stopping never hides an exception of the block or of the start. If the stream may still be running,
        the exception has a note that says so.

        Raises what `start_conference_stream` and `stop_conference_stream` raise.
        """
        return self._block(
            CONFERENCE_STREAMS,
            conference_sid,
            url,
            {
                "name": name,
                "track": track,
                "status_callback": status_callback,
                "status_callback_method": status_callback_method,
                "authorization_bearer_token": authorization_bearer_token,
                "codec": codec,
                "realtime": realtime,
                "parameters": parameters,
                "timeout": timeout,
                "retry": retry,
            },
        )


class AsyncStreamMethods:
    """The methods of `AsyncStreamsClient` that take form fields."""

    async def _start(self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]) -> S:
        raise NotImplementedError

    async def _stop(self, resource: StreamResource[S], parent_sid: str, sid: str, options: Mapping[str, Any]) -> S:
        raise NotImplementedError

    def _block(
        self, resource: StreamResource[S], parent_sid: str, url: str, options: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[S]:
        raise NotImplementedError

    @suggest_keywords
    async def start_stream(
        self,
        call_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> Stream:
        """Stream a live call's audio to the WebSocket server at `url`. Options left out or None are not sent.

        - `call_sid`: the SID of a live call
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: a name for the stream, unique within its call or conference
        - `track`: the side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's
          default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: the HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's
          default)
        - `authorization_bearer_token`: a token in visible ASCII, sent to your WebSocket server as `Authorization:
          Bearer …`
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        A start is retried only if it cannot have been carried out: the connection was never made, or SignalWire
        responded with 429, or with 503 and a Retry-After.

        Raises InputError before anything is sent, OutcomeUnknownError if a stream may be running all the same, and
        another APIError otherwise.
        """
        return await self._start(
            CALL_STREAMS,
            call_sid,
            url,
            {
                "name": name,
                "track": track,
                "status_callback": status_callback,
                "status_callback_method": status_callback_method,
                "authorization_bearer_token": authorization_bearer_token,
                "parameters": parameters,
                "timeout": timeout,
                "retry": retry,
            },
        )

    @suggest_keywords
    async def stop_stream(
        self, call_sid: str, sid: str, *, timeout: float | httpx.Timeout | None = None, retry: RetryPolicy | None = None
    ) -> Stream:
        """Stop a stream of a call.

        - `call_sid`: the SID of the call
        - `sid`: the SID of the stream, or its name
        - `timeout`, `retry`: override the client's for this call

        A stop is retried after any failure that another attempt may get past. If the response to an earlier attempt
        was lost and the next one finds no stream, the NotFoundError has a note that says so.

        Raises InputError before anything is sent, and an APIError otherwise.
        """
        return await self._stop(CALL_STREAMS, call_sid, sid, {"timeout": timeout, "retry": retry})

    @suggest_keywords
    def stream(
        self,
        call_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> AbstractAsyncContextManager[Stream]:
        """Start a stream, and stop it when the `async with` block ends, however it ends.

        - `call_sid`: the SID of a live call
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: a name for the stream, unique within its call or conference
        - `track`: the side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's
          default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: the HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's
          default)
        - `authorization_bearer_token`: a token in visible ASCII, sent to your WebSocket server as `Authorization:
          Bearer …`
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        It is not an error if the stream has already stopped when the block ends.

        If the start is interrupted or its outcome is unknown, the client stops the stream by its `name`. SignalWire may
        not have carried out the start yet, so the stop is repeated for up to `RetryPolicy.cleanup` seconds. A second
        interruption ends that at once.

        An error of stopping never hides an exception of the block or of the start. If the stream may still be running,
        the exception has a note that says so.

        Raises what `start_stream` and `stop_stream` raise.
        """
        return self._block(
            CALL_STREAMS,
            call_sid,
            url,
            {
                "name": name,
                "track": track,
                "status_callback": status_callback,
                "status_callback_method": status_callback_method,
                "authorization_bearer_token": authorization_bearer_token,
                "parameters": parameters,
                "timeout": timeout,
                "retry": retry,
            },
        )

    @suggest_keywords
    async def start_conference_stream(
        self,
        conference_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        codec: StreamCodec | None = None,
        realtime: bool | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> ConferenceStream:
        """Stream a live conference's audio to the WebSocket server at `url`. Options left out or None are not sent.

        - `conference_sid`: the SID of a live conference
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: a name for the stream, unique within its call or conference
        - `track`: the side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's
          default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: the HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's
          default)
        - `authorization_bearer_token`: a token in visible ASCII, sent to your WebSocket server as `Authorization:
          Bearer …`
        - `codec`: the encoding of the audio: `PCMU`, `PCMA`, `L16`, `L16@16000h` or `L16@24000h`
        - `realtime`: whether SignalWire sends the audio in real time
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        A start is retried only if it cannot have been carried out: the connection was never made, or SignalWire
        responded with 429, or with 503 and a Retry-After.

        Raises InputError before anything is sent, OutcomeUnknownError if a stream may be running all the same, and
        another APIError otherwise.
        """
        return await self._start(
            CONFERENCE_STREAMS,
            conference_sid,
            url,
            {
                "name": name,
                "track": track,
                "status_callback": status_callback,
                "status_callback_method": status_callback_method,
                "authorization_bearer_token": authorization_bearer_token,
                "codec": codec,
                "realtime": realtime,
                "parameters": parameters,
                "timeout": timeout,
                "retry": retry,
            },
        )

    @suggest_keywords
    async def stop_conference_stream(
        self,
        conference_sid: str,
        sid: str,
        *,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> ConferenceStream:
        """Stop a stream of a conference.

        - `conference_sid`: the SID of the conference
        - `sid`: the SID of the stream, or its name
        - `timeout`, `retry`: override the client's for this call

        A stop is retried after any failure that another attempt may get past. If the response to an earlier attempt
        was lost and the next one finds no stream, the NotFoundError has a note that says so.

        Raises InputError before anything is sent, and an APIError otherwise.
        """
        return await self._stop(CONFERENCE_STREAMS, conference_sid, sid, {"timeout": timeout, "retry": retry})

    @suggest_keywords
    def conference_stream(
        self,
        conference_sid: str,
        url: str,
        *,
        name: str | None = None,
        track: Track | None = None,
        status_callback: str | None = None,
        status_callback_method: StatusCallbackMethod | None = None,
        authorization_bearer_token: str | None = None,
        codec: StreamCodec | None = None,
        realtime: bool | None = None,
        parameters: Parameters | None = None,
        timeout: float | httpx.Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> AbstractAsyncContextManager[ConferenceStream]:
        """Start a stream, and stop it when the `async with` block ends, however it ends.

        - `conference_sid`: the SID of a live conference
        - `url`: the `wss://` URL of your WebSocket server
        - `name`: a name for the stream, unique within its call or conference
        - `track`: the side of the call to stream: `inbound_track`, `outbound_track` or `both_tracks` (SignalWire's
          default)
        - `status_callback`: the HTTP or HTTPS URL that receives the stream's status events
        - `status_callback_method`: the HTTP method of the requests to `status_callback`: `GET` or `POST` (SignalWire's
          default)
        - `authorization_bearer_token`: a token in visible ASCII, sent to your WebSocket server as `Authorization:
          Bearer …`
        - `codec`: the encoding of the audio: `PCMU`, `PCMA`, `L16`, `L16@16000h` or `L16@24000h`
        - `realtime`: whether SignalWire sends the audio in real time
        - `parameters`: up to 99 custom parameters for your WebSocket server, as a mapping or (name, value) pairs
        - `timeout`, `retry`: override the client's for this call

        It is not an error if the stream has already stopped when the block ends.

        If the start is interrupted or its outcome is unknown, the client stops the stream by its `name`. SignalWire may
        not have carried out the start yet, so the stop is repeated for up to `RetryPolicy.cleanup` seconds. A second
        interruption ends that at once.

        An error of stopping never hides an exception of the block or of the start. If the stream may still be running,
        the exception has a note that says so.

        Raises what `start_conference_stream` and `stop_conference_stream` raise.
        """
        return self._block(
            CONFERENCE_STREAMS,
            conference_sid,
            url,
            {
                "name": name,
                "track": track,
                "status_callback": status_callback,
                "status_callback_method": status_callback_method,
                "authorization_bearer_token": authorization_bearer_token,
                "codec": codec,
                "realtime": realtime,
                "parameters": parameters,
                "timeout": timeout,
                "retry": retry,
            },
        )
