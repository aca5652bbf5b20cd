"""Log each request at DEBUG: its attempts, its connections and its retries, with times and without secrets."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Mapping
from itertools import count
from typing import Any

from signalwire_streams._errors import APIError
from signalwire_streams._requests import PreparedRequest
from signalwire_streams._text import shown

logger = logging.getLogger("signalwire_streams")
_numbers = count(1)


class RequestLog:
    """The log lines of one request. Its number tells them from those of other threads and tasks."""

    def __init__(self, request: PreparedRequest[Any]) -> None:
        self._request = request
        self._prefix = f"request {next(_numbers)}"
        self._began = self._began_step = 0.0
        self._peer = ""
        self._is_connected = False

    def attempt(self, number: int) -> None:
        """Log that an attempt begins."""
        self._began = time.perf_counter()
        self._is_connected = False
        self._write(f"attempt {number}: {self._request} to {self._request.host}")

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Log what an event of httpcore's `trace` extension, or of our pool, says of a connection."""
        step = event.partition(".")[2]
        if step in {"connect_tcp.started", "start_tls.started"}:
            self._is_connected = True
            self._began_step = time.perf_counter()
            self._peer = f"{info['host']}:{info['port']}" if "port" in info else f"{info.get('server_hostname')}"
        elif step == "connect_tcp.complete":
            self._write(f"connected to {self._peer} in {_ms(self._began_step)}")
        elif step == "start_tls.complete":
            self._write(f"TLS handshake with {self._peer} in {_ms(self._began_step)}")
        elif step == "send_request_headers.started" and not self._is_connected:
            self._write("reuses an open connection")
        elif step == "connection_expired":
            self._write("closes a connection that has expired")

    def succeeded(self, status: int) -> None:
        """Log a response."""
        self._write(f"HTTP {status} after {_ms(self._began)}")

    def failed(self, error: APIError) -> None:
        """Log an attempt that failed."""
        status = "" if error.status is None else f"HTTP {error.status}, "
        self._write(f"{status}{type(error).__name__} after {_ms(self._began)}: {error.problem}")

    def retry(self, wait: float) -> None:
        """Log that another attempt follows."""
        self._write(f"next attempt in {wait * 1000:.0f} ms")

    def _write(self, text: str) -> None:
        logger.debug("%s, %s", self._prefix, shown(self._request.redact(text), 500))


def _ms(since: float) -> str:
    return f"{(time.perf_counter() - since) * 1000:.0f} ms"


def log_of(request: PreparedRequest[Any]) -> RequestLog | None:
    """Return a log for the request, or None if nobody listens."""
    return RequestLog(request) if logger.isEnabledFor(logging.DEBUG) else None


def _write_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    handler.addFilter(_is_not_on_stderr)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)


def _is_not_on_stderr(record: logging.LogRecord) -> bool:
    """Return False if the application's own logging writes the record to stderr, too."""
    return not any(
        getattr(each, "stream", None) is sys.stderr and record.levelno >= each.level
        for each in logging.getLogger().handlers
    )


if os.environ.get("SIGNALWIRE_STREAMS_LOG", "").lower() == "debug":
    _write_to_stderr()
