"""How long an idle connection stays open after a response."""

import pytest
from signalwire_streams._transport import idle_seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"timeout=5", 4),
        (b"timeout=5, max=100", 4),
        (b"max=100,timeout=5", 4),
        (b"Timeout = 20 ", 19),
        (b"timeout=8, timeout=5", 4),
        (b"timeout=51", 50),
        (b"timeout=600", 50),
        (b"timeout=1", 0),
        (b"timeout=0", -1),
        (b"timeout=" + b"9" * 5000, 50),
    ],
)
def test_a_keep_alive_header_lowers_it_to_a_second_less(value: bytes, seconds: float) -> None:
    assert idle_seconds([(b"Date", b"now"), (b"keep-Alive", value)], 50) == seconds


@pytest.mark.parametrize(
    "value",
    [b"", b"timeout", b"timeout=", b"timeout=x", b"timeout=-5", b"timeout=5.5", b'timeout="5"', b"timeout=5 s", b"5"]
    + [b"notimeout=5", b"max=5", b"timeout=\xb2", b"\xff"],
)
def test_a_malformed_keep_alive_header_is_ignored(value: bytes) -> None:
    assert idle_seconds([(b"Keep-Alive", value)], 50) == 50


def test_the_lowest_of_several_headers_counts() -> None:
    assert idle_seconds([(b"Keep-Alive", b"timeout=9"), (b"Keep-Alive", b"timeout=7")], 50) == 6
    assert idle_seconds([(b"X-Keep-Alive", b"timeout=9")], 50) == 50
    assert idle_seconds([], 0.5) == 0.5
