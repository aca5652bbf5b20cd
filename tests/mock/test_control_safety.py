"""The page and the control API for nobody but the user: not for web pages of elsewhere, and without secrets."""

import base64
import json
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import DEFAULT_SIGNING_KEY, DEFAULT_TOKEN, MockServer
from support.control import Control, check_headers, raw_response

URL = "wss://stream.example.com/audio"
PATHS = ["/", "/_mock/health", "/_mock/state", "/_mock/events", "/_mock/nothing"]
BY_PATH = pytest.mark.parametrize("path", PATHS)


def get(mock: MockServer, path: str, method: str = "GET", **headers: str) -> HTTPResponse:
    """Return a response with its headers; its body is not read."""
    connection = HTTPConnection(urlsplit(mock.url).netloc, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    connection.close()
    return response


# Hosts and origins.


@BY_PATH
@pytest.mark.parametrize(
    "host", ["mock.example.com", "127.0.0.1.example.com", "localhost.example.com:80", "a@127.0.0.1"]
)
def test_another_host_name_is_refused(paged_mock: MockServer, path: str, host: str) -> None:
    assert get(paged_mock, path, Host=host).status == 421


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:1", "[::1]:8080", "mock.localhost", "host.docker.internal:80"]
)
def test_names_of_this_machine_are_served(paged_mock: MockServer, host: str) -> None:
    assert get(paged_mock, "/", Host=host).status == 200
    assert get(paged_mock, "/_mock/health", Host=host).status == 200


@pytest.mark.parametrize(
    "hosts", ["Host: example.com\r\nHost: 127.0.0.1\r\n", "Host: 127.0.0.1\r\nHost: example.com\r\n"]
)
def test_two_host_names_are_refused(paged_mock: MockServer, hosts: str) -> None:
    assert raw_response(paged_mock, f"GET /_mock/state HTTP/1.1\r\n{hosts}\r\n") in {400, 421}


FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://example.com"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Origin": "http://HOST", "Sec_Fetch_Site": "cross-site"},
]


def foreign(headers: dict[str, str], mock: MockServer) -> dict[str, str]:
    return {name: value.replace("HOST", urlsplit(mock.url).netloc) for name, value in headers.items()}


@BY_PATH
@pytest.mark.parametrize("headers", FOREIGN)
def test_web_pages_of_elsewhere_can_neither_read_nor_change_anything(
    paged_mock: MockServer, path: str, headers: dict[str, str]
) -> None:
    if path == "/":  # a link may lead to the page, which holds nothing
        assert get(paged_mock, path, **foreign(headers, paged_mock)).status == 200
        return
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        response = get(paged_mock, path, method, **foreign(headers, paged_mock))
        assert response.status == 403
        check_headers(response)


def test_a_change_by_a_web_page_of_elsewhere_has_no_effect(paged_mock: MockServer) -> None:
    sid = Control(paged_mock)("start_demo")["sid"]
    for headers in FOREIGN:
        renamed = {name.replace("_", "-"): value for name, value in foreign(headers, paged_mock).items()}
        assert Control(paged_mock).refusal("end_call", paged_mock.streams[0].call_sid, headers=renamed)[0] == 403
        assert Control(paged_mock).refusal("cancel_failures", headers=renamed)[0] == 403
    assert paged_mock.wait_for(sid, "in-progress").status == "in-progress"


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://HOST", "Sec-Fetch-Site": "same-origin"}]
)
def test_the_own_page_and_other_programs_can_do_everything(paged_mock: MockServer, headers: dict[str, str]) -> None:
    own = foreign(headers, paged_mock)
    assert Control(paged_mock)("get_state", headers=own)["streams"] == []
    assert Control(paged_mock)("fail_next", headers=own)["armed"] != []
    assert Control(paged_mock)("cancel_failures", headers=own) == {"armed": []}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_form_of_a_web_page_changes_nothing(paged_mock: MockServer, content_type: str) -> None:
    status, _ = Control(paged_mock).refusal("start_demo", body=b"{}", headers={"Content-Type": content_type})
    assert (status, paged_mock.streams) == (415, [])


def test_the_body_may_name_its_character_set(paged_mock: MockServer) -> None:
    Control(paged_mock)("reset", headers={"Content-Type": "Application/JSON; charset=utf-8"})


# Files and headers.


@pytest.mark.parametrize(
    "path",
    [
        "/../_server.py",
        "/..%2f_server.py",
        "/%2e%2e/_server.py",
        "//etc/passwd",
        "/index.html/../../_server.py",
        "/__init__.py",
        "/./index.html",
        "/_mock/../index.html",
        "/_mock/streams/../state",
        "/_mock/streams/%2e%2e/state",
    ],
)
def test_no_path_leads_out_of_the_folder_of_the_page(paged_mock: MockServer, path: str) -> None:
    assert raw_response(paged_mock, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n") == 404


@pytest.mark.parametrize("path", ["/", "/index.html"])
def test_the_page_may_load_its_own_files_only_and_is_in_no_frame(paged_mock: MockServer, path: str) -> None:
    response = httpx.get(paged_mock.url + path, trust_env=False)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert response.headers["Cache-Control"] == "no-cache"
    check_headers(get(paged_mock, path))
    tag = {"If-None-Match": response.headers["ETag"]}
    unchanged = httpx.get(paged_mock.url + path, headers=tag, trust_env=False)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert httpx.head(paged_mock.url + path, trust_env=False).headers["Content-Length"] == str(len(response.content))
    assert httpx.post(paged_mock.url + path, trust_env=False).status_code == 405


@pytest.mark.parametrize("path", ["/", "/index.html", "/_mock/state"])
def test_without_the_page_its_paths_are_unknown_to_the_api(mock: MockServer, path: str) -> None:
    response = httpx.get(mock.url + path, trust_env=False)
    assert (response.status_code, response.json()["code"]) == (404, 20404)
    assert mock.requests[-1].path == path


def test_requests_for_the_page_and_the_control_api_are_not_recorded_and_do_not_fail(paged_mock: MockServer) -> None:
    paged_mock.fail_next(503)
    assert httpx.get(paged_mock.url, trust_env=False).status_code == 200
    assert Control(paged_mock)("get_health")["status"] == "ok"
    assert paged_mock.requests == []
    assert len(paged_mock.planned_failures) == 1


# Secrets.

SECRETS = ["hunter2-token", "hunter2-signing-key", "hunter2-bearer", "hunter2-password", "hunter2-session"]


def everything_shown(mock: MockServer, first: int) -> str:
    """All that the control API shows, as text: the state, and the events since the first."""
    state = Control(mock)("get_state")
    shown: list[Any] = [state]
    with Control(mock).events(after=first) as events:
        while shown[-1].get("id") != state["seq"]:
            shown.append(next(events))
    assert {event["event"] for event in shown[1:]} >= {"request", "stream", "callback", "call"}
    return json.dumps(shown)


def send(mock: MockServer, path: str, *, params: Any = None, **options: Any) -> None:
    url = f"{mock.url}/api/laml/2010-04-01/Accounts/{mock.project}/{path}"
    httpx.post(url, params=params, auth=(mock.project, mock.token), trust_env=False, **options)


def test_secrets_are_masked_wherever_they_are() -> None:
    token, key, bearer, password, session = SECRETS
    with MockServer(page=True, token=token, signing_key=key) as mock:
        first = Control(mock)("get_state")["seq"]
        callback = f"http://user:{password}@127.0.0.1:9/{token}?key={key}"
        with StreamsClient(mock.project, token, mock.url) as client:
            client.start_stream(
                "CA1",
                URL,
                name=f"a {token}",
                authorization_bearer_token=bearer,
                status_callback=callback,
                parameters={"token": token, "signing": f"with {key}"},
            )
        secret_fields = {"AuthorizationBearerToken": bearer, "StatusCallback": callback, "Url": "ws://x"}
        for fields in (secret_fields, {name.lower(): value for name, value in secret_fields.items()}):
            send(mock, "Calls/CA1/Streams", data=fields)
            send(mock, "Calls/CA1/Streams", json=fields)
            send(mock, "Calls", params=fields)
        send(mock, "Calls/CA1/Streams", data={"Url": URL}, headers={"Cookie": session, "X-Api-Key": session})
        mock.wait_for_callback("stream-started")
        shown = everything_shown(mock, first)
        settings = json.loads(shown)[0]["settings"]
    encoded = base64.b64encode(f"{mock.project}:{token}".encode()).decode()
    assert [secret for secret in [*SECRETS, encoded] if secret in shown] == []
    assert shown.count("***") > 10
    assert settings["project"] == mock.project
    assert settings["token"] is None
    assert settings["signing_key"] is None


def test_the_public_defaults_are_shown_ready_to_use(paged_mock: MockServer) -> None:
    assert Control(paged_mock)("get_state")["settings"] == {
        "space": paged_mock.url,
        "project": paged_mock.project,
        "token": DEFAULT_TOKEN,
        "signing_key": DEFAULT_SIGNING_KEY,
    }


def test_a_record_is_small_whatever_a_sender_sends(paged_mock: MockServer) -> None:
    send(paged_mock, "Calls/CA1/Streams", data={"Url": "x" * 900_000})
    send(
        paged_mock,
        "Calls/CA1/Streams",
        content=b"a=b&" * 200_000,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert len(json.dumps(Control(paged_mock)("get_state")["requests"])) < 40_000
