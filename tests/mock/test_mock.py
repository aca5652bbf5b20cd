"""The mock's API over plain HTTP, without the client."""

import base64
import copy
import json
import math
import re
import socket
import time
import uuid
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from signalwire_streams import StreamsClient
from signalwire_streams.mock import DEFAULT_PROJECT, DEFAULT_TOKEN, MockServer
from support.document import DOCUMENT

API = "/api/laml/2010-04-01"
STREAMS = f"{API}/Accounts/{DEFAULT_PROJECT}/Calls/CA1/Streams"
FORM = "application/x-www-form-urlencoded"
URL = "wss://stream.example.com/audio"


def basic(project: str = DEFAULT_PROJECT, token: str = DEFAULT_TOKEN) -> str:
    return "Basic " + base64.b64encode(f"{project}:{token}".encode()).decode()


def ask(
    mock: MockServer,
    path: str,
    body: object,
    method: str = "POST",
    *,
    content_type: str | None = FORM,
    authorization: str | None = basic(),
) -> tuple[int, Any, dict[str, str]]:
    connection = HTTPConnection(urlsplit(mock.url).netloc)
    headers = {"Content-Type": content_type, "Authorization": authorization}
    text = body if isinstance(body, str) else urlencode(body)  # type: ignore[arg-type]
    try:
        connection.request(method, path, text, {name: value for name, value in headers.items() if value})
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null"), {k.lower(): v for k, v in response.getheaders()}
    finally:
        connection.close()


def start(mock: MockServer, **fields: str) -> tuple[int, Any]:
    return ask(mock, STREAMS, {"Url": URL} | fields)[:2]


def stop(mock: MockServer, sid: str, streams: str = STREAMS) -> tuple[int, Any]:
    return ask(mock, f"{streams}/{quote(sid, safe='')}", {"Status": "stopped"})[:2]


def test_a_start_returns_the_stream_as_documented(mock: MockServer) -> None:
    status, stream = start(mock, Name="my_first_stream")
    assert status == 200
    assert uuid.UUID(stream["sid"]).version == 4
    assert stream == {
        "sid": stream["sid"],
        "account_sid": DEFAULT_PROJECT,
        "call_sid": "CA1",
        "name": "my_first_stream",
        "status": "queued",
        "date_updated": stream["date_updated"],
        "uri": f"{STREAMS}/{stream['sid']}.json",
    }
    assert parsedate_to_datetime(stream["date_updated"]).tzinfo is not None


def test_a_stream_without_a_name_is_named_after_its_sid(mock: MockServer) -> None:
    _, stream = start(mock)
    assert stream["name"] == stream["sid"]


def test_a_stream_goes_from_queued_to_in_progress_to_stopped(mock: MockServer) -> None:
    _, stream = start(mock)
    assert stream["status"] == "queued"
    assert mock.streams[0].status == "in-progress"
    before = mock.streams[0].date_updated
    status, stopped = stop(mock, stream["sid"])
    assert (status, stopped) == (200, stream | {"status": "stopped", "date_updated": stopped["date_updated"]})
    assert mock.streams[0].status == "stopped"
    assert mock.streams[0].date_updated > before


@pytest.mark.parametrize("name", ["plain", "with space", "a/b", "a%2Fb", "ünï☎", "dots.json", "?&=#"])
def test_a_stream_can_be_stopped_by_name(mock: MockServer, name: str) -> None:
    _, stream = start(mock, Name=name)
    status, stopped = stop(mock, name)
    assert (status, stopped["sid"], stopped["status"]) == (200, stream["sid"], "stopped")


@pytest.mark.parametrize("name", [".", ".."])
@pytest.mark.parametrize("dot", [".", "%2e", "%2E"])
def test_a_name_of_dots_is_accepted_but_no_path_reaches_it(mock: MockServer, name: str, dot: str) -> None:
    assert start(mock, Name=name)[0] == 200
    status, error, _ = ask(mock, f"{STREAMS}/{name.replace('.', dot)}", {"Status": "stopped"})
    assert (status, error["message"]) == (404, "There is no such resource.")


def test_paths_may_end_in_json(mock: MockServer) -> None:
    status, stream, _ = ask(mock, f"{STREAMS}.json", {"Url": URL, "Name": "n"})
    assert status == 200
    assert ask(mock, f"{STREAMS}/{stream['sid']}.json", {"Status": "stopped"})[0] == 200
    assert ask(mock, f"{STREAMS}/n.json", {"Status": "stopped"})[0] == 200
    assert ask(mock, stream["uri"], {"Status": "stopped"})[0] == 200


def test_the_uri_reaches_the_stream_whatever_the_call_sid(mock: MockServer) -> None:
    _, stream, _ = ask(mock, STREAMS.replace("CA1", "a%3Fb%23c%25d"), {"Url": URL})
    assert ask(mock, stream["uri"], {"Status": "stopped"})[0] == 200


def test_a_name_ending_in_json_comes_before_the_name_without_it(mock: MockServer) -> None:
    start(mock, Name="n")
    _, with_suffix = start(mock, Name="n.json")
    assert stop(mock, "n.json")[1]["sid"] == with_suffix["sid"]


def test_a_name_is_taken_while_its_stream_runs_and_free_afterwards(mock: MockServer) -> None:
    _, first = start(mock, Name="n")
    status, error = start(mock, Name="n")
    assert (status, error["code"], error["message"]) == (422, 10000, "Name is in use by another stream of the call.")
    stop(mock, "n")
    status, second = start(mock, Name="n")
    assert status == 200
    assert stop(mock, "n")[1]["sid"] == second["sid"] != first["sid"]


def test_a_name_without_a_running_stream_refers_to_the_last_stream_that_had_it(mock: MockServer) -> None:
    for _ in range(2):
        start(mock, Name="n")
        stop(mock, "n")
    assert stop(mock, "n")[1]["sid"] == mock.streams[1].sid


def test_names_are_separate_for_each_call(mock: MockServer) -> None:
    start(mock, Name="n")
    assert ask(mock, STREAMS.replace("CA1", "CA2"), {"Url": URL, "Name": "n"})[0] == 200
    assert stop(mock, "n", STREAMS.replace("CA1", "CA3"))[0] == 404


def test_stopping_a_stopped_stream_changes_nothing(mock: MockServer) -> None:
    start(mock, Name="n")
    first = stop(mock, "n")
    changed = mock.streams[0].date_updated
    assert stop(mock, "n") == first
    assert mock.streams[0].date_updated == changed


def test_ending_a_call_stops_its_streams_and_refuses_new_ones(mock: MockServer) -> None:
    start(mock)
    ask(mock, STREAMS.replace("CA1", "CA2"), {"Url": URL})
    mock.end_call("CA1")
    assert [stream.status for stream in mock.streams] == ["stopped", "in-progress"]
    status, error = start(mock)
    assert (status, error["code"]) == (422, 21220)


def test_calls_limits_which_calls_exist() -> None:
    with MockServer(calls=["CA1"]) as mock:
        assert start(mock)[0] == 200
        status, error, _ = ask(mock, STREAMS.replace("CA1", "CA2"), {"Url": URL})
        assert (status, error["code"], error["message"]) == (404, 20404, "The call was not found.")


def test_an_unknown_stream_is_not_found(mock: MockServer) -> None:
    status, error = stop(mock, "nope")
    assert (status, error["code"], error["status"]) == (404, 20404, 404)


def test_another_account_is_not_found(mock: MockServer) -> None:
    status, error, _ = ask(mock, STREAMS.replace(DEFAULT_PROJECT, "other"), {"Url": URL})
    assert (status, error["message"]) == (404, "The account was not found.")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        API,
        f"{STREAMS}/",
        f"{STREAMS}/a/b",
        f"{STREAMS}/.",
        f"{STREAMS}/%2e%2e",
        f"{STREAMS}/%ff",
        f"{STREAMS}/a%0Ab",
        f"{STREAMS}x",
    ]
    + [
        f"{API}/Accounts/{DEFAULT_PROJECT}/Calls//Streams",
        f"{API}/Accounts/{DEFAULT_PROJECT}/Calls/a%2Fb/Streams",
        STREAMS.lower(),
    ],
)
def test_an_unknown_path_is_not_found(mock: MockServer, path: str) -> None:
    status, error, _ = ask(mock, path, {"Status": "stopped"})
    assert (status, error["code"]) == (404, 20404)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", [STREAMS, f"{STREAMS}/n"])
def test_an_unknown_method_is_refused_with_the_allowed_one(mock: MockServer, method: str, path: str) -> None:
    status, error, headers = ask(mock, path, {}, method)
    assert (status, error["status"], headers["allow"]) == (405, 405, "POST")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic /w==",
        basic(token="wrong"),
        basic(project="wrong"),
        basic(token=""),
        basic("", ""),
        "Bearer " + basic()[6:],
        "Basic " + base64.b64encode(DEFAULT_PROJECT.encode()).decode(),
    ],
)
@pytest.mark.parametrize("path", [STREAMS, f"{STREAMS}/n"])
def test_wrong_credentials_are_refused(mock: MockServer, path: str, authorization: str | None) -> None:
    status, error, headers = ask(mock, path, {"Url": URL}, authorization=authorization)
    assert (status, error["code"]) == (401, 20003)
    assert headers["www-authenticate"].startswith("Basic ")
    assert mock.streams == []


@pytest.mark.parametrize("content_type", [None, "application/json", "multipart/form-data", "text/plain", "x"])
def test_a_body_that_is_not_a_form_is_refused(mock: MockServer, content_type: str | None) -> None:
    status, error, _ = ask(mock, STREAMS, json.dumps({"Url": URL}), content_type=content_type)
    assert (status, error["status"]) == (415, 415)


def test_the_content_type_may_have_a_charset_and_capitals(mock: MockServer) -> None:
    content_type = "Application/X-WWW-Form-Urlencoded; charset=utf-8"
    assert ask(mock, STREAMS, {"Url": URL}, content_type=content_type)[0] == 200


@pytest.mark.parametrize("body", ["Url", "Url=wss%3A%2F%2Fx&&", "Url=wss://x&Name=%ff", "Url=wss://x&Name=\x80"])
def test_a_malformed_form_is_refused(mock: MockServer, body: str) -> None:
    status, error, _ = ask(mock, STREAMS, body)
    assert (status, error["code"], error["message"]) == (400, 10000, "The body is not a well-formed form in UTF-8.")


def test_a_repeated_field_is_refused(mock: MockServer) -> None:
    status, error, _ = ask(mock, STREAMS, [("Url", URL), ("Url", URL)])
    assert (status, error["message"]) == (400, "A field is given more than once.")


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({}, 10000, "Url is required."),
        ({"Url": ""}, 21402, "Url is not valid"),
        ({"Url": "/audio"}, 21402, "Url is not valid"),
        ({"Url": "stream.example.com/audio"}, 21402, "Url is not valid"),
        ({"Url": "wss:///audio"}, 21402, "Url is not valid"),
        ({"Url": "ws://stream.example.com/"}, 31922, "Url is not valid"),
        ({"Url": "http://stream.example.com/"}, 31922, "Url is not valid"),
        ({"Url": URL + "?a=b"}, 31922, "Url is not valid"),
        ({"Url": URL + "\n"}, 31922, "Url is not valid"),
        ({"Url": " " + URL}, 31922, "Url is not valid"),
        ({"Url": "/au dio"}, 31922, "Url is not valid"),
        ({"Url": URL, "Name": ""}, 10000, "Name is not valid"),
        ({"Url": URL, "Name": "a\nb"}, 10000, "Name is not valid"),
        (
            {"Url": URL, "Track": "both"},
            10000,
            "Track is not valid: it must be one of inbound_track, outbound_track, both_tracks",
        ),
        ({"Url": URL, "Track": ""}, 10000, "Track is not valid"),
        ({"Url": URL, "StatusCallback": "ftp://example.com"}, 21456, "StatusCallback is not valid"),
        (
            {"Url": URL, "StatusCallbackMethod": "put"},
            21209,
            "StatusCallbackMethod is not valid: it must be one of GET, POST",
        ),
        ({"Url": URL, "AuthorizationBearerToken": "a b"}, 10000, "AuthorizationBearerToken is not valid"),
        ({"Url": URL, "Status": "stopped"}, 10000, "'Status' is not a field of start_stream."),
        ({"Url": URL, "url": URL}, 10000, "'url' is not a field of start_stream."),
        ({"Url": URL, "Parameter0.Name": "x"}, 10000, "'Parameter0.Name' is not a field of start_stream."),
        ({"Url": URL, "Parameter100.Name": "x"}, 10000, "'Parameter100.Name' is not a field"),
        ({"Url": URL, "Parameter01.Name": "x"}, 10000, "'Parameter01.Name' is not a field"),
        ({"Url": URL, "Parameter1.Name\n": "x"}, 10000, r"'Parameter1.Name\n' is not a field"),
        ({"Url": URL, "\x1b[31m": "x"}, 10000, r"'\x1b[31m' is not a field"),
    ],
)
def test_an_invalid_start_is_refused(mock: MockServer, fields: dict[str, str], code: int, message: str) -> None:
    status, error, _ = ask(mock, STREAMS, fields)
    assert (status, error["code"], error["status"]) == (400, code, 400)
    assert message in error["message"]
    assert set(error) == {"code", "message", "more_info", "status"}
    assert mock.streams == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Status is required."),
        ({"Status": "completed"}, "Status is not valid: it must be stopped."),
        ({"Status": "Stopped"}, "Status is not valid"),
        ({"Status": "stopped", "Url": URL}, "'Url' is not a field of stop_stream."),
    ],
)
def test_an_invalid_stop_is_refused(mock: MockServer, fields: dict[str, str], message: str) -> None:
    _, stream = start(mock)
    status, error, _ = ask(mock, f"{STREAMS}/{stream['sid']}", fields)
    assert (status, error["code"]) == (400, 10000)
    assert message in error["message"]
    assert mock.streams[0].status == "in-progress"


def test_the_mock_has_a_handler_for_each_operation_of_the_document(mock: MockServer) -> None:
    operations = [
        (operation["operationId"], method.upper(), re.sub(r"\{\w+\}", "x", path.replace("{AccountSid}", mock.project)))
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert len(operations) >= 5
    for operation_id, method, path in operations:
        status, error, _ = ask(mock, API + path, {}, method)
        assert status in {200, 400}, (
            f"the document has the operation {operation_id}: "
            f"add a handler to the table in Operations, in mock/_api/operations.py. {error}"
        )


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Write a document of the user's own, which is ours with a change."""
    document = copy.deepcopy(DOCUMENT)
    change(document)
    path = tmp_path / "document.json"  # JSON is YAML
    path.write_text(json.dumps(document), "utf-8")
    return path


CALLS, ONE_STREAM = "/Accounts/{AccountSid}/Calls", "/Accounts/{AccountSid}/Calls/{CallSid}/Streams/{Sid}"
ALL_STREAMS = "/Accounts/{AccountSid}/Calls/{CallSid}/Streams"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d.pop("servers"), "The document has no servers."),
        (lambda d: d["servers"].clear(), "It has another structure: IndexError list index out of range."),
        (lambda d: d.pop("paths"), "The document has no paths."),
        (lambda d: d.update(paths={}), "It has no operation start_stream."),
        (lambda d: d["paths"].pop(ONE_STREAM), "It has no operation stop_stream."),
        (lambda d: d["paths"].pop(CALLS), "It has no operation list_calls."),
        (
            lambda d: d["paths"][ONE_STREAM]["post"].pop("operationId"),
            f"POST {ONE_STREAM} has no operationId.",
        ),
        (
            lambda d: d["paths"][ONE_STREAM]["post"].pop("responses"),
            f"POST {ONE_STREAM} has no responses.",
        ),
        (
            lambda d: d["paths"][ONE_STREAM]["post"]["requestBody"].update(content={"application/json": {}}),
            f"The body of POST {ONE_STREAM} has no application/x-www-form-urlencoded.",
        ),
        (
            lambda d: d["paths"][ONE_STREAM].pop("parameters"),
            f"The list of parameters of {ONE_STREAM} has no AccountSid.",
        ),
        (
            lambda d: d["paths"].update({"/Calls/{CallSid}/Streams": d["paths"].pop(ALL_STREAMS)}),
            "The path of start_stream has no {AccountSid}.",
        ),
        (
            lambda d: d["components"]["schemas"].pop("StreamFields"),
            f"POST {ALL_STREAMS} refers to #/components/schemas/StreamFields, which it does not have.",
        ),
        (
            lambda d: d["components"]["schemas"].update(StopStreamForm={"$ref": "more.yaml#/StopStreamForm"}),
            f"POST {ONE_STREAM} refers to more.yaml#/StopStreamForm, which it does not have.",
        ),
        (
            lambda d: d["components"]["schemas"].update(Track={"$ref": "#/components/schemas/Track"}),
            f"POST {ALL_STREAMS} refers to itself.",
        ),
        (
            lambda d: d["components"]["schemas"]["StopStreamForm"].update(type="form"),
            f"A schema of POST {ONE_STREAM} is not valid: ",
        ),
        (
            lambda d: d["components"]["schemas"]["StreamFields"].pop("required"),
            "The form of start_stream does not require Url.",
        ),
        (lambda d: d.update(paths={"/": None}), "It has another structure: AttributeError "),
        (
            lambda d: d["components"]["schemas"].update(StreamFields={"properties": ["Url"]}),
            "It has another structure: ValueError ",
        ),
        (
            lambda d: d["components"]["schemas"].update(
                StopStreamForm={"allOf": [{"$ref": "#/components/schemas/StopStreamForm"}]}
            ),
            "It has another structure: RecursionError ",
        ),
        (lambda d: d["paths"][ALL_STREAMS].pop("post"), "It has no operation start_stream."),
        (
            lambda d: d["paths"][ONE_STREAM]["post"].update(operationId="start_stream"),
            "It has 2 operations start_stream.",
        ),
    ],
)
def test_a_document_unlike_ours_is_refused_when_the_mock_is_made(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], problem: str
) -> None:
    document = changed(tmp_path, change)
    with pytest.raises(ValueError, match="^The mock cannot work with the OpenAPI document. ") as caught:
        MockServer(document=document)
    assert problem in str(caught.value)
    assert str(caught.value).endswith(" Compare it with this package's.")


@pytest.mark.parametrize("content", [b"a: [", b"a: 1\n---\nb: 2", b"\xff"])
def test_a_file_that_is_not_yaml_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    document = tmp_path / "document.yaml"
    document.write_bytes(content)
    with pytest.raises(ValueError, match="is not YAML in UTF-8: ") as caught:
        MockServer(document=document)
    assert str(document) in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "servers"])
def test_a_file_that_is_no_document_is_refused(tmp_path: Path, text: str) -> None:
    document = tmp_path / "document.yaml"
    document.write_text(text)
    with pytest.raises(ValueError, match="It is no mapping"):
        MockServer(document=document)


def test_an_operation_without_a_handler_is_not_implemented(tmp_path: Path) -> None:
    def add_an_operation(document: dict[str, Any]) -> None:
        item = copy.deepcopy(document["paths"][ONE_STREAM])
        item["post"]["operationId"] = "update_recording"
        document["paths"][ONE_STREAM.replace("Streams", "Recordings")] = item

    with MockServer(document=changed(tmp_path, add_an_operation)) as mock:
        _, stream = start(mock)
        status, error, _ = ask(
            mock, f"{STREAMS.replace('Streams', 'Recordings')}/{stream['sid']}", {"Status": "stopped"}
        )
        assert (status, error["code"]) == (501, 20504)
        assert error["message"].startswith("The mock has no handler for update_recording. ")
        assert error["message"].endswith(
            "Add one to the table in Operations, in signalwire_streams/mock/_api/operations.py."
        )
        assert mock.streams[0].status == "in-progress"


def test_a_codec_of_the_document_that_the_mock_cannot_send_fails_the_stream(tmp_path: Path) -> None:
    def add_a_codec(document: dict[str, Any]) -> None:
        document["components"]["schemas"]["StreamCodec"]["enum"].append("OPUS@48000h")

    with MockServer(document=changed(tmp_path, add_a_codec)) as mock:
        path = f"/api/laml/2010-04-01/Accounts/{mock.project}/Conferences/CF1/Streams"
        _, stream, _ = ask(mock, path, {"Url": URL, "StreamCodec": "OPUS@48000h"})
        failed = mock.wait_for(stream["sid"], "closed")
    assert (failed.error, failed.problem) == ("codec_error", "The mock has no audio of the codec OPUS@48000h.")


@pytest.mark.parametrize(
    "field", ["Url", "Track", "StatusCallback", "StatusCallbackMethod", "AuthorizationBearerToken"]
)
def test_no_error_message_shows_a_value(mock: MockServer, field: str) -> None:
    status, error = start(mock, **{field: "hunter2 hunter2"})
    assert status == 400
    assert "hunter2" not in json.dumps(error)


def test_the_first_and_the_last_custom_parameter_are_accepted(mock: MockServer) -> None:
    start(
        mock,
        **{"Parameter99.Name": "last", "Parameter99.Value": "z", "Parameter1.Name": "first", "Parameter1.Value": "a"},
    )
    assert mock.streams[0].parameters == [("first", "a"), ("last", "z")]


def test_a_parameter_name_alone_has_an_empty_value_and_a_value_alone_is_ignored(mock: MockServer) -> None:
    start(mock, **{"Parameter1.Value": "lost", "Parameter2.Name": "bare"})
    assert mock.streams[0].parameters == [("bare", "")]


def test_omitted_fields_have_the_documented_defaults(mock: MockServer) -> None:
    start(mock)
    stream = mock.streams[0]
    assert (stream.track, stream.status_callback, stream.status_callback_method) == ("both_tracks", None, "POST")
    assert stream.authorization_bearer_token is None


def test_requests_are_recorded(mock: MockServer) -> None:
    start(mock, Name="a b")
    stop(mock, "nope")
    first, second = mock.requests
    assert (first.method, first.path, first.status, first.problem) == ("POST", STREAMS, 200, None)
    assert first.form == [("Url", URL), ("Name", "a b")]
    assert first.body == b"Url=wss%3A%2F%2Fstream.example.com%2Faudio&Name=a+b"
    assert first.headers["authorization"] == basic()
    assert (second.status, second.problem) == (404, "The stream was not found.")


def test_no_repr_shows_a_secret(mock: MockServer) -> None:
    start(mock, AuthorizationBearerToken="hunter2", **{"Parameter1.Name": "n", "Parameter1.Value": "hunter2"})
    shown = repr([mock, mock.requests, mock.streams])
    assert "hunter2" not in shown
    assert DEFAULT_TOKEN not in shown
    assert not re.search(r"Basic \w", shown)


def test_the_mock_accepts_the_credentials_it_was_given() -> None:
    with MockServer(project="P", token="T") as mock, StreamsClient("P", "T", mock.url) as client:
        assert client.start_stream("CA1", URL).account_sid == "P"


def test_a_reset_forgets_requests_streams_and_ended_calls() -> None:
    with MockServer() as mock:
        start(mock, Name="n")
        mock.end_call("CA1")
        mock.reset()
        assert (mock.requests, mock.streams) == ([], [])
        assert start(mock, Name="n")[0] == 200


def test_two_mocks_run_side_by_side_independently(mock: MockServer) -> None:
    with MockServer() as other:
        start(other)
        assert other.url != mock.url
        assert (len(other.streams), len(mock.streams)) == (1, 0)


def test_the_mock_listens_on_one_address_only(mock: MockServer) -> None:
    with pytest.raises(OSError, match="refused|timed out|unreachable"):
        socket.create_connection(("127.0.0.2", urlsplit(mock.url).port), timeout=1).close()


def test_a_taken_port_raises_at_once(mock: MockServer) -> None:
    port = urlsplit(mock.url).port or 0
    with pytest.raises(OSError, match="in use"):
        MockServer(port).start()


def test_a_mock_can_be_restarted_and_has_no_url_while_stopped() -> None:
    mock = MockServer()
    with pytest.raises(RuntimeError, match="The mock is not running"):
        _ = mock.url
    for _ in range(2):
        with mock:
            assert start(mock)[0] == 200
            with pytest.raises(RuntimeError, match="is already running"):
                mock.start()
    mock.stop()


def test_credentials_outside_ascii_are_refused(mock: MockServer) -> None:
    assert ask(mock, STREAMS, {"Url": URL}, authorization="Basic \xe9")[0] == 401


def test_a_body_with_too_many_fields_is_refused(mock: MockServer) -> None:
    status, error, _ = ask(mock, STREAMS, {f"x{number}": "y" for number in range(5000)})
    assert (status, error["message"]) == (400, "The body has more than 300 fields.")


def leave_a_start_behind(mock: MockServer, body: object) -> None:
    """Send a start, and close the connection before the response."""
    connection = HTTPConnection(urlsplit(mock.url).netloc)
    connection.request("POST", STREAMS, urlencode(body), {"Content-Type": FORM, "Authorization": basic()})  # type: ignore[arg-type]
    connection.close()


def test_a_delayed_start_is_carried_out_even_if_its_client_has_gone() -> None:
    with MockServer(start_delay=0.2) as mock:
        leave_a_start_behind(mock, {"Url": URL, "Name": "slow"})
        left = time.monotonic()
        assert ask(mock, f"{STREAMS}/slow", {"Status": "stopped"})[0] == 404
        assert not mock.streams
        mock.wait_for("slow", "in-progress")
        assert time.monotonic() - left > 0.15
        before = time.monotonic()
        assert ask(mock, f"{STREAMS}/slow", {"Status": "stopped"})[0] == 200
        assert ask(mock, STREAMS, {"Url": "ws://example.com"})[0] == 400
        assert time.monotonic() - before < 5


def test_a_delayed_start_gets_its_response_once_it_is_carried_out() -> None:
    with MockServer(start_delay=0.1) as mock, StreamsClient(mock.project, mock.token, mock.url) as client:
        before = time.monotonic()
        assert client.start_stream("CA1", URL).status == "queued"
        assert time.monotonic() - before >= 0.1


def test_a_reset_and_a_stop_give_up_delayed_starts(caplog: pytest.LogCaptureFixture) -> None:
    with MockServer(start_delay=30) as mock:
        leave_a_start_behind(mock, {"Url": URL, "Name": "slow"})
        time.sleep(0.1)
        mock.reset()
        time.sleep(0.2)
        assert not mock.requests
        leave_a_start_behind(mock, {"Url": URL, "Name": "slow"})
        time.sleep(0.1)
        before = time.monotonic()
        mock.stop()
        assert time.monotonic() - before < 0.9
        assert not mock.streams
    assert not caplog.records


@pytest.mark.parametrize("delay", [-0.1, math.inf, math.nan])
def test_an_invalid_delay_is_refused(delay: float) -> None:
    with pytest.raises(ValueError, match="start_delay must be a finite number of seconds, 0 or more"):
        MockServer(start_delay=delay)
