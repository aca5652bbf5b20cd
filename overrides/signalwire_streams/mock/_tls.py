"""Whose certificates the mock trusts, and the certificates that it makes for a test."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import trustme


class Trust:
    """The authorities that servers may have their certificates from: the system's, the user's, and one made here."""

    def __init__(self, ca_file: Path | str | None = None) -> None:
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._authority: trustme.CA | None = None
        if ca_file is not None:
            _ = self.context  # a file that is missing or broken is an error at once

    @property
    def context(self) -> ssl.SSLContext:
        """What the mock connects with."""
        with self._lock:
            if self._context is None:
                self._context = ssl.create_default_context()
                if self._ca_file is not None:
                    self._context.load_verify_locations(self._ca_file)
            return self._context

    def certificate_for(self, *names: str) -> trustme.LeafCert:
        """Make a certificate for host names and addresses, which the mock trusts."""
        if not names:
            raise ValueError("A certificate is for at least one host name or address, such as 127.0.0.1.")
        context = self.context
        with self._lock:
            if self._authority is None:
                self._authority = trustme.CA()
                self._authority.configure_trust(context)  # pyright: ignore[reportUnknownMemberType]  of PyOpenSSL's
            return self._authority.issue_cert(*names)


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return what a server presents the certificate with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  as above
    return context


def write_certificate(certificate: trustme.LeafCert, folder: Path) -> tuple[Path, Path]:
    """Write the certificate with its chain, and its key, as PEM files of a folder."""
    chain, key = folder / "certificate.pem", folder / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    key.touch(mode=0o600)
    key.write_bytes(certificate.private_key_pem.bytes())
    return chain, key
