"""Print results to standard output and problems to standard error, each at once."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TextIO

from signalwire_streams import Stream
from signalwire_streams._text import shown


def print_result(text: str) -> None:
    """Print text and a newline to standard output. Raises OSError if that fails."""
    _write(sys.stdout, text)


def print_stream(stream: Stream, *, as_json: bool) -> None:
    """Print a stream's fields, as JSON or as one line each. Raises OSError if that fails."""
    fields = {
        "sid": stream.sid,
        "name": stream.name,
        "status": stream.status,
        "call_sid": stream.call_sid,
        "account_sid": stream.account_sid,
        "date_updated": stream.date_updated.isoformat(),
        "uri": stream.uri,
    }
    if as_json:
        print_result(json.dumps(fields))
    else:
        print_result("\n".join(f"{name:<14}{shown(text, 1000)}" for name, text in fields.items()))


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
