"""Routes: the mock connects to this machine, along routes, and nowhere else."""

import pytest
from signalwire_streams.mock import MockServer
from signalwire_streams.mock._streams.routes import Origin, Routes


@pytest.mark.parametrize(
    "url",
    [
        "wss://agent.example.com/a",
        "wss://agent.example.com",
        "wss://AGENT.example.com:443/a/b",
    ],
)
def test_a_route_applies_to_all_urls_of_its_host_and_port(url: str) -> None:
    made = Routes({"wss://Agent.example.com/": "ws://127.0.0.1:8000"})
    assert made.find(url) == Origin("ws", "127.0.0.1", 8000)


@pytest.mark.parametrize(
    "url",
    [
        "wss://agent.example.com.evil.example/",
        "wss://agent.example.com:444/",
        "wss://sub.agent.example.com/",
        "https://agent.example.com/",
        "wss://8.8.8.8/",
        "wss://127.1/",
        "wss://localhost.example.com/",
        "wss://0.0.0.0/",
        "wss://app.localhost/",
    ],
)
def test_the_mock_connects_to_no_other_url(url: str) -> None:
    assert Routes({"wss://agent.example.com": "ws://127.0.0.1:8000"}).find(url) is None


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("wss://127.0.0.1/", Origin("wss", "127.0.0.1", 443)),
        ("wss://127.9.9.9:5/", Origin("wss", "127.9.9.9", 5)),
        ("wss://localhost:8443/", Origin("wss", "localhost", 8443)),
        ("wss://[::1]:8443/", Origin("wss", "::1", 8443)),
        ("http://user:p@127.0.0.1:8000/x?y#z", Origin("http", "127.0.0.1", 8000)),
        ("https://localhost/", Origin("https", "localhost", 443)),
    ],
)
def test_this_machine_needs_no_route(url: str, origin: Origin) -> None:
    assert Routes().find(url) == origin


def test_a_route_from_a_host_to_itself_allows_that_host() -> None:
    made = Routes({"wss://real.example.com": "wss://real.example.com"})
    assert made.find("wss://real.example.com/a") == Origin("wss", "real.example.com", 443)


@pytest.mark.parametrize(
    ("prefix", "target", "problem"),
    [
        ("wss://a.example", "ws://b.example", "it is unencrypted and leaves this machine"),
        ("wss://a.example", "ws://192.168.1.2:80", "it is unencrypted and leaves this machine"),
        ("http://a.example", "http://a.example", "it is unencrypted and leaves this machine"),
        ("wss://a.example", "http://127.0.0.1", "cannot lead from WebSocket to HTTP"),
        ("https://a.example", "ws://127.0.0.1", "cannot lead from HTTP to WebSocket"),
        ("ws://a.example", "ws://127.0.0.1", "Use wss:// there"),
        ("wss://a.example/path", "ws://127.0.0.1", "more than a scheme, host and port"),
        ("wss://a.example", "ws://127.0.0.1/path", "more than a scheme, host and port"),
        ("wss://u:p@a.example", "ws://127.0.0.1", "more than a scheme, host and port"),
        ("wss://a.example?x", "ws://127.0.0.1", "more than a scheme, host and port"),
        ("a.example", "ws://127.0.0.1", "must start with wss:"),
        ("wss://", "ws://127.0.0.1", "and have a host"),
        ("wss://a.example", "ws://127.0.0.1:99999", "[Pp]ort"),
        ("ftp://a.example", "ws://127.0.0.1", "and have a host"),
    ],
)
def test_an_unsafe_or_invalid_route_is_refused(prefix: str, target: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        MockServer().route(prefix, target)
    with pytest.raises(ValueError, match=problem):
        MockServer(routes={prefix: target})


def test_the_error_message_shows_no_credentials() -> None:
    with pytest.raises(ValueError, match="a.example") as error:
        Routes({"wss://user:hunter2@a.example": "ws://127.0.0.1"})
    assert "hunter2" not in str(error.value)
