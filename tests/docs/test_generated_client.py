"""The page of the generated client: its snippets do what they say, and each trap is one."""

import ast
import asyncio
import inspect
import json
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from textwrap import indent
from typing import Any, Literal, get_origin, get_type_hints
from urllib.parse import parse_qs

import httpx
import pytest
from signalwire_streams.mock import MockServer
from signalwire_streams_api import AuthenticatedClient, Client
from signalwire_streams_api.api.calls import list_calls
from signalwire_streams_api.api.streams import start_conference_stream, start_stream
from signalwire_streams_api.errors import UnexpectedStatus
from signalwire_streams_api.models import (
    CallPage,
    ConferenceErrors,
    Error,
    StartConferenceStreamForm,
    StartStreamForm,
    Stream,
    Track,
)
from signalwire_streams_api.types import Response
from support.canned import STREAM, CannedServer
from support.pages import blocks

PAGE = "docs/generated-client.md"
BLOCKS = [text for _, text in blocks(PAGE)]
PATH = "/api/laml/2010-04-01"
URL = "wss://stream.example.com/audio"
ERROR = {"code": 20429, "message": "Too many requests.", "more_info": "https://example.com", "status": 429}
TOKEN = "a-token-to-hide"


def started(kind: str, client: Client | AuthenticatedClient, form: StartStreamForm | None = None) -> Response[Any]:
    """Start a stream by the sync or the async function, and return the whole response."""
    body = form or StartStreamForm(URL)
    if kind == "sync":
        with client:
            return start_stream.sync_detailed("a-project", "CA1", client=client, body=body)

    async def start() -> Response[Any]:
        async with client:
            return await start_stream.asyncio_detailed("a-project", "CA1", client=client, body=body)

    return asyncio.run(start())


def client_of(server: CannedServer, **options: Any) -> Client:
    return Client(server.url + PATH, **options)


def form_of(server: CannedServer) -> dict[str, list[str]]:
    (request,) = server.received
    return parse_qs(request.body.decode())


# The snippets


@pytest.fixture
def namespace(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    account = {"PROJECT_ID": mock.project, "API_TOKEN": mock.token, "SPACE": mock.url}
    for name, value in account.items():
        monkeypatch.setenv(f"SIGNALWIRE_{name}", value)
    monkeypatch.setenv("CALL_SID", "CA1")
    monkeypatch.setenv("CONFERENCE_SID", "CF1")
    return {"__name__": "page"}


def run(text: str, namespace: dict[str, Any]) -> None:
    code = compile(text, PAGE, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(code, namespace)
    if inspect.iscoroutine(result):
        asyncio.run(result)


def test_both_clients_start_and_stop_the_stream_of_the_page(
    mock: MockServer, namespace: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    in_sync, in_async = BLOCKS[:2]
    run(in_sync, namespace)
    (stream,) = mock.streams
    assert capsys.readouterr().out == f"{stream.sid} queued\n"
    run(in_async, namespace)
    assert len(mock.streams) == 2
    for stream in mock.streams:
        assert (stream.status, stream.parameters) == ("stopped", [("FirstName", "Jane")])
    starts = [request.body for request in mock.requests if b"Url=" in request.body]
    assert all(b"Track=both_tracks" in body for body in starts)


def test_the_authenticated_client_of_the_page_is_let_in(
    namespace: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run(BLOCKS[0], namespace)
    capsys.readouterr()
    run(BLOCKS[2], namespace)
    assert capsys.readouterr().out.startswith("404 20404 ")


def test_the_page_lists_calls_and_streams_a_conference(
    mock: MockServer, namespace: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    in_sync, *_, of_a_conference = BLOCKS
    run(in_sync, namespace)
    capsys.readouterr()
    mock.reset()
    mock.add_call("CA7")
    run(of_a_conference, namespace)
    assert capsys.readouterr().out == "['CA7'] None\n"
    (stream,) = mock.streams
    assert (stream.conference_sid, stream.status) == ("CF1", "stopped")
    assert b"StreamCodec=L16%4016000h" in mock.requests[1].body


def test_the_next_page_of_calls_is_got_by_the_query_of_its_path(mock: MockServer) -> None:
    for sid in ("CA1", "CA2"):
        mock.add_call(sid)
    auth = httpx.BasicAuth(mock.project, mock.token)
    with Client(mock.url + PATH, httpx_args={"auth": auth}) as client:
        first = list_calls.sync(mock.project, client=client, page_size=1)
        assert isinstance(first, CallPage)
        query = parse_qs(str(first.next_page_uri).partition("?")[2])
        page, token = int(query["Page"][0]), query["PageToken"][0]
        second = list_calls.sync(mock.project, client=client, page_size=1, page=page, page_token=token)
        assert isinstance(second, CallPage)
    assert {call.sid for call in (*first.calls, *second.calls)} == {"CA1", "CA2"}


def test_a_type_checker_accepts_the_page_and_finds_a_wrong_track_but_no_wrong_parameter(tmp_path: Path) -> None:
    misuse = f'form = StartStreamForm("{URL}", track="sideways")\nform["Parametr1.Name"] = 5\n'
    (tmp_path / "page.py").write_text("async def page() -> None:\n" + indent("\n".join(BLOCKS), "    "))
    (tmp_path / "misuse.py").write_text(f"from signalwire_streams_api.models import StartStreamForm\n\n{misuse}")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "page.py", "misuse.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = done.stdout.splitlines()
    assert line.startswith('misuse.py:3: error: Argument "track"')


# The traps


def test_a_base_url_without_the_path_of_the_api_finds_nothing(kind: str, mock: MockServer) -> None:
    auth = httpx.BasicAuth(mock.project, mock.token)
    assert started(kind, Client(mock.url, httpx_args={"auth": auth})).status_code == 404


def test_the_token_is_sent_in_cleartext_to_any_http_url(kind: str, canned: CannedServer) -> None:
    started(kind, client_of(canned, httpx_args={"auth": ("a-project", TOKEN)}))
    assert canned.received[0].headers["Authorization"] == f"Basic {b64encode(f'a-project:{TOKEN}'.encode()).decode()}"


def test_the_track_is_a_literal_that_nothing_checks(kind: str, canned: CannedServer) -> None:
    assert get_origin(Track) is Literal
    track: Any = "sideways"
    started(kind, client_of(canned), StartStreamForm(URL, track=track))
    assert form_of(canned)["Track"] == ["sideways"]


def test_a_wrong_custom_parameter_is_sent(kind: str, canned: CannedServer) -> None:
    assert get_type_hints(StartStreamForm)["additional_properties"] == dict[str, Any]
    form = StartStreamForm(URL)
    form["Parametr1.Name"] = 5
    started(kind, client_of(canned), form)
    assert form_of(canned)["Parametr1.Name"] == ["5"]


def test_a_documented_error_is_returned_and_not_retried(kind: str, canned: CannedServer) -> None:
    canned.answer(429, ERROR, Retry_After="0")
    result = started(kind, client_of(canned, raise_on_unexpected_status=True)).parsed
    assert isinstance(result, Error)
    assert (result.status, result.code, result.message) == (429, 20429, "Too many requests.")
    assert len(canned.received) == 1


def test_the_422_of_a_conference_has_a_class_of_its_own() -> None:
    body = {"errors": ["Url is invalid."]}
    transport = httpx.MockTransport(lambda _: httpx.Response(422, json=body))
    with Client("https://example.com", httpx_args={"transport": transport}) as client:
        form = StartConferenceStreamForm(URL)
        result = start_conference_stream.sync("a-project", "CF1", client=client, body=form)
    assert isinstance(result, ConferenceErrors)


@pytest.mark.parametrize("status", [302, 500])
def test_an_undocumented_status_is_none_unless_it_is_to_raise(kind: str, canned: CannedServer, status: int) -> None:
    canned.answer(status, ERROR, Location="/")
    assert started(kind, client_of(canned)).parsed is None
    with pytest.raises(UnexpectedStatus, match=f"Unexpected status code: {status}"):
        started(kind, client_of(canned, raise_on_unexpected_status=True))


@pytest.mark.parametrize("is_to_raise", [False, True])
def test_a_status_that_python_lacks_is_a_value_error(kind: str, canned: CannedServer, is_to_raise: bool) -> None:
    canned.answer(520, b"")
    with pytest.raises(ValueError, match="520 is not a valid HTTPStatus"):
        started(kind, client_of(canned, raise_on_unexpected_status=is_to_raise))


@pytest.mark.parametrize("status", [200, 503])
def test_html_is_a_json_error_even_if_the_start_may_have_succeeded(
    kind: str, canned: CannedServer, status: int
) -> None:
    canned.answer(status, b"<html>", Content_Type="text/html")
    with pytest.raises(json.JSONDecodeError):
        started(kind, client_of(canned))


def test_a_response_without_a_required_field_is_a_key_error(kind: str, canned: CannedServer) -> None:
    canned.answer(200, {name: value for name, value in STREAM.items() if name != "uri"})
    with pytest.raises(KeyError, match="uri"):
        started(kind, client_of(canned))


def test_a_failed_connection_and_a_timeout_are_errors_of_httpx(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(httpx.ReadTimeout):
            started(kind, Client(url, timeout=httpx.Timeout(5, read=0.1)))
    with pytest.raises(httpx.ConnectError):
        started(kind, Client(url))


def test_there_is_no_timeout_unless_it_is_given() -> None:
    def timeouts(client: Client) -> list[httpx.Timeout]:
        with client.get_httpx_client() as sync:
            return [sync.timeout, client.get_async_httpx_client().timeout]

    assert timeouts(Client("https://example.com")) == [httpx.Timeout(None)] * 2
    assert timeouts(Client("https://example.com", timeout=httpx.Timeout(10))) == [httpx.Timeout(10)] * 2


def test_a_closed_client_cannot_be_used_again(kind: str, canned: CannedServer) -> None:
    client = client_of(canned)
    started(kind, client)
    with pytest.raises(RuntimeError, match="Cannot reopen a client instance"):
        started(kind, client)


CREDENTIALS = b64encode(f"a-project:{TOKEN}".encode()).decode()


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda url: Client(url, httpx_args={"auth": ("a-project", TOKEN)}), TOKEN),
        (lambda url: AuthenticatedClient(url, token=CREDENTIALS, prefix="Basic"), CREDENTIALS),
        (lambda url: Client(url, httpx_args={"auth": httpx.BasicAuth("a-project", TOKEN)}), None),
    ],
    ids=["tuple", "AuthenticatedClient", "BasicAuth"],
)
def test_the_repr_shows_the_token_except_with_basic_auth(
    kind: str, canned: CannedServer, make: Callable[[str], Any], shown: str | None
) -> None:
    client = make(canned.url + PATH)
    started(kind, client)
    assert canned.received[0].headers["Authorization"] == f"Basic {CREDENTIALS}"
    assert [secret for secret in (TOKEN, CREDENTIALS) if secret in repr(client)] == ([shown] if shown else [])


def test_the_repr_of_a_form_shows_the_bearer_token() -> None:
    assert TOKEN in repr(StartStreamForm(URL, authorization_bearer_token=TOKEN))


def test_dates_are_text_that_the_standard_library_does_not_always_read(kind: str, canned: CannedServer) -> None:
    stream = started(kind, client_of(canned)).parsed
    assert isinstance(stream, Stream)
    assert stream.date_updated == STREAM["date_updated"] == "Wed, 19 Sep 2018 21:00:00 +0000"
    assert parsedate_to_datetime(stream.date_updated).year == 2018
    with pytest.raises(ValueError, match="Invalid date"):
        parsedate_to_datetime(stream.date_updated.replace("Sep", "Sept"))


def test_the_prefix_of_the_authenticated_client_is_one_that_the_api_refuses(kind: str, mock: MockServer) -> None:
    credentials = b64encode(f"{mock.project}:{mock.token}".encode()).decode()
    assert started(kind, AuthenticatedClient(mock.url + PATH, token=credentials)).status_code == 401
