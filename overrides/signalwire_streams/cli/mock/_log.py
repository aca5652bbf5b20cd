"""Log what happens at the mock: requests, streams and status callbacks."""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from signalwire_streams._text import shown
from signalwire_streams.cli._output import print_unbuffered
from signalwire_streams.mock import MockStream, RecordedCallback, RecordedRequest, RequestProblem

_MAX_LINE = 2000
_MAX_PROBLEMS = 20  # shown of one request
_INDENT = " " * len("12:34:56.789  ")
_RED, _GREEN, _YELLOW, _DIM = "31", "32", "33", "2"


class ActivityLog:
    """An entry for each request, change of a stream and attempt of a callback, printed in a thread of its own.

    The mock goes on even if nobody reads the entries.

    - `secrets`: texts to redact in custom parameters, besides a stream's own bearer token.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = secrets
        self._has_colors = _supports_colors()
        self._entries: queue.Queue[str] = queue.Queue(maxsize=1000)

    def print_all(self) -> None:
        """Print the entries as they come, without end."""
        with suppress(OSError):
            while True:
                print_unbuffered(self._entries.get())

    def add_request(self, request: RecordedRequest) -> None:
        """Log a request, with all problems of a refused one."""
        outcome = str(request.status) if request.status else "connection dropped"
        code = "" if request.code is None else f", code {request.code}"
        problems = [_describe_problem(problem) for problem in request.problems[:_MAX_PROBLEMS]]
        if len(request.problems) > _MAX_PROBLEMS:
            problems.append(f"and {len(request.problems) - _MAX_PROBLEMS} more problems")
        head = f"{request.method} {request.path} {outcome}{code}, {request.duration * 1000:.0f} ms"
        self._add(head, problems, _RED if request.problem else None)

    def add_change(self, stream: MockStream) -> None:
        """Log a change of a stream's status. The first one tells all about the stream."""
        is_first = len(stream.history) == 2  # after "queued"
        reason = f" {stream.error}: {stream.problem}" if stream.error else ""
        is_idle = stream.missing_route is not None and stream.status == "in-progress"
        color = _RED if stream.error else _YELLOW if is_idle else _GREEN if stream.status == "in-progress" else None
        facts = self._describe_stream(stream) if is_first else []
        self._add(f"stream {stream.sid} {stream.status}{reason}", facts, color)

    def add_callback(self, callback: RecordedCallback) -> None:
        """Log an attempt to deliver a status callback."""
        head = f"callback {callback.event} of stream {callback.stream_sid}"
        where = f"{callback.method} {_without_secrets(callback.url)}"
        if not callback.attempt_log:
            self._add(f"{head} not sent", [f"{where}: {callback.problem}", *_route_of_callback(callback.url)], _RED)
            return
        attempt = callback.attempt_log[-1]
        outcome = "delivered" if callback.delivered else "failed" if callback.final else "failed, will be sent again"
        problem = "" if attempt.problem is None else f" {attempt.problem}"
        status = "" if attempt.status is None else f"{attempt.status}, "
        facts = f"{where}: attempt {len(callback.attempt_log)}, {status}{attempt.duration * 1000:.0f} ms.{problem}"
        color = _GREEN if callback.delivered else _RED if callback.final else _YELLOW
        self._add(f"{head} {outcome}", [facts], color)

    def _describe_stream(self, stream: MockStream) -> list[str]:
        owner, sid = stream.parent
        name = "" if stream.name == stream.sid else f", name {stream.name}"
        facts = [f"{owner} {sid}{name}, {' and '.join(stream.tracks)} audio"]
        if stream.missing_route is not None:
            prefix, nearest = stream.missing_route.prefix, stream.missing_route.nearest
            near = f" The nearest route is for {nearest}." if nearest else ""
            facts += [
                f"{stream.url} leads nowhere: nobody is connected.{near}",
                f"To connect, restart the mock with --route {prefix}={_example_target(prefix)}",
            ]
        else:
            facts.append(f"{stream.url} leads to {stream.target}" if stream.target else stream.url)
        if stream.parameters:
            secrets = [*self._secrets, *filter(None, [stream.authorization_bearer_token])]
            parameters = ", ".join(f"{name}={value}" for name, value in stream.parameters)
            facts.append(f"parameters {_redact(parameters, secrets)}")
        return facts

    def _add(self, head: str, details: Sequence[str], color: str | None) -> None:
        time = f"{datetime.now(UTC).astimezone():%H:%M:%S.%f}"[: -len("000")]
        first = f"{self._paint(time, _DIM)}  {self._paint(shown(head, _MAX_LINE), color)}"
        with suppress(queue.Full):
            self._entries.put_nowait("\n".join([first, *(_INDENT + shown(line, _MAX_LINE) for line in details)]))

    def _paint(self, text: str, color: str | None) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if color and self._has_colors else text


def _supports_colors() -> bool:
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return is_terminal and not is_plain and (os.name != "nt" or "WT_SESSION" in os.environ)


def _describe_problem(problem: RequestProblem) -> str:
    """Say what is wrong and what to do, which is the document's whole rule if the mock has no advice."""
    if problem.fix or not problem.rule:
        return f"{problem.message} {problem.fix or ''}".rstrip()
    # The message may end in the first sentence of the rule.
    return f"{problem.message.removesuffix(problem.rule.partition('. ')[0] + '.').rstrip()} {problem.rule}"


def _without_secrets(url: str) -> str:
    """Return a URL without its credentials and its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(invalid URL)"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _route_of_callback(url: str) -> list[str]:
    """Name the route that a callback lacks."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    prefix = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return [f"To deliver it, restart the mock with --route {prefix}={_example_target(prefix)}"]


def _example_target(prefix: str) -> str:
    return f"{'http' if prefix.startswith('http') else 'ws'}://127.0.0.1:PORT"


def _redact(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "[redacted]")
    return text
