"""The original exception of a transport stays in the chain of `__cause__`, with its text and its traceback."""

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from signalwire_streams import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    OutcomeUnknownError,
    RetryPolicy,
)
from support.both import EitherClient, httpx_client

URL = "wss://stream.example.com/audio"

ORIGINAL = {
    "proxy": (httpx.ConnectError, "my proxy is down", APIConnectionError),
    "cache": (httpx.ReadTimeout, "my cache layer is slow", APITimeoutError),
    "disk": (OSError, "my disk is full", APIConnectionError),
}
EACH_ORIGINAL = pytest.mark.parametrize("original", ORIGINAL)


class FailingTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A user's transport whose lower layer fails."""

    def __init__(self, original: str) -> None:
        self.error, self.text, _ = ORIGINAL[original]

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002  httpx's
        return self.ask_the_lower_layer()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002  httpx's
        return self.ask_the_lower_layer()

    def ask_the_lower_layer(self) -> httpx.Response:
        raise self.error(self.text)


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and those in its chain of `__cause__`."""
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__


def start(client: EitherClient) -> object:
    return client.start_stream("CA1", URL, name="mine")


def stop(client: EitherClient) -> object:
    return client.stop_stream("CA1", "ST1")


def enter(client: EitherClient) -> object:
    with client.stream("CA1", URL, name="mine"):
        pytest.fail("the block must not be entered")


@pytest.mark.parametrize("through", ["transport", "http_client"])
@pytest.mark.parametrize("call", [start, stop, enter])
@EACH_ORIGINAL
def test_the_original_exception_is_a_cause_with_its_text_and_frames(
    kind: str, original: str, call: Callable[[EitherClient], object], through: str
) -> None:
    expected, text, raised = ORIGINAL[original]
    transport = FailingTransport(original)
    given: Any = transport if through == "transport" else httpx_client(kind, transport=transport)
    policy = RetryPolicy(attempts=1, cleanup=0.05)
    with EitherClient(kind, "p", "t", "example", retry=policy, **{through: given}) as client:
        with pytest.raises(APIError) as caught:
            call(client)
    errors = list(chain(caught.value))
    assert type(errors[-1]) is expected
    assert str(errors[-1]) == text
    functions = [frame.name for frame in traceback.extract_tb(errors[-1].__traceback__)]
    handler = "handle_request" if kind == "sync" else "handle_async_request"
    assert functions[-2:] == [handler, "ask_the_lower_layer"]
    assert type(errors[-2]) is raised
    assert type(errors[0]) is (raised if call is stop or original == "proxy" else OutcomeUnknownError)


@EACH_ORIGINAL
def test_a_printed_traceback_shows_the_original_exception_and_the_transport(kind: str, original: str) -> None:
    expected, text, _ = ORIGINAL[original]
    policy = RetryPolicy(attempts=1)
    with EitherClient(kind, "p", "t", "example", retry=policy, transport=FailingTransport(original)) as client:
        with pytest.raises(APIError) as caught:
            start(client)
    printed = "".join(traceback.format_exception(caught.value))
    assert f"{expected.__name__}: {text}\n" in printed
    assert "raise self.error(self.text)" in printed


def test_the_cause_is_that_of_the_last_attempt(kind: str) -> None:
    class Counting(FailingTransport):
        attempts = 0

        def ask_the_lower_layer(self) -> httpx.Response:
            self.attempts += 1
            raise httpx.ConnectError(f"my proxy is down {self.attempts}")

    policy = RetryPolicy(attempts=3, backoff=0.001)
    with EitherClient(kind, "p", "t", "example", retry=policy, transport=Counting("proxy")) as client:
        with pytest.raises(APIConnectionError) as caught:
            start(client)
    assert str(caught.value.__cause__) == "my proxy is down 3"
    assert "No response from example.signalwire.com: my proxy is down 3. (POST " in str(caught.value)


def test_the_cause_of_an_exception_of_the_transport_is_kept(kind: str) -> None:
    class Chained(FailingTransport):
        def ask_the_lower_layer(self) -> httpx.Response:
            try:
                raise ValueError("the bad entry")
            except ValueError as error:
                raise httpx.ReadTimeout("my cache layer is slow") from error

    policy = RetryPolicy(attempts=1)
    with EitherClient(kind, "p", "t", "example", retry=policy, transport=Chained("cache")) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            start(client)
    texts = [str(each) for each in chain(caught.value)]
    assert texts[-2:] == ["my cache layer is slow", "the bad entry"]
