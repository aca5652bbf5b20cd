"""Render the AsyncAPI document as Markdown when the site is built.

A line such as `% asyncapi: received` inserts a part of it into a page.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from openapi_markdown import Document, Node, as_json, fields
from sphinx.application import Sphinx

DOCUMENT = Path(__file__).parents[2] / "openapi" / "media-streams.asyncapi.yaml"
_MARK = re.compile(r"^% asyncapi: (\w+)$", re.MULTILINE)


def fill(app: Sphinx, _page: str, source: list[str]) -> None:
    """Insert parts of the document into a page."""
    if _MARK.search(source[0]):
        app.env.note_dependency(str(DOCUMENT))
        raw = yaml.safe_load(DOCUMENT.read_text("utf-8"))
        source[0] = _MARK.sub(lambda mark: "\n\n".join(part(raw, mark[1])), source[0])


def part(raw: Node, name: str) -> list[str]:
    """Return the paragraphs of a part of the reference. Raises KeyError for an unknown part."""
    document = Document(raw)
    parts: dict[str, Callable[[], list[str]]] = {
        "connection": lambda: _connection(document, raw["channels"]["audio_stream"]),
        "received": lambda: _operation(document, raw["operations"]["receive_messages"]),
        "sent": lambda: _operation(document, raw["operations"]["send_messages"]),
    }
    return parts[name]()


def _connection(document: Document, channel: Node) -> list[str]:
    headers = channel["bindings"]["ws"]["headers"]
    return [channel["description"], "Headers of the upgrade request:", fields(document, headers)]


def _operation(document: Document, operation: Node) -> list[str]:
    names = [message["$ref"].rpartition("/")[2] for message in operation["messages"]]
    messages = [document.follow(message) for message in operation["messages"]]
    sections = [_message(document, *named) for named in zip(names, messages, strict=True)]
    return [operation["description"], *(text for section in sections for text in section)]


def _message(document: Document, name: str, message: Node) -> list[str]:
    payload = message["payload"]
    return [
        f"(message-{name.lower()})=\n### `{payload['properties']['event']['const']}`",
        message["summary"],
        fields(document, payload),
        *(as_json(example["payload"]) for example in message["examples"]),
    ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", fill)
    return {"parallel_read_safe": True}
