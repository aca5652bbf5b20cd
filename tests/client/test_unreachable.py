"""Whatever a host or a proxy is set to, it is a SettingsError of the client, or an APIError of the call."""

import os
import socket
import string
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from signalwire_streams import APIConnectionError, APIError, RetryPolicy, SettingsError
from support.both import BOTH, WITH_AIOHTTP, EitherClient, httpx_client

ONCE = RetryPolicy(attempts=1, deadline=20)
LONG = "a" * 300
DOTTED = ".".join(["a" * 60] * 5)
HOST = st.text(string.ascii_letters + string.digits + ".-_[]:%/@?# \\é", max_size=80) | st.text(max_size=20)


@pytest.fixture(autouse=True)
def no_name_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system check names, and then find none, so that no test asks the network."""
    real = socket.getaddrinfo

    def find_none(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host in {"127.0.0.1", b"127.0.0.1", "::1"}:
            return real(host, port, *args, **kwargs)
        with suppress(OSError):
            real(host, port, flags=socket.AI_NUMERICHOST)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find_none)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def stop_by(kind: str, host: str, **options: Any) -> None:
    with EitherClient(kind, "p", "t", host, retry=ONCE, **options) as client:
        client.stop_stream("CA1", "ST1")


@pytest.mark.kinds(*WITH_AIOHTTP)
@settings(max_examples=20)
@given(host=HOST)
@example(LONG)
@example(DOTTED)
@example("[fe80::1%eth0]")
@example("1.1")
@example("0x7f.1:1")
def test_a_host_is_rejected_or_not_found(kind: str, host: str) -> None:
    with pytest.raises((SettingsError, APIError)):
        stop_by(kind, host)


@settings(max_examples=20)
@given(host=HOST, scheme=st.sampled_from(["http", "https", "http", "ftp", "socks5", "x", ""]))
@example(LONG, "http")
@example(DOTTED, "http")
@example("", "http")
@example("127.0.0.1:99999", "http")
@example("[::1%eth0]:1", "http")
@example("[::1]:-1", "http")
def test_a_proxy_of_the_environment_is_rejected_or_not_found(kind: str, host: str, scheme: str) -> None:
    proxy = f"{scheme}://{host}" if scheme else host
    if "\0" in proxy or not proxy.isprintable():
        return  # the environment cannot hold it
    with patch.dict(os.environ, {"HTTPS_PROXY": proxy}), pytest.raises((SettingsError, APIError)):
        stop_by(kind, "example.invalid")


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize(
    "proxy",
    ["http://127.0.0.1:99999", "127.0.0.1:99999", "https://127.0.0.1:65536", "http://127.0.0.1:0"]
    + ["http://127.0.0.1:-1", f"http://{LONG}", f"http://{LONG}:80", "http://a..b", "ftp://127.0.0.1:1", "://"],
)
def test_a_proxy_that_cannot_exist_is_rejected(
    kind: str, variable: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(SettingsError, match=f"^The proxy or certificate settings .* are invalid .*{variable}"):
        EitherClient(kind, "p", "t", "example.invalid")


@pytest.mark.kinds(*BOTH)
@pytest.mark.parametrize(
    "proxy", ["http://127.0.0.1:99999", "http://127.0.0.1:-1", f"http://{LONG}", f"http://{DOTTED}"]
)
def test_a_proxy_of_the_users_own_client_that_cannot_exist_fails_the_call(kind: str, proxy: str) -> None:
    with pytest.raises(APIConnectionError):
        stop_by(kind, "example.invalid", http_client=httpx_client(kind, proxy=proxy))
