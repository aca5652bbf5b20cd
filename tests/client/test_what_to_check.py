"""An error says what to check, if the host or the proxy cannot be used."""

import os

import httpx
import pytest
from signalwire_streams import APIConnectionError, APIError, NotFoundError, RetryPolicy
from support.both import EitherClient
from support.canned import CannedServer
from support.unusable import UNUSABLE

ONCE = RetryPolicy(attempts=1)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_check_says_what_to_check(kind: str, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unusable, sentence = UNUSABLE[case]
    with unusable() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with EitherClient(kind, "p", "c4nary-s3cret", timeout=2, retry=ONCE) as client:
            with pytest.raises(APIError, match=sentence) as caught:
                client.check()
    assert "c4nary" not in str(caught.value)


@pytest.mark.kinds("aiohttp")
@pytest.mark.parametrize("case", ["unknown name", "closed port", "untrusted certificate", "no TLS"])
def test_aiohttp_does_not_hide_what_to_check(kind: str, case: str) -> None:
    unusable, sentence = UNUSABLE[case]
    with unusable() as environment, EitherClient(kind, "p", "t", environment["SIGNALWIRE_SPACE"], retry=ONCE) as client:
        with pytest.raises(APIConnectionError, match=sentence):
            client.check()


def test_a_connection_that_is_not_made_in_time_says_so(kind: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("timed out")  # a host that drops packets cannot be had on this machine

    with EitherClient(kind, "p", "t", "example", transport=httpx.MockTransport(answer), retry=ONCE) as client:
        with pytest.raises(APIConnectionError, match=r"It cannot be reached\. Check the host, and firewalls"):
            client.check()


def test_a_start_on_an_unknown_call_says_to_check_its_sid(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(404, {"code": 20404, "message": "not found", "status": 404})
    with pytest.raises(NotFoundError, match=r"HTTP 404, code 20404\) Check the SID of the call"):
        canned_client.start_stream("CA1", "wss://stream.example.com/audio")
    with pytest.raises(NotFoundError, match=r"HTTP 404, code 20404\) Check that the host is your SignalWire space"):
        canned_client.check()


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        (b"<!DOCTYPE html>", "Check that the host is your SignalWire space"),
        (b"", "Check the SID of the call"),
        ({"code": 20404}, "Check the SID of the call"),
    ],
)
def test_a_404_that_is_not_of_the_api_says_to_check_the_host(
    canned: CannedServer, canned_client: EitherClient, body: object, advice: str
) -> None:
    canned.answer(404, body)
    with pytest.raises(NotFoundError, match=advice):
        canned_client.stop_stream("CA1", "ST1")
