"""What people get from httpx goes on working: their own client, transports, hooks, proxies, respx, pytest-httpx."""

from typing import Any

import httpx
import pytest
import respx
from pytest_httpx import HTTPXMock
from signalwire_streams import ClientStateError, NotFoundError, SettingsError
from signalwire_streams.mock import MockServer
from support.both import BOTH, WITH_AIOHTTP, EitherClient, httpx_client
from support.canned import STREAM, CannedServer

KINDS = WITH_AIOHTTP
MINE = STREAM | {"call_sid": "CA1"}
URL = "wss://stream.example.com/audio"
HOST = "example.signalwire.com"
STREAMS = f"https://{HOST}/api/laml/2010-04-01/Accounts/p/Calls/CA1/Streams"


def test_a_client_of_the_users_own_sends_and_keeps_its_settings_and_stays_open(kind: str, mock: MockServer) -> None:
    http = httpx_client(kind, headers={"X-Trace": "abc"}, auth=("someone", "else"), follow_redirects=True)
    with EitherClient(kind, mock.project, mock.token, mock.url, http_client=http) as client:
        assert client.start_stream("CA1", URL).status == "queued"
    assert mock.requests[0].headers["x-trace"] == "abc"
    assert mock.requests[0].status == 200  # our credentials, not the client's


def test_a_redirect_is_not_followed_by_a_client_that_follows_them(kind: str, canned: CannedServer) -> None:
    canned.answer(307, b"", Location="/elsewhere")
    http = httpx_client(kind, follow_redirects=True)
    with (
        EitherClient(kind, "p", "t", canned.url, http_client=http) as client,
        pytest.raises(Exception, match="is not followed"),
    ):
        client.start_stream("CA1", URL)


def test_our_own_http_client_is_closed_with_ours(kind: str, mock: MockServer) -> None:
    client = EitherClient(kind, mock.project, mock.token, mock.url)
    client.start_stream("CA1", URL)
    client._do(client.client.close() if kind == "sync" else client.client.aclose())
    with pytest.raises(ClientStateError):
        client.start_stream("CA1", URL)
    client.close()


def test_event_hooks_see_request_and_response(kind: str, mock: MockServer) -> None:
    seen: list[str] = []

    def on_request(request: httpx.Request) -> None:
        seen.append(request.method)

    def on_response(response: httpx.Response) -> None:
        seen.append(str(response.status_code))

    async def on_request_async(request: httpx.Request) -> None:
        on_request(request)

    async def on_response_async(response: httpx.Response) -> None:
        on_response(response)

    hooks = {
        "sync": {"request": [on_request], "response": [on_response]},
        "async": {"request": [on_request_async], "response": [on_response_async]},
    }
    http = httpx_client(kind, event_hooks=hooks["sync" if kind == "sync" else "async"])
    with EitherClient(kind, mock.project, mock.token, mock.url, http_client=http) as client:
        client.start_stream("CA1", URL)
    assert seen == ["POST", "200"]


def test_a_proxy_receives_the_request(kind: str, canned: CannedServer) -> None:
    http = httpx_client(kind, proxy=canned.url)
    with EitherClient(kind, "p", "t", "http://127.0.0.1:9", http_client=http) as client:
        assert client.start_stream("CA1", URL).sid == STREAM["sid"]
    assert canned.received[0].target == "http://127.0.0.1:9/api/laml/2010-04-01/Accounts/p/Calls/CA1/Streams"


def test_a_transport_of_the_users_own_is_sent_through(kind: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=MINE | {"uri": str(request.url)}))
    with EitherClient(kind, "p", "t", HOST, transport=transport) as client:
        assert client.start_stream("CA1", URL).uri == STREAMS


def test_transport_and_client_together_are_refused(kind: str) -> None:
    with pytest.raises(SettingsError, match="transport and http_client are both given"):
        EitherClient(
            kind,
            "p",
            "t",
            HOST,
            transport=httpx.MockTransport(lambda _: httpx.Response(200)),
            http_client=httpx_client(kind),
        )


@pytest.mark.parametrize("option", ["transport", "http_client"])
@pytest.mark.parametrize("value", [0, "x", object()])
def test_what_is_not_of_httpx_is_refused(kind: str, option: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"^{option} is of type .*; expected an httpx"):
        EitherClient(kind, "p", "t", HOST, **{option: value})


def test_a_client_of_the_other_kind_is_refused(kind: str) -> None:
    other = httpx.Client() if kind != "sync" else httpx.AsyncClient()
    with pytest.raises(SettingsError, match="http_client is of type .*Client; expected an httpx.*Client"):
        EitherClient(kind, "p", "t", HOST, http_client=other)


def test_a_proxy_of_the_environment_is_not_shown_a_token_in_cleartext(
    kind: str, mock: MockServer, canned: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", canned.url)
    monkeypatch.setenv("ALL_PROXY", canned.url)
    with EitherClient(kind, mock.project, mock.token, mock.url) as client:
        client.start_stream("CA1", URL)
    assert (len(mock.requests), len(canned.received)) == (1, 0)


@pytest.mark.kinds(*BOTH)
@pytest.mark.parametrize(
    ("variable", "value"), [("ALL_PROXY", "socks5://h"), ("HTTPS_PROXY", "foo://x"), ("SSL_CERT_FILE", "/nonexistent")]
)
def test_an_environment_that_httpx_cannot_work_with_is_a_settings_error(
    kind: str, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match="The proxy or certificate settings of the environment are invalid"):
        EitherClient(kind, "p", "t", HOST)


def test_a_hook_that_raises_for_the_status_leaves_the_error_what_it_is(kind: str, canned: CannedServer) -> None:
    def raise_for_status(response: httpx.Response) -> None:
        response.raise_for_status()

    async def raise_for_status_async(response: httpx.Response) -> None:
        response.raise_for_status()

    hook = raise_for_status_async if kind != "sync" else raise_for_status
    canned.answer(404, {"code": 20404, "message": "gone"})
    http = httpx_client(kind, event_hooks={"response": [hook]})
    with EitherClient(kind, "p", "t", canned.url, http_client=http) as client, pytest.raises(NotFoundError):
        client.start_stream("CA1", URL)


@pytest.mark.kinds(*BOTH)
@respx.mock
def test_respx_answers_for_the_service(kind: str) -> None:
    route = respx.post(STREAMS, data={"Url": URL}).respond(201, json=MINE)
    with EitherClient(kind, "p", "t", HOST) as client:
        assert client.start_stream("CA1", URL).sid == STREAM["sid"]
    assert route.call_count == 1


@pytest.mark.kinds(*BOTH)
def test_pytest_httpx_answers_for_the_service(kind: str, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        method="POST", url=STREAMS, match_content=b"Url=wss%3A%2F%2Fstream.example.com%2Faudio", json=MINE
    )
    with EitherClient(kind, "p", "t", HOST) as client:
        assert client.start_stream("CA1", URL).sid == STREAM["sid"]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (None, None, {"connect": 10.0, "read": 10.0, "write": 10.0, "pool": 10.0}),
        (2.5, None, {"connect": 2.5, "read": 2.5, "write": 2.5, "pool": 2.5}),
        (httpx.Timeout(3.0, read=7.0), None, {"connect": 3.0, "read": 7.0, "write": 3.0, "pool": 3.0}),
        (None, 4.0, {"connect": 4.0, "read": 4.0, "write": 4.0, "pool": 4.0}),
        (2.5, 4.0, {"connect": 2.5, "read": 2.5, "write": 2.5, "pool": 2.5}),
    ],
)
def test_there_is_always_a_time_out(
    kind: str, ours: float | httpx.Timeout | None, theirs: float | None, expected: dict[str, float]
) -> None:
    seen: list[object] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json=MINE)

    transport = httpx.MockTransport(answer)
    through = (
        {"transport": transport}
        if theirs is None
        else {"http_client": httpx_client(kind, transport=transport, timeout=theirs)}
    )
    with EitherClient(kind, "p", "t", HOST, timeout=ours, **through) as client:
        client.start_stream("CA1", URL)
    assert seen == [expected]
