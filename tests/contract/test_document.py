"""The OpenAPI document by itself, and the places that say again what it says."""

import asyncio
import inspect
import re
from collections.abc import Collection
from typing import Any, get_type_hints
from unittest.mock import MagicMock

import pytest
import signalwire_streams_api.models as generated
from signalwire_streams import (
    AsyncStreamsClient,
    CallOptions,
    RateLimitError,
    StartOptions,
    Stream,
    StreamsClient,
    _checks,
    compat,
)
from signalwire_streams._parameters import MAX_PARAMETERS
from signalwire_streams._requests import _OPTION_CHECKS, START_KEYWORDS, RequestFactory
from signalwire_streams.callbacks import SIGNATURE_HEADER
from signalwire_streams.cli import _start
from support.document import DOCUMENT, SCHEMAS, STATUS_CALLBACK, is_valid, known_values, python_name, resolve

START_FIELDS = SCHEMAS["StartStreamForm"]["properties"]
KEYWORDS = [*(python_name(field) for field in START_FIELDS if field != "Url"), "parameters"]
CLIENTS = [StreamsClient, AsyncStreamsClient]
OPERATIONS = [(path, item["post"]) for path, item in DOCUMENT["paths"].items()]


def media_types() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for _, operation in OPERATIONS:
        where = operation["operationId"]
        found += [(f"{where} request", body) for body in operation["requestBody"]["content"].values()]
        for status, response in operation["responses"].items():
            found += [(f"{where} {status}", body) for body in resolve(response)["content"].values()]
    return found


@pytest.mark.parametrize(("where", "media_type"), media_types(), ids=[where for where, _ in media_types()])
def test_each_body_has_examples_and_they_are_valid(where: str, media_type: dict[str, Any]) -> None:
    assert media_type["examples"], where
    for name, example in media_type["examples"].items():
        assert is_valid(media_type["schema"], resolve(example)["value"]), (where, name)


(CALLBACK,) = OPERATIONS[0][1]["callbacks"].values()
EVENT = CALLBACK["{$request.body#/StatusCallback}"]
(POSTED_EVENT,) = resolve(EVENT["post"]["requestBody"])["content"].values()
(ASKED_EVENT,) = EVENT["get"]["parameters"]


@pytest.mark.parametrize("described", [POSTED_EVENT, ASKED_EVENT], ids=["POST", "GET"])
def test_a_status_callback_has_examples_that_are_valid(described: dict[str, Any]) -> None:
    assert resolve(described["schema"]) is STATUS_CALLBACK
    assert described["examples"]
    for name, example in described["examples"].items():
        assert is_valid(STATUS_CALLBACK, resolve(example)["value"]), name


@pytest.mark.parametrize("field", ["StreamEvent", "StreamError", "StreamTrack"])
def test_a_status_callback_may_have_values_and_fields_that_are_not_listed(field: str) -> None:
    started = DOCUMENT["components"]["examples"]["StreamStarted"]["value"]
    assert is_valid(STATUS_CALLBACK, started | {field: "something-new", "More": "x"})
    assert not is_valid(STATUS_CALLBACK, started | {field: 1})


def test_the_events_and_errors_of_the_reference_are_all_listed() -> None:
    fields = STATUS_CALLBACK["properties"]
    assert known_values(fields["StreamEvent"]) == ["stream-started", "stream-stopped", "stream-error"]
    assert known_values(fields["StreamTrack"]) == SCHEMAS["Track"]["enum"]
    assert known_values(fields["StreamError"]) == [
        *("invalid_url", "missing_url", "invalid_track", "codec_error", "connection_refused"),
        *("connection_refused_timeout_or_ssl_error", "general_error", "Duplicated stream ID", "Duplicated stream name"),
    ]


def test_a_status_callback_needs_little() -> None:
    assert STATUS_CALLBACK["required"] == ["AccountSid", "CallSid", "StreamSid", "StreamEvent"]


def test_a_status_callback_is_signed_and_has_no_credentials() -> None:
    assert EVENT["post"]["security"] == EVENT["get"]["security"] == []
    assert [parameter["name"] for parameter in EVENT["parameters"]] == [SIGNATURE_HEADER]


@pytest.mark.parametrize(("path", "operation"), OPERATIONS, ids=[path for path, _ in OPERATIONS])
def test_each_operation_documents_every_error_with_the_errors_body(path: str, operation: dict[str, Any]) -> None:
    errors = {status for status in operation["responses"] if status != "200"}
    assert errors == {"400", "401", "404", "405", "415", "422", "429", "503"}, path
    for status in errors:
        (body,) = resolve(operation["responses"][status])["content"].values()
        assert resolve(body["schema"]) is SCHEMAS["Error"]
        for example in body["examples"].values():
            assert example["value"]["status"] == int(status)


def test_the_error_codes_of_the_reference_are_all_there() -> None:
    codes = set(re.findall(r"^\| (\d{5}) \|", DOCUMENT["info"]["description"], re.MULTILINE))
    assert codes == {
        *("10000", "10001", "13221", "20001", "20003", "20010", "20404", "20429", "20504"),
        *("21209", "21220", "21402", "21456", "31922"),
    }


def test_the_limit_is_the_one_that_the_error_advises() -> None:
    figure = "13,800"
    assert f"{figure} POST requests in ten seconds" in DOCUMENT["info"]["description"]
    assert f"{figure} POSTs in ten seconds" in RateLimitError.advice


@pytest.mark.parametrize(("field", "default"), [("Track", "both_tracks"), ("StatusCallbackMethod", "POST")])
@pytest.mark.parametrize("client", CLIENTS)
def test_signalwires_defaults_are_in_the_document_and_in_the_docstrings(client: Any, field: str, default: str) -> None:
    assert resolve(START_FIELDS[field])["default"] == default
    (line,) = re.findall(rf"^ *- `{python_name(field)}`: (.*)", client.start_stream.__doc__, re.MULTILINE)
    assert f"`{default}` (SignalWire's default)" in line


def test_the_start_links_to_the_stop_by_sid_and_by_name() -> None:
    links = OPERATIONS[0][1]["responses"]["200"]["links"]
    assert {link["operationId"] for link in links.values()} == {"stop_stream"}
    assert [link["parameters"]["Sid"] for link in links.values()] == ["$response.body#/sid", "$response.body#/name"]


def missing(found: Collection[str]) -> str:
    """The keywords of the document that are not among those found."""
    return ", ".join(keyword for keyword in KEYWORDS if keyword not in found)


def test_the_document_allows_the_name_of_each_field() -> None:
    pattern = SCHEMAS["StartStreamForm"]["propertyNames"]["pattern"]
    absent = [field for field in START_FIELDS if not re.search(pattern, field)]
    assert not absent, f"add {absent} to the pattern of propertyNames of StartStreamForm"


def test_start_options_has_a_line_for_each_field_of_the_document_and_no_other() -> None:
    absent = missing(START_KEYWORDS)
    assert not absent, f"add {absent} to StartOptions in _requests.py"
    unknown = set(START_KEYWORDS) - set(KEYWORDS)
    assert not unknown, f"the document has no field for {unknown}: take the line out of StartOptions in _requests.py"


def test_each_option_has_its_check() -> None:
    absent = missing([*_OPTION_CHECKS, "parameters"])
    assert not absent, f"add the check of {absent} to _OPTION_CHECKS in _requests.py"
    assert set(_OPTION_CHECKS) == set(KEYWORDS) - {"parameters"}


@pytest.mark.parametrize("method", ["start_stream", "stream"])
@pytest.mark.parametrize("client", CLIENTS)
def test_the_signatures_show_each_keyword_with_its_type(client: type, method: str) -> None:
    where = f"{client.__name__}.{method} in _client.py"
    function = inspect.unwrap(getattr(client, method))
    offered = inspect.signature(function).parameters
    absent = missing(offered)
    assert not absent, f"add {absent} to the arguments of {where}"
    expected_order = ["self", "call_sid", "url", *START_KEYWORDS, *CallOptions.__annotations__]
    assert list(offered) == expected_order, f"put the arguments of {where} in the order of StartOptions"
    types, expected = get_type_hints(function), get_type_hints(StartOptions)
    assert {name: types[name] for name in expected} == expected, where
    assert all(offered[name].default is None for name in expected), where


@pytest.mark.parametrize("method", ["start_stream", "stream"])
@pytest.mark.parametrize("client", CLIENTS)
def test_each_keyword_reaches_the_request(client: type, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class PassedOnError(Exception):
        pass

    def prepare(_: object, call_sid: str, url: str, **options: object) -> None:
        assert (call_sid, url) == ("CA1", "wss://h/")
        raise PassedOnError(options)

    async def enter(manager: Any) -> None:
        async with manager:
            pass

    monkeypatch.setattr(RequestFactory, "start", prepare)
    given: Any = {keyword: object() for keyword in START_KEYWORDS}
    with pytest.raises(PassedOnError) as caught:
        started = getattr(client("p", "t", "example"), method)("CA1", "wss://h/", **given)
        if method == "start_stream":
            asyncio.run(started)
        elif client is StreamsClient:
            with started:
                pass
        else:
            asyncio.run(enter(started))
    (options,) = caught.value.args
    absent = missing(options)
    assert not absent, f"pass {absent} on to self._requests.start in {client.__name__}.{method} in _client.py"
    assert options == given


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("method", ["start_stream", "stream"])
def test_the_docstring_explains_each_keyword(client: Any, method: str) -> None:
    explained = re.findall(r"^ *- `(\w+)`:", getattr(client, method).__doc__, re.MULTILINE)
    absent = missing(explained)
    assert not absent, f"add a line for {absent} to the docstring of {client.__name__}.{method} in _client.py"
    assert explained == ["call_sid", "url", *START_KEYWORDS]


def test_the_command_passes_each_keyword_on() -> None:
    passed_on = _start._keywords(MagicMock(bearer_token_env=None), "a-name")
    absent = missing(passed_on)
    assert not absent, f"add {absent} to _keywords in cli/_start.py, and its option to add_command"


def test_the_compat_call_takes_each_field_of_the_document() -> None:
    assert set(compat._KEYWORDS) == set(START_FIELDS)


def test_a_stream_has_an_attribute_for_each_field_of_the_document_and_no_other() -> None:
    attributes = {name for name in dir(Stream) if not name.startswith("_")} - {"raw", "headers", "unreadable"}
    assert attributes == set(SCHEMAS["Stream"]["properties"])


def test_every_field_of_a_stream_is_required() -> None:
    assert SCHEMAS["Stream"]["required"] == list(SCHEMAS["Stream"]["properties"])


@pytest.mark.parametrize(
    ("field", "pattern"),
    [
        ("Url", _checks.STREAM_URL),
        ("Name", _checks.NAME),
        ("StatusCallback", _checks.STATUS_CALLBACK),
        ("AuthorizationBearerToken", _checks.BEARER_TOKEN),
    ],
)
def test_the_checks_have_the_documents_patterns_letter_for_letter(field: str, pattern: str) -> None:
    assert pattern == START_FIELDS[field]["pattern"]


@pytest.mark.parametrize(("parameter", "pattern"), [("CallSid", _checks.CALL_SID), ("Sid", _checks.NAME)])
def test_the_checks_have_the_patterns_of_the_path_too(parameter: str, pattern: str) -> None:
    assert pattern == DOCUMENT["components"]["parameters"][parameter]["schema"]["pattern"]


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("Parameter1.Name", True),
        ("Parameter9.Value", True),
        ("Parameter10.Name", True),
        (f"Parameter{MAX_PARAMETERS}.Value", True),
        ("Parameter0.Name", False),
        (f"Parameter{MAX_PARAMETERS + 1}.Name", False),
        ("Parameter01.Name", False),
        ("Parameter1.Name\n", False),
        ("Parameter1.name", False),
        ("xParameter1.Name", False),
        ("Parameter1xName", False),
        ("url", False),
    ],
)
def test_the_document_allows_the_parameters_from_1_to_99_and_no_other_field(name: str, allowed: bool) -> None:
    assert is_valid(SCHEMAS["StartStreamForm"], {"Url": "wss://x", name: "x"}) is allowed


def schemas_in(node: Any) -> set[str]:
    """The names of the schemas that a part of the document needs, callbacks aside."""
    if isinstance(node, list):
        return set().union(*map(schemas_in, node))
    if not isinstance(node, dict):
        return set()
    if "$ref" in node:
        kind, name = node["$ref"].removeprefix("#/components/").split("/")
        return schemas_in(resolve(node)) | ({name} if kind == "schemas" else set())
    return schemas_in([value for key, value in node.items() if key != "callbacks"])


def test_a_model_is_generated_for_each_schema_and_the_operations_need_them_all() -> None:
    assert set(SCHEMAS) == schemas_in(DOCUMENT["paths"])
    assert set(SCHEMAS) <= set(generated.__all__)
