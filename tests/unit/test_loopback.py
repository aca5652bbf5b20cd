"""Tell this machine, and a page of elsewhere, from the headers of a request."""

import pytest
from signalwire_streams._loopback import is_loopback_host, is_own_origin


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:80", "mock.localhost:8080", "127.0.0.1", "127.0.0.1:8080", "127.9.9.9:1", "[::1]:8080"],
)
def test_loopback_names_and_addresses_are_this_machine(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":80",
        "example.com",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "notlocalhost",
        ".localhost.com",
        "localhost@example.com",
        "localhost:80:80",
        "localhost,example.com",
        "10.0.0.1",
        "0.0.0.0",
        "[::]",
        "[::1",
        "[2001:db8::1]:80",
        "::1",
        "\x9b",
    ],
)
def test_every_other_host_is_foreign(host: str) -> None:
    assert not is_loopback_host(host)


def test_only_a_page_from_the_server_itself_has_its_origin() -> None:
    assert is_own_origin("http://127.0.0.1:8080", "127.0.0.1:8080")
    assert is_own_origin("https://LocalHost", "localhost")
    foreign = ["", "null", "http://", "127.0.0.1:8080", "http://127.0.0.1", "http://127.0.0.1:8081", "http://evil.test"]
    foreign += ["http://localhost:8080", "file://127.0.0.1:8080", "http://127.0.0.1:8080.evil.test"]
    assert not [origin for origin in foreign if is_own_origin(origin, "127.0.0.1:8080")]
    assert not is_own_origin("null", "null")
    assert not is_own_origin("http://", "")
