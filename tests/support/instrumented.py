"""A program that instruments httpx for good: `instrumented.py KIND WHEN PROJECT URL` prints the statuses of its spans."""

import asyncio
import json
import sys
from importlib import import_module

from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

kind, when, project, url = sys.argv[1:]
exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))


def instrument() -> None:
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)


def start_with_a_new_client() -> None:
    """Start a stream, with the settings of the environment but for what is given."""
    package = import_module("signalwire_streams")
    stream_url = "wss://stream.example.com/audio"
    if kind == "sync":
        with package.StreamsClient(project, host=url) as client:
            client.start_stream("CA1", stream_url)
        return

    async def start() -> None:
        async with package.AsyncStreamsClient(project, host=url) as client:
            await client.start_stream("CA1", stream_url)

    asyncio.run(start())


match when:
    case "before the import":
        assert "signalwire_streams" not in sys.modules
        instrument()
    case "after the import":
        import_module("signalwire_streams")
        instrument()
    case "between two clients":
        start_with_a_new_client()
        instrument()
start_with_a_new_client()
print(json.dumps([dict(span.attributes or {})["http.status_code"] for span in exporter.get_finished_spans()]))
