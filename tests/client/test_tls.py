"""A real TLS handshake: with a certificate that is trusted, unknown, expired, or for another name."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from signalwire_streams import APIConnectionError, RetryPolicy
from support.both import WITH_AIOHTTP, EitherClient, httpx_client
from support.faulty import Connection, FaultyServer, faulty_server

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls_server(authority: trustme.CA, name: str = "127.0.0.1", **options: Any) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **options).configure_cert(context)
    return faulty_server(context)


@pytest.fixture(params=["by the environment", "by a client of one's own"])
def trusting(
    request: pytest.FixtureRequest,
    kind: str,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """What makes a client trust the authority: SSL_CERT_FILE, or an httpx client of the user's own."""
    if request.param == "by the environment":
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        return {}
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return {"http_client": httpx_client(kind, verify=context)}


def attempt(kind: str, server: FaultyServer, **options: Any) -> tuple[int, str]:
    """Start a stream, and return how many attempts it took to fail, and with what message."""
    policy = RetryPolicy(attempts=3, backoff=0.001, deadline=5)
    with (
        EitherClient(kind, "p", "t", server.url, retry=policy, **options) as client,
        pytest.raises(APIConnectionError) as caught,
    ):
        client.start_stream("CA1", URL, name="mine")
    assert type(caught.value) is APIConnectionError
    return caught.value.attempts, str(caught.value)


def test_a_trusted_certificate_is_taken_and_the_handshake_serves_many_calls(
    kind: str, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    with tls_server(authority) as server, EitherClient(kind, "p", "t", server.url, **trusting) as client:
        for _ in range(5):
            assert client.start_stream("CA1", URL).status == "queued"
        assert server.connections == 1


def test_an_unknown_authority_is_refused_at_once(kind: str, authority: trustme.CA) -> None:
    with tls_server(authority) as server:
        attempts, message = attempt(kind, server)
        assert attempts == 1
        assert "CERTIFICATE_VERIFY_FAILED" in message
        assert not server.carried_out


def test_an_expired_certificate_is_refused_at_once(kind: str, authority: trustme.CA, trusting: dict[str, Any]) -> None:
    with tls_server(authority, not_after=datetime(2020, 1, 1, tzinfo=UTC)) as server:
        attempts, message = attempt(kind, server, **trusting)
        assert attempts == 1
        assert "expired" in message


def test_a_certificate_for_another_name_is_refused_at_once(
    kind: str, authority: trustme.CA, trusting: dict[str, Any]
) -> None:
    with tls_server(authority, "other.example.com") as server:
        attempts, message = attempt(kind, server, **trusting)
        assert attempts == 1
        assert "not valid for '127.0.0.1'" in message


def refuse_in_the_clear(connection: Connection) -> bool:
    connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    return False


def test_a_server_that_speaks_no_tls_is_a_connection_that_was_never_made(kind: str) -> None:
    with faulty_server() as server:
        server.pick = lambda: refuse_in_the_clear
        server.url = server.url.replace("http:", "https:")
        attempts, _ = attempt(kind, server)
        assert attempts == 3
