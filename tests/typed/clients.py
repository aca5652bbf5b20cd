"""Use both clients as users do. Both type checkers check this file (`make types`); it is never run."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Any, assert_type

import httpx
from signalwire_streams import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncStreamsClient,
    Call,
    CallOptions,
    CallStateError,
    ConferenceStream,
    InputError,
    InvalidRequestError,
    MessageError,
    OutcomeUnknownError,
    Parameters,
    ParameterValue,
    RateLimitError,
    Retry,
    RetryPolicy,
    SettingsError,
    StartConferenceOptions,
    StartOptions,
    Stream,
    StreamsClient,
    StreamsError,
    __version__,
    decode_parameters,
    encode_parameters,
    parse_rfc2822_date,
)
from signalwire_streams.compat import RestClient


def sync_use(call_sid: str) -> None:
    with StreamsClient("project", "token", "example", timeout=3, retry=RetryPolicy(attempts=1)) as client:
        assert_type(client, StreamsClient)
        assert_type(client.with_options(timeout=1, retry=RetryPolicy(attempts=1)), StreamsClient)
        stream = client.start_stream(
            call_sid,
            "wss://x/",
            name="n",
            track="both_tracks",
            status_callback="https://x/",
            status_callback_method="GET",
            authorization_bearer_token="b",
            parameters={"a": 1, "b": 2.5, "c": "d"},
            timeout=httpx.Timeout(2),
            retry=None,
        )
        assert_type(stream, Stream)
        assert_type(client.stop_stream(call_sid, stream.sid, timeout=1), Stream)
        with client.stream(call_sid, "wss://x/", parameters=[("a", "b"), ("a", 1)]) as inner:
            assert_type(inner, Stream)
        assert_type(client.check(timeout=1), None)
        calls = client.list_calls(status="in-progress", from_="+1", to="+2", page_size=10, limit=20, timeout=2)
        assert_type(calls, Iterator[Call])
    StreamsClient(transport=httpx.HTTPTransport(), http_client=httpx.Client()).close()


async def async_use(call_sid: str) -> None:
    async with AsyncStreamsClient(timeout=httpx.Timeout(3), http_client=httpx.AsyncClient()) as client:
        assert_type(client, AsyncStreamsClient)
        assert_type(client.with_options(timeout=httpx.Timeout(1)), AsyncStreamsClient)
        assert_type(await client.start_stream(call_sid, "wss://x/", track="inbound_track"), Stream)
        assert_type(await client.stop_stream(call_sid, "n"), Stream)
        async with client.stream(call_sid, "wss://x/", name="n") as stream:
            assert_type(stream, Stream)
        assert_type(await client.check(), None)
        assert_type(client.list_calls(parent_call_sid="CA1", start_time="x", end_time="y"), AsyncIterator[Call])
        assert_type([call.sid async for call in client.list_calls()], list[str])
    await client.aclose()


def sync_conferences(client: StreamsClient, given: StartConferenceOptions) -> None:
    started = client.start_conference_stream("CF1", "wss://x/", codec="L16@16000h", realtime=True, track=None)
    assert_type(started, ConferenceStream)
    assert_type(client.start_conference_stream("CF1", "wss://x/", **given), ConferenceStream)
    assert_type(client.stop_conference_stream("CF1", started.sid, retry=None), ConferenceStream)
    with client.conference_stream("CF1", "wss://x/", parameters={"a": 1}) as stream:
        assert_type(stream, ConferenceStream)


async def async_conferences(client: AsyncStreamsClient) -> None:
    assert_type(await client.start_conference_stream("CF1", "wss://x/", codec="PCMU"), ConferenceStream)
    assert_type(await client.stop_conference_stream("CF1", "n"), ConferenceStream)
    async with client.conference_stream("CF1", "wss://x/", realtime=False) as stream:
        assert_type(stream, ConferenceStream)


def fields_of_a_conference_stream(stream: ConferenceStream) -> None:
    assert_type(stream.sid, str)
    assert_type(stream.conference_sid, str)
    assert_type(stream.name, str | None)
    assert_type(stream.date_updated, datetime)
    assert_type(stream.unreadable, Mapping[str, str])


def fields_of_a_call(call: Call) -> None:
    assert_type((call.sid, call.account_sid, call.status), tuple[str, str, str])
    assert_type(call.from_, str | None)
    assert_type(call.to, str | None)
    assert_type(call.direction, str | None)
    assert_type(call.parent_call_sid, str | None)
    assert_type(call.start_time, datetime | None)
    assert_type(call.end_time, datetime | None)
    assert_type(call.date_created, datetime | None)
    assert_type(call.date_updated, datetime | None)
    assert_type(call.duration, int | None)
    assert_type(call.headers, httpx.Headers)


def fields_of_a_stream(stream: Stream) -> None:
    assert_type(stream.sid, str)
    assert_type(stream.name, str)
    assert_type(stream.status, str)
    assert_type(stream.account_sid, str)
    assert_type(stream.call_sid, str)
    assert_type(stream.uri, str)
    assert_type(stream.date_updated, datetime)
    assert_type(stream.raw, dict[str, Any])


def options_in_a_dict(client: StreamsClient, given: Parameters, value: ParameterValue) -> None:
    call_options: CallOptions = {"timeout": 2.0, "retry": RetryPolicy(deadline=5)}
    options: StartOptions = {"name": "n", "track": None, "parameters": given}
    assert_type(client.start_stream("CA1", "wss://x/", **options), Stream)
    assert_type(client.stop_stream("CA1", "n", **call_options), Stream)
    assert_type(encode_parameters({"a": value}), dict[str, str])
    assert_type(decode_parameters({"Parameter1.Name": "a", "Parameter1.Value": "b"}), list[tuple[str, str]])
    assert_type(parse_rfc2822_date("Wed, 19 Sep 2018 21:00:00 +0000"), datetime)
    version: str = __version__
    assert_type(encode_parameters([("a", version), ("b", 2)]), dict[str, str])
    assert_type(encode_parameters({"a": 1}.items()), dict[str, str])
    assert_type(encode_parameters((str(n), n) for n in range(3)), dict[str, str])
    assert_type(encode_parameters(zip(["a"], [1.5], strict=True)), dict[str, str])


def tell(retry: Retry) -> None:
    assert_type(retry.attempt, int)
    assert_type(retry.wait, float)
    assert_type(retry.error, APIError)


async def tell_later(retry: Retry) -> None:
    assert_type(retry.error, APIError)


def policies() -> list[RetryPolicy]:
    return [RetryPolicy(on_retry=tell), RetryPolicy(on_retry=tell_later), RetryPolicy(cleanup=1, on_retry=None)]


def errors(client: StreamsClient) -> StreamsError | None:
    try:
        client.start_stream("CA1", "wss://x/", retry=RetryPolicy(on_retry=tell))
    except InputError as error:
        assert_type(error.argument, str)
        assert_type(error.problem, str)
        assert_type(error.instead, str | None)
        return error
    except SettingsError as error:
        assert_type(error.missing, tuple[str, ...])
    except MessageError as error:
        assert_type(error.field, str | None)
        assert_type(error.problem, str)
    except OutcomeUnknownError as error:
        assert_type(error.call_sid, str)
        assert_type(error.conference_sid, str)
        assert_type(error.name, str | None)
    except (CallStateError, RateLimitError) as error:
        assert_type(error, CallStateError | RateLimitError)
    except APIError as error:
        assert_type(error.status, int | None)
        assert_type(error.code, int | None)
        assert_type(error.message, str | None)
        assert_type(error.more_info, str | None)
        assert_type(error.headers, httpx.Headers | None)
        assert_type(error.request, str)
        assert_type(error.attempts, int)
        assert_type(error.problem, str)
        assert_type(error.is_transient, bool)
        assert_type(error.maybe_done, bool)
    return None


def errors_in_one_tree(
    state: CallStateError, lost: APIConnectionError
) -> tuple[InvalidRequestError, APIError, ValueError]:
    status_error: APIStatusError = state
    return state, lost or status_error, InputError("url", "is missing.")


def the_call_of_signalwire_sdk() -> None:
    with RestClient(project="p", token="t", host="example") as client:
        response = client.compat.calls.start_stream("CA1", Url="wss://x/", **{"Parameter1.Name": "a"})
        assert_type(response, dict[str, Any])
        assert_type(client.compat.calls.stop_stream("CA1", "ST1", Status="stopped"), dict[str, Any])


def headers_are_a_mapping(error: APIError) -> Mapping[str, str] | None:
    return error.headers
