"""Wrap lines at the terminal's width: between words, and commands so that they can still be pasted."""

from __future__ import annotations

import re
import textwrap

_LEAST_WIDTH = 20


def wrap_line(line: str, width: int) -> str:
    """Break a line between words, never within one. The lines that follow the first are indented.

    A command ends each of its lines in a backslash. A row of a table goes on in its last column.
    """
    width = max(width, _LEAST_WIDTH)
    if len(line) <= width:
        return line
    is_command = line.lstrip().startswith("signalwire-streams ")
    indent = re.match(r" +\S+ {2,}| *", line)
    column = indent.end() if indent else 0
    parts = textwrap.wrap(
        line,
        width - 2 if is_command else width,
        subsequent_indent=" " * (column + 4 if is_command else column),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return (" \\\n" if is_command else "\n").join(parts)
