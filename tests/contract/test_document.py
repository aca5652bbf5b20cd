"""The OpenAPI document by itself, and the places that say again what it says."""

import asyncio
import inspect
import re
from collections.abc import Collection
from typing import Any, get_type_hints

import httpx
import pytest
import signalwire_streams
import signalwire_streams_api.models as generated
from signalwire_streams import (
    AsyncStreamsClient,
    CallOptions,
    InputError,
    RateLimitError,
    StreamsClient,
    _checks,
    _resources,
    compat,
)
from signalwire_streams._parameters import MAX_PARAMETERS
from signalwire_streams._requests import RequestFactory
from signalwire_streams.callbacks import SIGNATURE_HEADER
from signalwire_streams_derived import fields as derived
from signalwire_streams_derived import methods, records
from support.canned import answering
from support.document import (
    DOCUMENT,
    SCHEMAS,
    STATUS_CALLBACK,
    is_valid,
    keyword_of,
    known_values,
    properties_of,
    resolve,
)

CLIENTS = [StreamsClient, AsyncStreamsClient]
OPERATIONS = [
    (path, item[verb]) for path, item in DOCUMENT["paths"].items() for verb in item if verb in {"get", "post"}
]
FORMS = {
    operation["operationId"]: resolve(body["schema"])
    for _, operation in OPERATIONS
    for body in operation.get("requestBody", {"content": {}})["content"].values()
}
STARTS = [name for name in FORMS if name.startswith("start_")]
FIELDS = [(start, field) for start in STARTS for field in properties_of(FORMS[start])]
METHODS = [method for start in STARTS for method in (start, start.removeprefix("start_"))]
"""The methods that take the fields of a start."""
BY_CLIENT = pytest.mark.parametrize("client", CLIENTS)
BY_METHOD = pytest.mark.parametrize("method", METHODS)


def start_of(method: str) -> str:
    return f"start_{method.removeprefix('start_')}"


def parent_of(method: str) -> str:
    return "conference" if "conference" in method else "call"


def keywords_of(method: str) -> list[str]:
    """The keywords that the document gives a start, in its order."""
    fields = properties_of(FORMS[start_of(method)])
    return [*(keyword_of(field, schema) for field, schema in fields.items() if field != "Url"), "parameters"]


def media_types() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for _, operation in OPERATIONS:
        where = operation["operationId"]
        asked = operation.get("requestBody", {"content": {}})["content"]
        found += [(f"{where} request", body) for body in asked.values()]
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
    expected = {"400", "401", "404", "405", "415", "422", "429", "503"}
    assert errors == (expected if "requestBody" in operation else expected - {"415"}), path
    for status in errors:
        (body,) = resolve(operation["responses"][status])["content"].values()
        if status == "422" and "/Conferences/" in path:
            assert resolve(body["schema"]) is SCHEMAS["ConferenceErrors"]
            continue
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
@BY_CLIENT
@BY_METHOD
def test_signalwires_defaults_are_in_the_document_and_in_the_docstrings(
    client: Any, method: str, field: str, default: str
) -> None:
    schema = properties_of(FORMS[start_of(method)])[field]
    assert resolve(schema)["default"] == default
    docstring = inspect.getdoc(getattr(client, method)) or ""
    (text,) = re.findall(rf"^- `{keyword_of(field, schema)}`: (.*(?:\n  .*)*)", docstring, re.MULTILINE)
    assert f"`{default}` (SignalWire's default)" in " ".join(text.split())


def test_the_start_links_to_the_stop_by_sid_and_by_name() -> None:
    links = OPERATIONS[0][1]["responses"]["200"]["links"]
    assert {link["operationId"] for link in links.values()} == {"stop_stream"}
    assert [link["parameters"]["Sid"] for link in links.values()] == ["$response.body#/sid", "$response.body#/name"]


def functions_of(resource: _resources.Resource[Any]) -> set[str]:
    """The operations whose requests a resource makes."""
    values = [getattr(resource, name) for name in ("start", "stop", "list") if hasattr(resource, name)]
    return {value.__module__.rpartition(".")[2] for value in values}


@pytest.mark.parametrize("operation", [operation["operationId"] for _, operation in OPERATIONS])
def test_each_operation_has_a_resource_and_a_method_of_both_clients(operation: str) -> None:
    resources = [each for each in vars(_resources).values() if isinstance(each, _resources.Resource)]
    if operation not in set().union(*map(functions_of, resources)):
        pytest.fail(f"the document has the operation {operation}: add its resource to _resources.py")
    for client in CLIENTS:
        if not callable(getattr(client, operation, None)):
            pytest.fail(
                f"the document has the operation {operation}: add the method to {client.__name__} in _client.py"
            )


def test_each_resource_has_the_operations_of_the_document() -> None:
    resources = [each for each in vars(_resources).values() if isinstance(each, _resources.Resource)]
    known = {operation["operationId"] for _, operation in OPERATIONS}
    for resource in resources:
        unknown = functions_of(resource) - known
        assert not unknown, f"the document has no operation {unknown}: take it out of _resources.py"
        if isinstance(resource, _resources.StreamResource):
            (start,) = {f"start_{function.removeprefix('stop_')}" for function in functions_of(resource)} & set(STARTS)
            assert resource.fields is derived.FIELDS[start], f"set fields=FIELDS[{start!r}] in _resources.py"


def test_what_is_derived_for_users_is_public() -> None:
    names = [
        name
        for module in (methods, records)
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__ and not name.endswith("Methods")
    ]
    absent = ", ".join(name for name in names if name not in signalwire_streams.__all__)
    assert not absent, f"import {absent} in __init__.py of signalwire_streams, and add it to __all__"


def missing(found: Collection[str], method: str) -> str:
    """The keywords of the document that are not among those found."""
    return ", ".join(keyword for keyword in keywords_of(method) if keyword not in found)


@pytest.mark.parametrize(("start", "field"), FIELDS)
def test_what_is_derived_of_a_field_is_what_the_document_says(start: str, field: str) -> None:
    found = {each.wire_name: each for each in derived.FIELDS[start]}
    assert list(found) == list(properties_of(FORMS[start])), "run 'make generate'"
    given = properties_of(FORMS[start])[field]
    schema = resolve(given)
    assert found[field].keyword == keyword_of(field, given)
    assert found[field].choices == tuple(schema.get("enum", ()))
    assert found[field].pattern == schema.get("pattern")
    assert found[field].max_length == schema.get("maxLength")
    assert found[field].default == schema.get("default")
    assert found[field].is_secret == (schema.get("format") == "password")
    assert found[field].example in map(str, schema.get("examples", found[field].choices))


@BY_METHOD
@BY_CLIENT
def test_the_signatures_show_each_keyword_with_its_type(client: type, method: str) -> None:
    where = f"{client.__name__}.{method}"
    options = get_type_hints(methods.StartConferenceOptions if "conference" in method else methods.StartOptions)
    function = inspect.unwrap(getattr(client, method))
    offered = inspect.signature(function).parameters
    absent = missing(offered, method)
    assert not absent, f"{where} lacks {absent}: run 'make generate'"
    expected = ["self", f"{parent_of(method)}_sid", "url", *keywords_of(method), *CallOptions.__annotations__]
    assert list(offered) == expected, f"{where} has its arguments in another order than the document"
    types = get_type_hints(function)
    assert options.keys() == set(expected[3:])
    assert {name: types[name] for name in options} == options, where
    assert all(offered[name].default is None for name in options), where
    assert all(offered[name].kind is inspect.Parameter.KEYWORD_ONLY for name in options), where


@BY_METHOD
@BY_CLIENT
def test_each_keyword_reaches_the_request(client: type, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class PassedOnError(Exception):
        pass

    def prepare(_: object, resource: Any, parent_sid: str, url: str, options: dict[str, object]) -> None:
        assert (resource.parent, parent_sid, url) == (parent_of(method), "CA1", "wss://h/")
        raise PassedOnError(options)

    async def enter(manager: Any) -> None:
        async with manager:
            pass

    monkeypatch.setattr(RequestFactory, "start", prepare)
    given: Any = {keyword: object() for keyword in keywords_of(method)}
    with pytest.raises(PassedOnError) as caught:
        started = getattr(client("p", "t", "example"), method)("CA1", "wss://h/", **given)
        if method.startswith("start_"):
            asyncio.run(started)
        elif client is StreamsClient:
            with started:
                pass
        else:
            asyncio.run(enter(started))
    (options,) = caught.value.args
    absent = missing(options, method)
    assert not absent, f"{client.__name__}.{method} does not pass {absent} on: run 'make generate'"
    assert options == given | {"timeout": None, "retry": None}


@BY_METHOD
@BY_CLIENT
def test_the_docstring_explains_each_keyword(client: Any, method: str) -> None:
    explained = re.findall(r"^ *- `(\w+)`:", getattr(client, method).__doc__, re.MULTILINE)
    absent = missing(explained, method)
    assert not absent, f"the docstring of {client.__name__}.{method} has no line for {absent}: run 'make generate'"
    assert explained == [f"{parent_of(method)}_sid", "url", *keywords_of(method)]


@BY_CLIENT
def test_each_filter_of_list_calls_is_a_keyword_of_the_clients(client: Any) -> None:
    (operation,) = (each for _, each in OPERATIONS if each["operationId"] == "list_calls")
    names = [resolve(parameter)["name"] for parameter in operation["parameters"]]
    followed = {"Page", "PageToken"}  # from `next_page_uri`
    keywords = [keyword_of(name).replace("from", "from_") for name in names if name not in followed]
    offered = inspect.signature(inspect.unwrap(client.list_calls)).parameters
    absent = ", ".join(keyword for keyword in keywords if keyword not in offered)
    assert not absent, f"the document has the filter {absent}: add it to {client.__name__}.list_calls in _client.py"
    assert list(offered) == ["self", *keywords, "limit", *CallOptions.__annotations__]


def test_the_compat_call_takes_each_field_of_the_document() -> None:
    assert set(compat._KEYWORDS) == set(properties_of(FORMS["start_stream"]))


BAD: list[object] = [
    *("", " ", "a b", "a\n", "\n", "\x00", "\x7f", "\x85", "é", "☎", "x" * 1001, "a" * 100_000, "nothing_of_the_sort"),
    *(
        "wss://h/?a=b",
        "ws://h/",
        "ftp://h/",
        "https://",
        "wss://h:0/",
        "GET ",
        "get",
        "Both_tracks",
        "L16@16000H",
        "MP3",
    ),
    *("true", "True", "0", "a/b\x1f", "xyz\x9f"),
    *(0, 1, 1.5, True, False, ["x"], {"x": "y"}),
]
"""Values of which every field refuses some."""


def send(start: str, keyword: str, value: object) -> httpx.Request | None:
    """Start a stream with one option. Return what was sent, or None if the client refused."""
    sent: list[httpx.Request] = []
    with StreamsClient(
        "p", "t", "example", transport=httpx.MockTransport(lambda request: answering(request, sent))
    ) as client:
        options: Any = {"url": "wss://h/"} | {keyword: value}
        try:
            getattr(client, start)("CA1", options.pop("url"), **options)
        except InputError as error:
            # Refused in the name of the argument, before anything is sent.
            return sent[0] if sent or error.argument != keyword else None
    return sent[0]


@pytest.mark.parametrize(("start", "field"), FIELDS)
def test_a_client_refuses_what_the_document_refuses(start: str, field: str) -> None:
    schema = properties_of(FORMS[start])[field]
    refused = [value for value in BAD if not is_valid(schema, value)]
    assert len(refused) > 10
    accepted = [value for value in refused if send(start, keyword_of(field, schema), value) is not None]
    assert not accepted, f"the document refuses {accepted} as {field} of {start}: check it in _checks.py"


@pytest.mark.parametrize(("start", "field"), FIELDS)
def test_a_client_sends_what_the_document_accepts(start: str, field: str) -> None:
    schema = properties_of(FORMS[start])[field]
    for value in [*resolve(schema).get("enum", ()), *resolve(schema).get("examples", ())]:
        request = send(start, keyword_of(field, schema), value)
        assert request is not None, value
        wire = {True: "true", False: "false"}.get(value, value)
        assert httpx.QueryParams(request.content.decode())[field] == wire


@pytest.mark.parametrize("record", derived.RECORDS)
def test_a_record_has_an_attribute_for_each_field_of_the_document_and_no_other(record: str) -> None:
    attributes = {name for name in dir(getattr(records, record)) if not name.startswith("_")}
    fields = {f"{name}_" if name == "from" else name for name in SCHEMAS[record]["properties"]}
    assert attributes - {"raw", "headers", "unreadable", "FIELDS"} == fields


@pytest.mark.parametrize("record", derived.RECORDS)
def test_the_fields_of_a_record_that_can_be_none_and_the_dates_are_those_of_the_document(record: str) -> None:
    schema = SCHEMAS[record]
    for field in derived.RECORDS[record]:
        described = schema["properties"][field.wire_name]
        can_be_null = "null" in described.get("type", ()) or field.wire_name not in schema["required"]
        assert field.is_nullable == (can_be_null and "x-fallback" not in described)
        assert field.is_date == (described.get("format") == "rfc2822-date")


@pytest.mark.parametrize(("parameter", "pattern"), [("CallSid", _checks.SID), ("ConferenceSid", _checks.SID)])
def test_the_checks_have_the_patterns_of_the_path_too(parameter: str, pattern: str) -> None:
    described = DOCUMENT["components"]["parameters"][parameter]["schema"]
    assert (pattern, _checks.MAX_LENGTH) == (described["pattern"], described["maxLength"])


def test_the_stop_takes_the_names_that_the_start_takes() -> None:
    described = DOCUMENT["components"]["parameters"]["Sid"]["schema"]
    name = properties_of(FORMS["start_stream"])["Name"]
    assert (described["pattern"], described["maxLength"]) == (name["pattern"], name["maxLength"])


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
@pytest.mark.parametrize("start", STARTS)
def test_the_document_allows_the_parameters_from_1_to_99_and_no_other_field(
    start: str, name: str, allowed: bool
) -> None:
    assert is_valid(FORMS[start], {"Url": "wss://x", name: "x"}) is allowed


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
