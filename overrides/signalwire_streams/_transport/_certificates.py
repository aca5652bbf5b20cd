"""Trust the CA certificates of the environment."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from pathlib import Path

import httpx


def tls_context() -> ssl.SSLContext:
    """Return the context of this environment, which all clients of the process share: reading it takes some 30 ms.

    Raises OSError if the environment names what cannot be read.
    """
    variables = [os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")]
    return _read(*((variable, _version(variable)) for variable in variables[:2]), variables[2])


def _version(path: str | None) -> tuple[int, ...]:
    """Return what changes when a file or directory is replaced."""
    try:
        found = Path(path or "/").stat()
    except (OSError, ValueError):
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


@lru_cache(maxsize=8)
def _read(*_: object) -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    # httpcore sets them for each connection, which is not safe while another thread opens one with the same context.
    vars(context)["set_alpn_protocols"] = _leave_alpn_protocols
    return context


def _leave_alpn_protocols(_: object) -> None:
    pass
