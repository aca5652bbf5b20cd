"""No argument can change the path, the host, the headers or other fields of the request."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
from hypothesis import example, given
from hypothesis import strategies as st
from signalwire_streams import InputError, SettingsError
from support.both import EitherClient
from support.canned import answering_with_the_stream

URL = "wss://stream.example.com/audio"
BASE = "/api/laml/2010-04-01/Accounts/p/Calls"
NASTY = st.sampled_from(
    [
        "..",
        ".",
        "/",
        "\\",
        "%2e%2e",
        "%2F",
        "%00",
        "\r\n",
        "\x00",
        "?a=b",
        "#x",
        "@evil.example",
        ":80",
        "&Url=x",
        "=",
        "+",
        " ",
    ]
    + [
        "Host: evil",
        "\u2028",
        "\u202e",
        "\ud800",
        "ﬀ",
        "。",
        "．．",
        "℀",
        "👩‍🚀",
        "İ",
        ";",
        "|",
        "$(x)",
        "\x1b[2J",
        "\x7f",
        "\x85",
    ]
)
TEXT = st.text() | st.lists(NASTY | st.text(max_size=3), max_size=6).map("".join)


def sent_by(kind: str, call: Any, host: str = "example") -> httpx.Request | None:
    """Return the one request that a call sends, or None if it is rejected first."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answering_with_the_stream(request)

    try:
        with EitherClient(kind, "p", "t", host, transport=httpx.MockTransport(answer)) as client:
            call(client)
    except (InputError, SettingsError):
        assert seen == []
        return None
    (request,) = seen
    return request


HEADERS = {
    "host",
    "accept",
    "accept-encoding",
    "user-agent",
    "authorization",
    "content-type",
    "content-length",
}


def assert_it_goes_where_it_should(request: httpx.Request, segments: list[str]) -> None:
    """Check that the path has these segments alone, and that nothing else has changed."""
    raw = request.url.raw_path.decode("ascii")
    assert request.url.host == "example.signalwire.com"
    assert raw.startswith(BASE + "/")
    assert "?" not in raw
    assert [unquote(segment, errors="strict") for segment in raw.removeprefix(BASE + "/").split("/")] == segments
    assert not {".", ".."} & set(unquote(raw).replace("\\", "/").split("/"))
    assert set(request.headers) == HEADERS
    assert request.headers["authorization"] == "Basic cDp0"


@given(call_sid=TEXT)
@example("..")
@example("a/../../b")
def test_a_call_sid_stays_one_segment(kind: str, call_sid: str) -> None:
    request = sent_by(kind, lambda client: client.start_stream(call_sid, URL))
    if request is not None:
        assert_it_goes_where_it_should(request, [call_sid, "Streams"])
        assert request.content == b"Url=wss%3A%2F%2Fstream.example.com%2Faudio"


@given(sid=TEXT)
@example("../../CA2")
@example("..\\CA2")
def test_a_sid_or_name_stays_one_segment(kind: str, sid: str) -> None:
    request = sent_by(kind, lambda client: client.stop_stream("CA1", sid))
    if request is not None:
        assert_it_goes_where_it_should(request, ["CA1", "Streams", sid])
        assert request.content == b"Status=stopped"


@given(name=TEXT, token=TEXT, pairs=st.lists(st.tuples(TEXT, TEXT), max_size=3), callback=TEXT)
def test_a_field_stays_one_field(kind: str, name: str, token: str, pairs: list[tuple[str, str]], callback: str) -> None:
    options: Any = {
        "name": name,
        "authorization_bearer_token": token,
        "parameters": pairs,
        "status_callback": "https://example.com/" + callback,
    }
    for left_out in ("", "name", "authorization_bearer_token", "parameters", "status_callback"):
        given_options = {key: value for key, value in options.items() if key != left_out}
        request = sent_by(kind, lambda client, given=given_options: client.start_stream("CA1", URL, **given))
        if request is None:
            continue
        assert_it_goes_where_it_should(request, ["CA1", "Streams"])
        expected = {"Url": URL}
        if "name" in given_options:
            expected["Name"] = name
        if "authorization_bearer_token" in given_options:
            expected["AuthorizationBearerToken"] = token
        if "status_callback" in given_options:
            expected["StatusCallback"] = options["status_callback"]
        for index, (key, value) in enumerate(given_options.get("parameters", []), start=1):
            expected |= {f"Parameter{index}.Name": key, f"Parameter{index}.Value": value}
        fields = parse_qsl(request.content.decode("ascii"), keep_blank_values=True, strict_parsing=True)
        assert dict(fields) == expected
        assert len(fields) == len(expected)


@given(url=TEXT.map(lambda text: "wss://h/" + text) | TEXT.map(lambda text: "wss://" + text) | TEXT)
def test_a_url_is_sent_unchanged_or_rejected(kind: str, url: str) -> None:
    request = sent_by(kind, lambda client: client.start_stream("CA1", url))
    if request is not None:
        assert parse_qsl(request.content.decode("ascii")) == [("Url", url)]
        parts = urlsplit(url)
        assert (parts.scheme, parts.query, parts.fragment, parts.username, url.isascii()) == ("wss", "", "", None, True)


@given(host=TEXT | TEXT.map(lambda text: "example.signalwire.com" + text) | TEXT.map(lambda text: "https://" + text))
@example("example.signalwire.com@evil.example")
@example("evil.example#.signalwire.com")
@example("evil.example\\.signalwire.com")
def test_a_host_is_reached_as_written_or_rejected(kind: str, host: str) -> None:
    request = sent_by(kind, lambda client: client.stop_stream("CA1", "ST1"), host)
    if request is not None:
        shown = host.lower().removeprefix("https://").rstrip("/")
        name = str(request.url.netloc, "ascii")
        assert shown in {name, name.removesuffix(".signalwire.com"), name + ":443"}
        assert request.url.scheme == "https"
        assert request.url.raw_path.decode() == f"{BASE}/CA1/Streams/ST1"
