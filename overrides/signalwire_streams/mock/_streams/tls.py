"""Certificates: which ones the mock trusts, and which ones it issues for tests."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from pathlib import Path

import trustme


class TrustStore:
    """The CA certificates that the mock trusts: the system's, the user's, and those of its own CA.

    `ca_file`: PEM file with more CA certificates to trust.
    """

    def __init__(self, ca_file: Path | str | None = None) -> None:
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._own_ca: trustme.CA | None = None
        if ca_file is not None:
            _ = self.context  # raise for a missing or broken file at once

    @property
    def context(self) -> ssl.SSLContext:
        """The TLS context for the mock's connections."""
        with self._lock:
            if self._context is None:
                self._context = ssl.create_default_context()
                if self._ca_file is not None:
                    self._context.load_verify_locations(self._ca_file)
            return self._context

    def server_context(self, *names: str) -> ssl.SSLContext:
        """Issue a certificate that the mock trusts, and return a TLS context for a server.

        `names`: the host names and IP addresses of the server.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._issue(names).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  of PyOpenSSL's
        return context

    def write_certificate(self, folder: Path, *names: str) -> tuple[Path, Path]:
        """Issue a certificate that the mock trusts, write it and its key as PEM files, and return their paths.

        `names`: the host names and IP addresses of the server.
        """
        certificate = self._issue(names)
        chain, key = folder / "certificate.pem", folder / "key.pem"
        chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        key.touch(mode=0o600)
        key.write_bytes(certificate.private_key_pem.bytes())
        return chain, key

    def _issue(self, names: Sequence[str]) -> trustme.LeafCert:
        if not names:
            raise ValueError("A certificate needs a host name or address. Pass at least one, such as '127.0.0.1'.")
        context = self.context
        with self._lock:
            if self._own_ca is None:
                self._own_ca = trustme.CA()
                self._own_ca.configure_trust(context)  # pyright: ignore[reportUnknownMemberType]  of PyOpenSSL's
            return self._own_ca.issue_cert(*names)
