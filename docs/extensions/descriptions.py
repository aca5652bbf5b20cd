"""Describe each page to search engines by its first paragraph."""

from html import escape
from importlib.metadata import metadata
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_LONGEST = 160  # search engines cut off the rest


def describe(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Add the description of a page to its head."""
    paragraph = next(document.findall(nodes.paragraph), None) if document else None
    text = " ".join(paragraph.astext().split()) if paragraph else ""
    content = escape(shortened(text or metadata("signalwire-streams")["Summary"]))
    context["metatags"] = f'{context.get("metatags", "")}\n<meta name="description" content="{content}">'


def shortened(text: str) -> str:
    """Return the whole words of a text that fit.

    >>> shortened("short")
    'short'
    """
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rpartition(' ')[0]}…"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True}
