"""Print results to standard output and problems to standard error, each at once."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import datetime
from typing import TextIO

from signalwire_streams import Stream
from signalwire_streams._text import shown


def print_result(text: str) -> None:
    """Print text and a newline to standard output. Raises OSError if that fails."""
    _write(sys.stdout, text)


def print_stream(stream: Stream, *, as_json: bool) -> None:
    """Print a stream's fields, as JSON or as one line each. Raises OSError if that fails.

    A field that could not be read is null, or `(unreadable)`, and standard error says why.
    """
    values = stream._shown()  # without secrets that the server repeated
    order = ["sid", "name", "status", *(field for field in values if field not in {"sid", "name", "status"})]
    fields = {field: value.isoformat() if isinstance(value := values[field], datetime) else value for field in order}
    if as_json:
        print_result(json.dumps(fields))
    else:
        lines = (
            f"{field:<14}{'(unreadable)' if text is None else shown(text, 1000)}" for field, text in fields.items()
        )
        print_result("\n".join(lines))
    for problem in stream.unreadable.values():
        print_problem(problem)


def print_problem(problem: str) -> None:
    """Print one line to standard error. If that fails, nobody is reading it."""
    with suppress(OSError):
        _write(sys.stderr, f"signalwire-streams: {shown(problem, 5000)}")


def print_unbuffered(text: str) -> None:
    """Print text and a newline to standard output from a thread of its own. Raises OSError if that fails.

    A thread that waits for a reader would hold the lock of Python's buffer, and the process could not exit.
    """
    if sys.stdout is not None:  # None if it was closed before the process started
        os.write(sys.stdout.fileno(), f"{text}\n".encode(sys.stdout.encoding, "backslashreplace"))


def _write(file: TextIO | None, text: str) -> None:
    if file is None:  # closed before the process started
        return
    encoding = file.encoding or "utf-8"
    try:
        file.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        file.flush()
    except OSError:
        # The interpreter flushes the rest of the buffer when it exits, which would fail again.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, file.fileno())
        os.close(null)
        raise
