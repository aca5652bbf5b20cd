"""Bad input is an error that says what to do, and nothing is sent. A server that would count a request is there."""

import re
from typing import Any

import pytest
from signalwire_streams import InputError
from signalwire_streams.mock import MockServer
from support.both import EitherClient

CALL = "CA1"
URL = "wss://stream.example.com/audio"


@pytest.fixture(autouse=True)
def nothing_is_sent(mock: MockServer) -> Any:
    yield
    assert mock.requests == []


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ws://stream.example.com/", "has the scheme 'ws'; expected wss, as in 'wss://example.com/path'. Plain ws is"),
        ("http://stream.example.com/", "has the scheme 'http'; expected wss"),
        ("https://stream.example.com/", "has the scheme 'https'; expected wss, as in 'wss://example.com/path'.$"),
        ("WSS://stream.example.com/", "has the scheme 'WSS'; expected wss"),
        ("javascript://x", "has the scheme 'javascript'"),
        ("stream.example.com/audio", "is not an absolute URL; expected one of wss"),
        ("/audio", "is not an absolute URL"),
        ("wss:stream.example.com", "is not an absolute URL"),
        (
            "wss://stream.example.com/?token=hunter2",
            "has a query string, which the API does not support; use parameters=",
        ),
        ("wss://stream.example.com/?next=https://example.com/", "has a query string"),
        ("wss://stream.example.com/#hunter2", "has a fragment"),
        ("wss://user:hunter2@stream.example.com/", "holds credentials; use authorization_bearer_token="),
        ("wss://hunter2@stream.example.com/", "holds credentials"),
        ("wss://stream.example.com/a b", r"holds ' ' at position 26"),
        ("wss://stream.example.com/\r\nHost: evil", r"holds '\\r' at position 25"),
        ("wss://stream.example.com/\n", r"holds '\\n' at position 25"),
        ("wss://stream.example.com/\x00", r"holds '\\x00'"),
        ("wss://stream.example.com/é", r"holds '\\xe9'"),
        ("wss://пример.рф/", "a host name is written in its ASCII form"),
        ("wss://", "is not a valid URL: the host must be a name"),
        ("wss:///audio", "is not a valid URL"),
        ("wss://stream.example.com:0/", "is not a valid URL"),
        ("wss://stream.example.com:0/!~@", "is not a valid URL"),
        ("wss://stream.example.com:65536/", "is not a valid URL"),
        ("wss://stream.example.com:port/", "is not a valid URL"),
        ("wss://stream..example.com/", "is not a valid URL"),
        ("wss://stream.example.com\\audio", "is not a valid URL"),
        ("wss://stream.example.com/%zz", "is not a valid URL"),
        ("wss://stream.example.com/<b>", "is not a valid URL"),
        ("user:hunter2@x?t=1wss://x", "is not an absolute URL"),
        ("", "is empty"),
        (None, "is of type NoneType; expected text"),
        (b"wss://stream.example.com/", "is of type bytes; expected text"),
        ("wss://x/\ud800", "holds a lone surrogate"),
    ],
)
def test_a_url_that_cannot_be_streamed_to_is_refused(client: EitherClient, url: Any, problem: str) -> None:
    with pytest.raises(InputError, match=f"^url: .*{problem}") as caught:
        client.start_stream(CALL, url)
    assert caught.value.argument == "url"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("sid", "problem"),
    [
        ("", "is empty"),
        (".", "has a segment '.' or '..', which in a path means another place"),
        ("..", "has a segment '.' or '..', which in a path means another place"),
        ("CA1/Streams", "holds a slash or a space; give the SID alone, not a path or a URL"),
        ("/", "holds a slash"),
        ("..\\CA1", "has a segment '.' or '..'"),
        ("a\\CA1", "holds a slash or a space"),
        ("https://p:hunter2@h/", "holds a slash or a space"),
        ("C" * 1001, "is 1001 characters long; expected at most 1000"),
        ("CA1\r\n", "holds control characters, which a path cannot carry"),
        ("CA 1", "holds a slash or a space"),
        (None, "is of type NoneType; expected text"),
        (1, "is of type int"),
        ("\ud800", "holds a lone surrogate"),
    ],
)
def test_a_call_sid_that_could_reach_another_endpoint_is_refused(client: EitherClient, sid: Any, problem: str) -> None:
    with pytest.raises(InputError, match=f"^call_sid: .*{re.escape(problem)}"):
        client.start_stream(sid, URL)
    with pytest.raises(InputError, match=f"^call_sid: .*{re.escape(problem)}"):
        client.stop_stream(sid, "a-stream")


@pytest.mark.parametrize(
    "sid", ["", ".", "..", "../../CA2", "a/..", "a\\..", "n.json", "n" * 1001, None, "\udfff", "a\x00", "a\n"]
)
def test_a_stream_sid_that_could_reach_another_endpoint_is_refused(client: EitherClient, sid: Any) -> None:
    with pytest.raises(InputError, match="^sid: "):
        client.stop_stream(CALL, sid)


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("name", "", "name: is empty"),
        ("name", "..", "name: has a segment '.' or '..', which in a path"),
        ("name", "a/../b", "name: has a segment '.' or '..'"),
        ("name", "n.json", "name: ends in '.json', which the API takes off a path"),
        ("name", "n" * 1001, "name: is 1001 characters long; expected at most 1000"),
        ("name", 7, "name: is of type int"),
        ("status_callback", "e.com/?token=hunter2&next=https://x", "status_callback: is not an absolute URL"),
        ("name", "a\nb", "name: holds control characters, which a path cannot carry"),
        (
            "track",
            "inbound",
            "track: 'inbound' does not exist; expected one of both_tracks, inbound_track, outbound_track",
        ),
        ("track", "both_tracks\n", r"track: 'both_tracks\n' does not exist"),
        ("track", "", "track: is empty"),
        ("status_callback_method", "post", "status_callback_method: 'post' does not exist; expected one of GET, POST"),
        ("status_callback_method", "PUT", "status_callback_method: 'PUT' does not exist"),
        ("status_callback", "wss://example.com/", "status_callback: has the scheme 'wss'; expected https or http"),
        ("status_callback", "/events", "status_callback: is not an absolute URL; expected one of https or http"),
        ("status_callback", "", "status_callback: is empty"),
        ("status_callback", "https://", "status_callback: is not a valid URL"),
        ("status_callback", "https://example.com/\r\n", r"status_callback: holds '\r' at position 20"),
        ("authorization_bearer_token", "a b", "authorization_bearer_token: holds white space"),
        ("authorization_bearer_token", "a\r\nb", "authorization_bearer_token: holds white space, control"),
        ("authorization_bearer_token", "ab\n", "authorization_bearer_token: holds white space, control"),
        ("authorization_bearer_token", "é", "authorization_bearer_token: holds white space, control or non-ASCII"),
        ("authorization_bearer_token", "", "authorization_bearer_token: is empty"),
        ("parameters", [("n", "v")] * 100, "parameters: there are 100"),
        ("parameters", {"": "v"}, "parameters: the name of parameter 1 is empty"),
        ("parameters", {"n": None}, "parameters: the value of parameter 1 is of type NoneType"),
    ],
)
def test_an_option_that_cannot_be_sent_is_refused(client: EitherClient, option: str, value: Any, problem: str) -> None:
    options: Any = {option: value}
    with pytest.raises(InputError, match="^" + re.escape(problem)):
        client.start_stream(CALL, URL, **options)
    with pytest.raises(InputError, match="^" + re.escape(problem)) as caught, client.stream(CALL, URL, **options):
        pytest.fail("the block must not be entered")
    assert "hunter2" not in str(caught.value)


def test_a_keyword_that_does_not_exist_is_a_type_error_that_lists_those_that_do(client: EitherClient) -> None:
    options: Any = {"nam": "x"}
    with pytest.raises(TypeError, match="start_stream has no keyword 'nam'; it has name, track, "):
        client.start_stream(CALL, URL, **options)


def test_an_input_error_is_a_value_error(client: EitherClient) -> None:
    with pytest.raises(ValueError, match="is empty"):
        client.start_stream("", URL)
