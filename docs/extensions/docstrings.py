"""Convert the docstrings' Markdown to reStructuredText, as far as ours need it."""

import re
from typing import Any

from sphinx.application import Sphinx

_CODE_BEFORE_A_LETTER = re.compile(r"(`[^`\n]+`)(?=\w)")
# A line of a list: `name`: what it is. Or, for more than one: `name`, `other`: what they are.
_ARGUMENT = re.compile(r"(- )?`\w+`(, `\w+`)*: ")
_ASTERISK = re.compile(r"\*(?=[^`]*(?:`[^`]*`[^`]*)*$)")


def prepare(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Convert the lines of a docstring in place."""
    lines[:] = restructured(lines)


def restructured(lines: list[str]) -> list[str]:
    """Mark indented code as code blocks, make lists of arguments, and let text follow a name in backticks directly.

    >>> restructured(["Some `uri`s:", "", "    code()"])
    ['Some `uri`\\\\ s:', '', '::', '', '    code()']

    >>> restructured(["Wait.", "`name`: of a stream,", "or its SID.", "`seconds`: to wait", "", "Raises."])
    ['Wait.', '', '- `name`: of a stream,', '  or its SID.', '- `seconds`: to wait', '', 'Raises.']
    """
    made: list[str] = []
    before = ""
    in_code = in_list = False
    for line in lines:
        indented = line.startswith("    ")
        if indented and not in_code and not in_list and not before.strip():
            made += ["::", ""]
            in_code = True
        elif line.strip() and not indented:
            in_code = False
        if in_code:
            made.append(line)
        else:
            text = _CODE_BEFORE_A_LETTER.sub(r"\1\\ ", _ASTERISK.sub(r"\*", line))
            if _ARGUMENT.match(line):
                if before.strip() and not in_list:
                    made.append("")
                in_list = True
                text = f"- {text.removeprefix('- ')}"
            elif in_list and text.strip():
                text = f"  {text.strip()}"
            else:
                in_list = False
            made.append(text)
        before = line
    return made


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("autodoc-process-docstring", prepare)
    return {"parallel_read_safe": True}
