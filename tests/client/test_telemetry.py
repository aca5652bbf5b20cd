"""OpenTelemetry's instrumentation of httpx sees every request of the clients' own connections."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.instrumentation.httpx import (
    AsyncOpenTelemetryTransport,
    HTTPXClientInstrumentor,
    SyncOpenTelemetryTransport,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from signalwire_streams import APIConnectionError, NotFoundError, RetryPolicy
from signalwire_streams.mock import MockServer
from signalwire_streams.transports import AiohttpTransport
from support.both import BOTH, EitherClient, httpx_client
from support.canned import CannedServer

KINDS = BOTH
URL = "wss://stream.example.com/audio"
SECRETS = ("hunter-token", "hunter-bearer", "hunter-value")
SCRIPT = Path(__file__).parents[1] / "support" / "instrumented.py"


class Telemetry:
    """The spans of one test."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    @contextmanager
    def instrumented(self) -> Iterator[None]:
        """Instrument httpx as a whole for the length of a block."""
        instrumentor = HTTPXClientInstrumentor()
        instrumentor.instrument(tracer_provider=self.provider)
        try:
            yield
        finally:
            instrumentor.uninstrument()


@pytest.fixture
def telemetry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Telemetry]:
    monkeypatch.delenv("OTEL_SEMCONV_STABILITY_OPT_IN", raising=False)
    telemetry = Telemetry()
    yield telemetry
    telemetry.provider.shutdown()


def facts(span: ReadableSpan) -> tuple[Any, ...]:
    given = span.attributes or {}
    return span.name, given["http.method"], given["http.url"], given.get("http.status_code")


@pytest.mark.parametrize("before", [True, False], ids=["before the client", "after the client"])
def test_a_span_tells_method_url_and_status(kind: str, mock: MockServer, telemetry: Telemetry, before: bool) -> None:
    streams = f"{mock.url}/api/laml/2010-04-01/Accounts/{mock.project}/Calls/CA1/Streams"
    with ExitStack() as stack:
        if before:
            stack.enter_context(telemetry.instrumented())
        client = stack.enter_context(EitherClient(kind, mock.project, mock.token, mock.url))
        if not before:
            stack.enter_context(telemetry.instrumented())
        client.start_stream("CA1", URL, name="first")
        client.stop_stream("CA1", "first")
    assert [facts(span) for span in telemetry.spans] == [
        ("POST", "POST", streams, 200),
        ("POST", "POST", f"{streams}/first", 200),
    ]


def test_a_client_that_has_sent_already_is_instrumented_too_and_no_longer_once_that_ends(
    kind: str, mock: MockServer, telemetry: Telemetry
) -> None:
    with EitherClient(kind, mock.project, mock.token, mock.url) as client:
        client.start_stream("CA1", URL, name="unseen")
        with telemetry.instrumented():
            client.start_stream("CA1", URL, name="seen")
        client.stop_stream("CA1", "seen")
    assert len(telemetry.spans) == 1
    assert len(mock.requests) == 3


def test_a_span_belongs_to_the_users_own_and_the_service_is_told(
    kind: str, mock: MockServer, telemetry: Telemetry
) -> None:
    with (
        telemetry.instrumented(),
        EitherClient(kind, mock.project, mock.token, mock.url) as client,
        telemetry.provider.get_tracer("a user's").start_as_current_span("answer the call") as own,
    ):
        client.start_stream("CA1", URL)
    span = telemetry.spans[0]
    assert span.parent is not None
    assert span.parent.span_id == own.get_span_context().span_id
    assert span.context is not None
    _, trace, caller, _ = mock.requests[0].headers["traceparent"].split("-")
    assert (int(trace, 16), int(caller, 16)) == (span.context.trace_id, span.context.span_id)


def test_each_attempt_has_a_span_and_an_error_its_status(kind: str, canned: CannedServer, telemetry: Telemetry) -> None:
    canned.answer(429, b"", Retry_After="0")
    retry = RetryPolicy(attempts=2)
    with telemetry.instrumented(), EitherClient(kind, "p", "t", canned.url, retry=retry) as client:
        with pytest.raises(Exception, match="429"):
            client.start_stream("CA1", URL)
        canned.answer(404, {"code": 20404, "message": "gone"})
        with pytest.raises(NotFoundError):
            client.stop_stream("CA1", "ST1")
    assert [(facts(span)[-1], span.status.status_code) for span in telemetry.spans] == [
        (429, StatusCode.ERROR),
        (429, StatusCode.ERROR),
        (404, StatusCode.ERROR),
    ]


def test_no_secret_is_in_a_span(kind: str, mock: MockServer, telemetry: Telemetry) -> None:
    token, bearer, value = SECRETS
    options: Any = {"authorization_bearer_token": bearer, "parameters": {"Password": value}}
    with telemetry.instrumented():
        with EitherClient(kind, mock.project, token, mock.url) as client, pytest.raises(Exception, match="401"):
            client.start_stream("CA1", URL, **options)
        with (
            EitherClient(kind, "p", token, "http://127.0.0.1:1", retry=RetryPolicy(attempts=1)) as client,
            pytest.raises(APIConnectionError),
        ):
            client.start_stream("CA1", URL, **options)
    refused, unreached = telemetry.spans
    assert facts(refused)[-1] == 401
    assert unreached.events[0].name == "exception"
    for span in telemetry.spans:
        assert not any(secret in span.to_json() for secret in SECRETS)
        assert "authorization" not in span.to_json().lower()


def test_a_client_of_the_users_own_is_instrumented_by_itself(kind: str, mock: MockServer, telemetry: Telemetry) -> None:
    http = httpx_client(kind)
    HTTPXClientInstrumentor.instrument_client(http, tracer_provider=telemetry.provider)
    with EitherClient(kind, mock.project, mock.token, mock.url, http_client=http) as client:
        client.start_stream("CA1", URL)
    assert [facts(span)[-1] for span in telemetry.spans] == [200]


def test_a_transport_of_opentelemetry_is_sent_through(kind: str, mock: MockServer, telemetry: Telemetry) -> None:
    transport: Any = (
        SyncOpenTelemetryTransport(httpx.HTTPTransport(), telemetry.provider)
        if kind == "sync"
        else AsyncOpenTelemetryTransport(httpx.AsyncHTTPTransport(), telemetry.provider)
    )
    with EitherClient(kind, mock.project, mock.token, mock.url, transport=transport) as client:
        client.start_stream("CA1", URL)
    assert [facts(span)[-1] for span in telemetry.spans] == [200]


def test_what_replaces_the_sending_of_httpx_sees_a_client_of_the_users_own(
    kind: str, mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    http_kind = httpx.Client if kind == "sync" else httpx.AsyncClient
    seen: list[str] = []

    def send(self: Any, request: httpx.Request, *, original: Any = http_kind.send, **options: Any) -> Any:
        seen.append(request.method)
        return original(self, request, **options)

    monkeypatch.setattr(http_kind, "send", send)
    with EitherClient(kind, mock.project, mock.token, mock.url, http_client=httpx_client(kind)) as client:
        client.start_stream("CA1", URL)
    assert seen == ["POST"]


@pytest.mark.kinds("async")
def test_a_transport_of_opentelemetry_can_wrap_that_of_aiohttp(
    kind: str, mock: MockServer, telemetry: Telemetry
) -> None:
    transport = AsyncOpenTelemetryTransport(AiohttpTransport(), telemetry.provider)
    with EitherClient(kind, mock.project, mock.token, mock.url, transport=transport) as client:
        client.start_stream("CA1", URL)
    assert [facts(span)[-1] for span in telemetry.spans] == [200]


@pytest.mark.parametrize("when", ["before the import", "after the import", "between two clients"])
def test_it_does_not_matter_when_httpx_was_instrumented(kind: str, mock: MockServer, when: str) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, kind, when, mock.project, mock.url],
        env={**os.environ, "SIGNALWIRE_API_TOKEN": mock.token},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [200]
    assert len(mock.requests) == (2 if when == "between two clients" else 1)
