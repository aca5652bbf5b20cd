"""What a command writes: results on standard output, problems on standard error, each at once."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from signalwire_streams._text import shown


def say(text: str) -> None:
    """Write text and a line's end to standard output. Raises OSError when it cannot be written."""
    _write(sys.stdout, text)


def complain(problem: str) -> None:
    """Write one line to standard error, if anybody reads it."""
    with suppress(OSError):
        _write(sys.stderr, f"signalwire-streams: {shown(problem, 5000)}")


def _write(file: TextIO | None, text: str) -> None:
    if file is None:  # it was closed before the command began
        return
    encoding = file.encoding or "utf-8"
    try:
        file.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        file.flush()
    except OSError:
        # What is left in the buffer has a place to go, and the interpreter can end in peace.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, file.fileno())
        os.close(nowhere)
        raise
