"""Both clients work with httpx clients, transports, hooks, proxies, respx and pytest-httpx."""

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


def test_the_users_http_client_sends_and_keeps_its_settings_and_stays_open(kind: str, mock: MockServer) -> None:
    http = httpx_client(kind, headers={"X-Trace": "abc"}, auth=("someone", "else"), follow_redirects=True)
    with EitherClient(kind, mock.project, mock.token, mock.url, http_client=http) as client:
        assert client.start_stream("CA1", URL).status == "queued"
    assert mock.requests[0].headers["x-trace"] == "abc"
    assert mock.requests[0].status == 200  # our credentials, not the client's


def test_a_redirect_is_not_followed_even_if_http_client_follows_redirects(kind: str, canned: CannedServer) -> None:
    canned.answer(307, b"", Location="/elsewhere")
    http = httpx_client(kind, follow_redirects=True)
    with (
        EitherClient(kind, "p", "t", canned.url, http_client=http) as client,
        pytest.raises(Exception, match="is not followed"),
    ):
        client.start_stream("CA1", URL)


def test_a_closed_client_raises_client_state_error(kind: str, mock: MockServer) -> None:
    client = EitherClient(kind, mock.project, mock.token, mock.url)
    client.start_stream("CA1", URL)
    client._do(client.client.close() if kind == "sync" else client.client.aclose())
    with pytest.raises(ClientStateError):
        client.start_stream("CA1", URL)
    client.close()


def test_event_hooks_receive_request_and_response(kind: str, mock: MockServer) -> None:
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


def test_requests_go_through_the_users_transport(kind: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=MINE | {"uri": str(request.url)}))
    with EitherClient(kind, "p", "t", HOST, transport=transport) as client:
        assert client.start_stream("CA1", URL).uri == STREAMS


def test_transport_and_http_client_together_are_rejected(kind: str) -> None:
    with pytest.raises(
        SettingsError, match="^transport and http_client are both given[.] Pass the transport to your http_client[.]$"
    ):
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
def test_anything_but_an_httpx_transport_or_client_is_rejected(kind: str, option: str, value: Any) -> None:
    expected = {"transport": "BaseTransport", "http_client": "Client"}[option]
    prefix = "" if kind == "sync" else "Async"
    with pytest.raises(
        SettingsError, match=f"^{option} must be an httpx.{prefix}{expected}; got {type(value).__name__}[.]$"
    ):
        EitherClient(kind, "p", "t", HOST, **{option: value})


def test_an_http_client_of_the_other_kind_is_rejected(kind: str) -> None:
    other = httpx.Client() if kind != "sync" else httpx.AsyncClient()
    expected = "AsyncClient; got Client" if kind != "sync" else "Client; got AsyncClient"
    with pytest.raises(SettingsError, match=f"^http_client must be an httpx.{expected}[.]$"):
        EitherClient(kind, "p", "t", HOST, http_client=other)


def test_a_loopback_host_is_reached_without_the_proxy_of_the_environment(
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
def test_invalid_proxy_or_certificate_variables_raise_a_settings_error(
    kind: str, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match="The proxy or certificate settings of the environment are invalid"):
        EitherClient(kind, "p", "t", HOST)


def test_a_hook_that_raises_for_status_does_not_change_the_error(kind: str, canned: CannedServer) -> None:
    def raise_for_status(response: httpx.Response) -> None:
        response.raise_for_status()

    async def raise_for_status_async(response: httpx.Response) -> None:
        response.raise_for_status()

    hook = raise_for_status_async if kind != "sync" else raise_for_status
    canned.answer(404, {"code": 20404, "message": "gone"})
    http = httpx_client(kind, event_hooks={"response": [hook]})
    with EitherClient(kind, "p", "t", canned.url, http_client=http) as client, pytest.raises(NotFoundError) as caught:
        client.start_stream("CA1", URL)
    assert caught.value.problem == "The response cannot be read: an event hook closed it before its body was read."


def test_a_hook_that_reads_the_body_before_it_raises_for_status_keeps_the_message(
    kind: str, canned: CannedServer
) -> None:
    def raise_for_status(response: httpx.Response) -> None:
        response.read()
        response.raise_for_status()

    async def raise_for_status_async(response: httpx.Response) -> None:
        await response.aread()
        response.raise_for_status()

    hook = raise_for_status_async if kind != "sync" else raise_for_status
    canned.answer(404, {"code": 20404, "message": "gone"})
    http = httpx_client(kind, event_hooks={"response": [hook]})
    with EitherClient(kind, "p", "t", canned.url, http_client=http) as client, pytest.raises(NotFoundError) as caught:
        client.start_stream("CA1", URL)
    assert (caught.value.code, caught.value.message) == (20404, "gone")


@pytest.mark.kinds(*BOTH)
@respx.mock
def test_respx_can_respond_for_signalwire(kind: str) -> None:
    route = respx.post(STREAMS, data={"Url": URL}).respond(201, json=MINE)
    with EitherClient(kind, "p", "t", HOST) as client:
        assert client.start_stream("CA1", URL).sid == STREAM["sid"]
    assert route.call_count == 1


@pytest.mark.kinds(*BOTH)
def test_pytest_httpx_can_respond_for_signalwire(kind: str, httpx_mock: HTTPXMock) -> None:
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
def test_there_is_always_a_timeout(
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
