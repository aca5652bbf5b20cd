"""Convert the docstrings' Markdown to reStructuredText, as far as ours need it."""

import re
from typing import Any

from sphinx.application import Sphinx

_CODE_BEFORE_A_LETTER = re.compile(r"(`[^`\n]+`)(?=\w)")
_ASTERISK = re.compile(r"\*(?=[^`]*(?:`[^`]*`[^`]*)*$)")


def prepare(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Convert the lines of a docstring in place."""
    lines[:] = restructured(lines)


def restructured(lines: list[str]) -> list[str]:
    """Mark indented code as code blocks, and let text follow a name in backticks directly.

    >>> restructured(["Some `uri`s:", "", "    code()"])
    ['Some `uri`\\\\ s:', '', '::', '', '    code()']
    """
    made: list[str] = []
    before = ""
    in_code = False
    for line in lines:
        indented = line.startswith("    ")
        if indented and not in_code and not before.strip():
            made += ["::", ""]
            in_code = True
        elif line.strip() and not indented:
            in_code = False
        made.append(line if in_code else _CODE_BEFORE_A_LETTER.sub(r"\1\\ ", _ASTERISK.sub(r"\*", line)))
        before = line
    return made


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("autodoc-process-docstring", prepare)
    return {"parallel_read_safe": True}
