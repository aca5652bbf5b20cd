"""Both clients show their keywords to people and tools, and an unknown keyword raises an error that names the right one."""

import asyncio
import pydoc
import re
from inspect import Parameter, getdoc, iscoroutinefunction, signature
from typing import Any, get_type_hints
from unittest.mock import create_autospec

import pytest
from signalwire_streams import AsyncStreamsClient, CallOptions, StartConferenceOptions, StartOptions, StreamsClient
from signalwire_streams.mock import MockServer
from support.both import EitherClient
from support.document import SCHEMAS, keyword_of, properties_of

URL = "wss://stream.example.com/audio"
CLIENTS: dict[str, Any] = {"sync": StreamsClient, "async": AsyncStreamsClient}
OPTIONS = {
    "start_stream": StartOptions,
    "stream": StartOptions,
    "stop_stream": CallOptions,
    "start_conference_stream": StartConferenceOptions,
    "conference_stream": StartConferenceOptions,
    "stop_conference_stream": CallOptions,
}
FORMS: dict[type, str] = {StartOptions: "StartStreamForm", StartConferenceOptions: "StartConferenceStreamForm"}
STARTS = [method for method, options in OPTIONS.items() if options in FORMS]
LISTED = [*OPTIONS, "list_calls", "check"]


def in_the_form(method: str) -> set[str]:
    return {keyword_of(*field) for field in properties_of(SCHEMAS[FORMS[OPTIONS[method]]]).items()}


METHODS = pytest.mark.parametrize("method", OPTIONS)


def keywords_of(kind: str, method: str) -> dict[str, Parameter]:
    """Return the keyword-only arguments, with their types resolved."""
    shown = signature(getattr(CLIENTS[kind], method), eval_str=True).parameters
    return {name: each for name, each in shown.items() if each.kind is Parameter.KEYWORD_ONLY}


@METHODS
def test_the_signature_has_every_option_with_its_type_and_default(kind: str, method: str) -> None:
    shown = keywords_of(kind, method)
    assert {name: each.annotation for name, each in shown.items()} == get_type_hints(OPTIONS[method])
    assert {name for name, each in shown.items() if each.default is not None} == set()


@METHODS
def test_the_signature_has_no_other_arguments(kind: str, method: str) -> None:
    target = "sid" if method.startswith("stop_") else "url"
    parent = "conference_sid" if "conference" in method else "call_sid"
    names = list(signature(getattr(CLIENTS[kind], method)).parameters)
    assert names[:3] == ["self", parent, target]
    assert set(names[3:]) == set(get_type_hints(OPTIONS[method]))


@pytest.mark.parametrize("method", STARTS)
def test_the_keywords_are_the_fields_of_the_openapi_document(kind: str, method: str) -> None:
    of_the_call = {"timeout", "retry"}
    assert keywords_of(kind, method).keys() - of_the_call - {"parameters"} == in_the_form(method) - {"url"}


@METHODS
def test_help_shows_every_keyword_with_its_type_and_default(kind: str, method: str) -> None:
    shown = pydoc.plain(pydoc.render_doc(getattr(CLIENTS[kind], method)))
    head = shown[: shown.index(" -> ")]
    for name, each in signature(getattr(CLIENTS[kind], method)).parameters.items():
        if each.kind is Parameter.KEYWORD_ONLY:
            assert f"{name}: {each.annotation!r} = None" in head
    assert "**" not in head


def test_the_methods_have_the_same_signature_in_both_clients() -> None:
    for method in LISTED:
        sync, other = (signature(getattr(client, method)).parameters for client in CLIENTS.values())
        assert sync == other


@METHODS
def test_jedi_completes_every_keyword(
    kind: str, method: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    jedi = pytest.importorskip("jedi", reason="jedi is only among the newest requirements")
    # Processes that run tests at once would share its cache.
    monkeypatch.setattr(jedi.settings, "cache_directory", str(tmp_path_factory.getbasetemp() / "jedi"))
    name = CLIENTS[kind].__name__
    code = f"from signalwire_streams import {name}\n{name}().{method}("
    (shown,) = jedi.Script(code, environment=jedi.InterpreterEnvironment()).get_signatures()
    assert {each.name for each in shown.params} >= set(get_type_hints(OPTIONS[method]))
    assert all(
        each.to_string().endswith("=None") for each in shown.params if each.name in get_type_hints(OPTIONS[method])
    )


@pytest.mark.parametrize("method", LISTED)
def test_the_docstring_has_a_line_for_every_argument(kind: str, method: str) -> None:
    lines = re.findall(r"^- ((?:`\w+`(?:, )?)+): \S", getdoc(getattr(CLIENTS[kind], method)) or "", re.MULTILINE)
    named = [name for line in lines for name in re.findall(r"`(\w+)`", line)]
    assert sorted(named) == sorted(set(signature(getattr(CLIENTS[kind], method)).parameters) - {"self"})


def test_a_line_of_the_docstring_does_not_differ_between_the_clients() -> None:
    for method in LISTED:
        sync, other = (getdoc(getattr(client, method)) or "" for client in CLIENTS.values())
        assert sync == other.replace("async with", "with"), method


@METHODS
def test_autospec_rejects_an_unknown_keyword(method: str) -> None:
    double: Any = create_autospec(StreamsClient, instance=True)
    getattr(double, method)("CA1", URL, timeout=1.0)
    with pytest.raises(TypeError, match="nam"):
        getattr(double, method)("CA1", URL, nam="n")


def test_autospec_of_the_async_client_can_be_awaited() -> None:
    double: Any = create_autospec(AsyncStreamsClient, instance=True)
    double.start_stream.return_value = "a stream"
    assert asyncio.run(double.start_stream("CA1", URL, name="n")) == "a stream"
    with pytest.raises(TypeError, match="nam"):
        asyncio.run(double.start_stream("CA1", URL, nam="n"))


@pytest.mark.parametrize(
    "method", ["start_stream", "stop_stream", "start_conference_stream", "stop_conference_stream", "check", "aclose"]
)
def test_async_methods_are_async_functions(method: str) -> None:
    assert iscoroutinefunction(getattr(AsyncStreamsClient, method))


def call_with(client: EitherClient, method: str, options: dict[str, Any]) -> None:
    result = getattr(client, method)("CA1", "ST1" if method.startswith("stop_") else URL, **options)
    if method in {"stream", "conference_stream"}:
        with result:
            pytest.fail("the block must not be entered")


@METHODS
@pytest.mark.parametrize("wrong", ["nam", "xyz", "Timeout", "time_out", "retries", "parameter1_name", "_"])
def test_an_unknown_keyword_is_named_with_the_complete_list(
    client: EitherClient, mock: MockServer, method: str, wrong: str
) -> None:
    names = ", ".join(name for name in signature(getattr(CLIENTS[client.kind], method)).parameters if name != "self")
    with pytest.raises(TypeError) as caught:
        call_with(client, method, {wrong: "hunter2"})
    assert str(caught.value).startswith(f"{method}() has no argument {wrong!r}. ")
    assert str(caught.value).endswith(f"Its arguments are {names}.")
    assert "hunter2" not in str(caught.value)
    assert mock.requests == []


@pytest.mark.parametrize("method", STARTS)
@pytest.mark.parametrize(
    "wrong", ["parameter1_name", "Parameter1_Value", "parameter", "parameter99_value", "parameter_1_name"]
)
def test_an_indexed_parameter_leads_to_parameters(client: EitherClient, method: str, wrong: str) -> None:
    with pytest.raises(
        TypeError, match=rf"\(\) has no argument '{wrong}'\. Use parameters=\{{name: value\}}\. Its arg"
    ):
        call_with(client, method, {wrong: "Jane"})


NEAR = {
    "nam": "name",
    "Name": "name",
    "tracks": "track",
    "statuscallback": "status_callback",
    "StatusCallback": "status_callback",
    "status_callback_methods": "status_callback_method",
    "StatusCallbackMethod": "status_callback_method",
    "bearer_token": "authorization_bearer_token",
    "real_time": "realtime",
    "codecs": "codec",
    "AuthorizationBearerToken": "authorization_bearer_token",
    "params": "parameters",
    "time_out": "timeout",
    "retries": "retry",
}


@pytest.mark.parametrize(
    ("method", "wrong"),
    [(method, wrong) for method in OPTIONS for wrong in NEAR if NEAR[wrong] in get_type_hints(OPTIONS[method])],
)
def test_a_near_miss_names_the_argument_that_was_meant(client: EitherClient, method: str, wrong: str) -> None:
    with pytest.raises(TypeError, match=rf"\(\) has no argument '{wrong}'\. Did you mean '{NEAR[wrong]}'\? Its arg"):
        call_with(client, method, {wrong: "x"})


@METHODS
def test_a_keyword_unlike_any_argument_gets_no_suggestion(client: EitherClient, method: str) -> None:
    with pytest.raises(TypeError, match=r"\(\) has no argument 'xyz'\. Its arguments are (call|conference)_sid, "):
        call_with(client, method, {"xyz": "x"})
