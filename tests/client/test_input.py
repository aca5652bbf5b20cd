"""Invalid input raises an error that says what to do, and nothing is sent. A running mock would record a request."""

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
        (
            "ws://stream.example.com/",
            "must start with wss://. SignalWire rejects ws:// because the audio would be unencrypted. To test locally, see Moc",
        ),
        ("http://stream.example.com/", "must start with wss://, as in wss://example.com/path; got 'http'."),
        ("https://stream.example.com/", "must start with wss://, as in wss://example.com/path; got 'https'."),
        ("WSS://stream.example.com/", "must start with wss://, as in wss://example.com/path; got 'WSS'."),
        ("javascript://x", "must start with wss://, as in wss://example.com/path; got 'javascript'."),
        ("stream.example.com/audio", "must start with wss://, as in wss://example.com/path."),
        ("/audio", "must start with wss://, as in wss://example.com/path."),
        ("wss:stream.example.com", "must start with wss://, as in wss://example.com/path."),
        (
            "wss://stream.example.com/?token=hunter2",
            "must not have a query string, because SignalWire does not support it. Use parameters= instead.",
        ),
        ("wss://stream.example.com/?next=https://example.com/", "must not have a query string"),
        (
            "wss://stream.example.com/#hunter2",
            "must not have a fragment, because a WebSocket URL cannot. Leave it out.",
        ),
        (
            "wss://user:hunter2@stream.example.com/",
            "must not hold credentials. Use authorization_bearer_token= instead.",
        ),
        ("wss://hunter2@stream.example.com/", "must not hold credentials. Use authorization_bearer_token= instead."),
        ("wss://stream.example.com/a b", "must not hold ' ' (position 26). Percent-encode white space"),
        ("wss://stream.example.com/\r\nHost: evil", r"must not hold '\r' (position 25). Percent-encode"),
        ("wss://stream.example.com/\n", r"must not hold '\n' (position 25). Percent-encode"),
        ("wss://stream.example.com/\x00", r"must not hold '\x00' (position 25)"),
        ("wss://stream.example.com/é", r"must not hold '\xe9' (position 25)"),
        (
            "wss://пример.рф/",
            r"must not hold '\u043f' (position 6). Percent-encode white space, control and non-ASCII ",
        ),
        ("wss://", "must be a valid URL: a host name or address, a port from 1 to 65535 if any, and a path in which"),
        ("wss:///audio", "must be a valid URL: a host name or address"),
        ("wss://stream.example.com:0/", "must be a valid URL: a host name or address"),
        ("wss://stream.example.com:0/!~@", "must be a valid URL: a host name or address"),
        ("wss://stream.example.com:65536/", "must be a valid URL: a host name or address"),
        ("wss://stream.example.com:port/", "must be a valid URL: a host name or address"),
        ("wss://stream..example.com/", "must be a valid URL: a host name or address"),
        ("wss://stream.example.com\\audio", "must be a valid URL: a host name or address"),
        ("wss://stream.example.com/%zz", "must be a valid URL: a host name or address"),
        ("wss://stream.example.com/<b>", "must be a valid URL: a host name or address"),
        ("user:hunter2@x?t=1wss://x", "must start with wss://, as in wss://example.com/path."),
        ("", "must not be empty. Pass the wss:// URL of your WebSocket server."),
        (None, "must be a str; got NoneType."),
        (b"wss://stream.example.com/", "must be a str; got bytes."),
        ("wss://x/\ud800", "must not hold a lone surrogate, because UTF-8 cannot encode it."),
    ],
)
def test_an_invalid_stream_url_is_rejected(client: EitherClient, url: Any, problem: str) -> None:
    with pytest.raises(InputError, match="^" + re.escape(f"url {problem}")) as caught:
        client.start_stream(CALL, url)
    assert caught.value.argument == "url"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("sid", "problem"),
    [
        ("", "must not be empty. Pass the SID of a call that is in progress."),
        (".", "must not have a segment '.' or '..', which means another place in a path"),
        ("..", "must not have a segment '.' or '..', which means another place in a path"),
        ("CA1/Streams", "must not hold a slash or a space. Pass the SID alone, not a path or a URL."),
        ("/", "must not hold a slash"),
        ("..\\CA1", "must not have a segment '.' or '..', which means another place in a path"),
        ("a\\CA1", "must not hold a slash or a space"),
        ("https://p:hunter2@h/", "must not hold a slash or a space"),
        ("C" * 1001, "must have at most 1000 characters; got 1001."),
        ("CA1\r\n", "must not hold control characters, because a path cannot carry them."),
        ("CA 1", "must not hold a slash or a space"),
        (None, "must be a str; got NoneType."),
        (1, "must be a str; got int."),
        ("\ud800", "must not hold a lone surrogate, because UTF-8 cannot encode it."),
    ],
)
def test_a_call_sid_that_could_reach_another_endpoint_is_rejected(client: EitherClient, sid: Any, problem: str) -> None:
    with pytest.raises(InputError, match="^" + re.escape(f"call_sid {problem}")) as caught:
        client.start_stream(sid, URL)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(InputError, match="^" + re.escape(f"call_sid {problem}")) as caught:
        client.stop_stream(sid, "a-stream")
    assert caught.value.argument == "call_sid"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("sid", "problem"),
    [
        ("", "must not be empty. Pass the stream's SID or name."),
        (".", "must not have a segment '.' or '..'"),
        ("..", "must not have a segment '.' or '..'"),
        ("../../CA2", "must not have a segment '.' or '..'"),
        ("a/..", "must not have a segment '.' or '..'"),
        ("a\\..", "must not have a segment '.' or '..'"),
        ("n.json", "must not end in '.json', because the API removes it from a path."),
        ("n" * 1001, "must have at most 1000 characters; got 1001."),
        (None, "must be a str; got NoneType."),
        ("\udfff", "must not hold a lone surrogate"),
        ("a\x00", "must not hold control characters"),
        ("a\n", "must not hold control characters"),
    ],
)
def test_a_stream_sid_that_could_reach_another_endpoint_is_rejected(
    client: EitherClient, sid: Any, problem: str
) -> None:
    with pytest.raises(InputError, match="^" + re.escape(f"sid {problem}")):
        client.stop_stream(CALL, sid)


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("name", "", "name must not be empty. Leave it out for no name."),
        ("name", "..", "name must not have a segment '.' or '..', which means another place in a path"),
        ("name", "a/../b", "name must not have a segment '.' or '..', which means another place in a path"),
        ("name", "n.json", "name must not end in '.json', because the API removes it from a path."),
        ("name", "n" * 1001, "name must have at most 1000 characters; got 1001."),
        ("name", 7, "name must be a str; got int."),
        (
            "status_callback",
            "e.com/?token=hunter2&next=https://x",
            "status_callback must start with https:// or http://, as in https://example.com/path.",
        ),
        ("name", "a\nb", "name must not hold control characters, because a path cannot carry them."),
        (
            "track",
            "inbound",
            "track must be one of both_tracks, inbound_track, outbound_track; got 'inbound'.",
        ),
        (
            "track",
            "both_tracks\n",
            r"track must be one of both_tracks, inbound_track, outbound_track; got 'both_tracks\n'.",
        ),
        ("track", "", "track must not be empty. Leave the argument out if you have no value for it."),
        ("status_callback_method", "post", "status_callback_method must be one of GET, POST; got 'post'."),
        ("status_callback_method", "PUT", "status_callback_method must be one of GET, POST; got 'PUT'."),
        (
            "status_callback",
            "wss://example.com/",
            "status_callback must start with https:// or http://, as in https://example.com/path; got 'wss'.",
        ),
        (
            "status_callback",
            "/events",
            "status_callback must start with https:// or http://, as in https://example.com/path.",
        ),
        (
            "status_callback",
            "",
            "status_callback must not be empty. Leave the argument out if you have no value for it.",
        ),
        ("status_callback", "https://", "status_callback must be a valid URL: a host name or address"),
        (
            "status_callback",
            "https://example.com/\r\n",
            r"status_callback must not hold '\r' (position 20). Percent-encode",
        ),
        ("authorization_bearer_token", "a b", "authorization_bearer_token must be a token in visible ASCII, sent to"),
        (
            "authorization_bearer_token",
            "a\r\nb",
            "authorization_bearer_token must be a token in visible ASCII, sent to",
        ),
        ("authorization_bearer_token", "ab\n", "authorization_bearer_token must be a token in visible ASCII, sent to"),
        (
            "authorization_bearer_token",
            "é",
            "authorization_bearer_token must be a token in visible ASCII, sent to your WebSocket server as `Authorization",
        ),
        (
            "authorization_bearer_token",
            "",
            "authorization_bearer_token must not be empty. Leave the argument out if you have no value for it.",
        ),
        ("parameters", [("n", "v")] * 100, "parameters must have at most 99 entries; got 100."),
        ("parameters", {"": "v"}, "parameters must not have empty names; name 1 is empty."),
        (
            "parameters",
            {"n": None},
            "parameters must have text or numbers as values; value 1 is of type NoneType. Pass the text",
        ),
    ],
)
def test_an_invalid_option_is_rejected(client: EitherClient, option: str, value: Any, problem: str) -> None:
    options: Any = {option: value}
    with pytest.raises(InputError, match="^" + re.escape(problem)):
        client.start_stream(CALL, URL, **options)
    with pytest.raises(InputError, match="^" + re.escape(problem)) as caught, client.stream(CALL, URL, **options):
        pytest.fail("the block must not be entered")
    assert caught.value.argument == option
    assert "hunter2" not in str(caught.value)


def test_an_input_error_is_a_value_error(client: EitherClient) -> None:
    with pytest.raises(ValueError, match="^call_sid must not be empty"):
        client.start_stream("", URL)
