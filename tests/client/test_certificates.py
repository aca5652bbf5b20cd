"""CA certificates are read once for a process, and anew once the environment names others."""

import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme
from signalwire_streams import APIConnectionError, RetryPolicy
from support.both import WITH_AIOHTTP, EitherClient
from support.faulty import FaultyServer, faulty_server

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
ONCE = RetryPolicy(attempts=1, deadline=20)


@pytest.fixture(autouse=True)
def no_certificates_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[FaultyServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with faulty_server(context) as server:
        yield server


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One item for each time that certificates are read."""
    reads: list[object] = []
    read: Callable[..., Any] = ssl.create_default_context

    def noted(*args: Any, **kwargs: Any) -> Any:
        reads.append(kwargs)
        return read(*args, **kwargs)

    monkeypatch.setattr(ssl, "create_default_context", noted)
    return reads


def start(kind: str, server: FaultyServer) -> None:
    with EitherClient(kind, "p", "t", server.url, retry=ONCE) as client:
        client.start_stream("CA1", URL)


def test_all_clients_of_a_process_read_them_once(
    authority: trustme.CA, server: FaultyServer, reads: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    for kind in (*KINDS, *KINDS):
        start(kind, server)
    assert reads == [{"cafile": str(tmp_path / "ca.pem")}]


def test_a_new_client_sees_another_file(
    kind: str, authority: trustme.CA, server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, one in (("ours", authority), ("other", trustme.CA())):
        one.cert_pem.write_to_path(tmp_path / name)
    with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        start(kind, server)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ours"))
    start(kind, server)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other"))
    with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        start(kind, server)


def test_a_new_client_sees_what_has_been_written_to_the_file(
    kind: str, authority: trustme.CA, server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        start(kind, server)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem", append=True)
    start(kind, server)


def test_a_new_client_reads_another_directory_and_what_has_come_to_it(
    kind: str, server: FaultyServer, reads: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other", "other"):
        (tmp_path / name).mkdir(exist_ok=True)
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / name))
        for _ in range(2):
            with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
                start(kind, server)
        (tmp_path / name / "0.pem").touch()
    assert reads == [{"capath": str(tmp_path / name)} for name in ("one", "other", "other")]


def test_a_new_client_writes_the_key_log_that_the_environment_names(
    kind: str, authority: trustme.CA, server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    start(kind, server)
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    start(kind, server)
    assert "SECRET" in (tmp_path / "keys").read_text()


def test_clients_of_all_kinds_open_connections_at_the_same_time(
    authority: trustme.CA, server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    before = server.carried_out.total()
    together = threading.Barrier(8)

    def calls(number: int) -> None:
        together.wait(20)
        for _ in range(10):
            start(KINDS[number % 3], server)

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(calls, number) for number in range(8)]:
            done.result()
    assert server.carried_out.total() == before + 80
