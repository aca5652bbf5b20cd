"""What networks and gateways do, tried on a real socket with both clients: the right error, in time, nothing left over."""

import asyncio
import random
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from signalwire_streams import (
    APIConnectionError,
    APIError,
    APIResponseError,
    APITimeoutError,
    AsyncStreamsClient,
    AuthenticationError,
    InputError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    Retry,
    RetryPolicy,
    ServerError,
    StreamsClient,
    StreamsError,
)
from support.both import WITH_AIOHTTP, EitherClient
from support.faulty import FAULTS, Connection, FaultyServer, a_gigabyte_packed, answering, faulty_server

KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
ONCE = RetryPolicy(attempts=1, deadline=0.6)
QUICK = RetryPolicy(backoff=0.001, deadline=2.0)

# What a stop meets once, and whether it may have been carried out: then a start is of unknown outcome.
MET: dict[str, tuple[type[APIError], bool]] = {
    "reset_before_reading": (APIConnectionError, True),
    "reset_after_reading": (APIConnectionError, True),
    "close_after_reading": (APIConnectionError, True),
    "say_nothing": (APITimeoutError, True),
    "drip_the_headers": (APITimeoutError, True),
    "drip_the_body": (APIResponseError, True),
    "half_a_body": (APIResponseError, True),
    "garbage": (APIConnectionError, True),
    "headers_without_end": (APIConnectionError, True),
    "body_of_100_megabytes": (APIResponseError, True),
    "html_with_200": (APIResponseError, True),
    "empty_200": (APIResponseError, True),
    "error_body_with_200": (APIResponseError, True),
    "gzip_broken": (APIResponseError, True),
    "gzip_cut": (APIResponseError, True),
    "gzip_bomb": (APIResponseError, True),
    "brotli_unasked": (APIResponseError, True),
    "status_400": (InvalidRequestError, False),
    "status_401": (AuthenticationError, False),
    "status_403": (PermissionDeniedError, False),
    "status_404": (NotFoundError, False),
    "status_408": (InvalidRequestError, True),
    "status_422": (InvalidRequestError, False),
    "status_429": (RateLimitError, False),
    "status_500": (ServerError, True),
    "status_502": (ServerError, True),
    "status_503": (ServerError, False),
    "too_busy": (ServerError, False),
    "status_504": (ServerError, True),
    "status_520": (ServerError, True),
    "status_599": (ServerError, True),
}
GOOD = {
    "ok",
    "ok_in_a_while",
    "close_after_answering",
    "ok_in_2_ms",
    "ok_in_2_ms_and_close",
    "gzip_good",
    "bad_header_bytes",
}


@pytest.fixture(scope="module")
def running_server() -> Iterator[FaultyServer]:
    a_gigabyte_packed()  # takes longer than a call may
    with faulty_server() as server:
        yield server


@pytest.fixture
def server(running_server: FaultyServer) -> Iterator[FaultyServer]:
    running_server.carried_out.clear()
    running_server.does("ok")
    yield running_server
    running_server.wait_until_all_are_closed()


@pytest.fixture
def faulty_client(kind: str, server: FaultyServer) -> Iterator[EitherClient]:
    with EitherClient(kind, "p", "t", server.url, retry=ONCE) as client:
        yield client


def test_every_fault_has_its_error() -> None:
    assert FAULTS.keys() == MET.keys() | GOOD


@pytest.mark.parametrize("fault", MET)
def test_a_stop_meets_the_fault_as_the_right_error_in_time(
    faulty_client: EitherClient, server: FaultyServer, fault: str
) -> None:
    server.does(fault)
    began = time.monotonic()
    with pytest.raises(APIError) as caught:
        faulty_client.stop_stream("CA1", "ST1")
    assert time.monotonic() - began < ONCE.deadline + 1
    assert type(caught.value) is MET[fault][0]
    assert caught.value.attempts == 1
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize("fault", MET)
def test_a_start_that_meets_the_fault_says_whether_a_stream_may_be_running(
    faulty_client: EitherClient, server: FaultyServer, fault: str
) -> None:
    server.does(fault)
    with pytest.raises(APIError) as caught:
        faulty_client.start_stream("CA1", URL, name="mine")
    expected, maybe_done = MET[fault]
    if maybe_done:
        assert type(caught.value) is OutcomeUnknownError
        assert type(caught.value.__cause__) is expected
        assert "A stream may be running on the call. Stop it by its name: stop_stream('CA1', 'mine')." in str(
            caught.value
        )
        assert (caught.value.call_sid, caught.value.name) == ("CA1", "mine")
        assert caught.value.status == caught.value.__cause__.status
    else:
        assert type(caught.value) is expected
        assert not server.carried_out


@pytest.mark.parametrize("fault", sorted(GOOD - {"close_after_answering"}))
def test_what_looks_odd_and_is_right_is_taken(faulty_client: EitherClient, server: FaultyServer, fault: str) -> None:
    server.does(fault)
    for _ in range(3):
        assert faulty_client.start_stream("CA1", URL, name="mine").status == "queued"


def test_a_start_of_unknown_outcome_without_a_name_says_what_is_left_to_do(
    faulty_client: EitherClient, server: FaultyServer
) -> None:
    server.does("close_after_reading")
    with pytest.raises(
        OutcomeUnknownError,
        match="It has no name to stop it by. Its status callback has its SID, and it ends with the call.",
    ):
        faulty_client.start_stream("CA1", URL)


@pytest.mark.parametrize("fault", [name for name, (_, maybe_done) in MET.items() if maybe_done])
def test_a_start_that_may_have_worked_is_never_repeated(kind: str, server: FaultyServer, fault: str) -> None:
    server.does(fault, "ok")
    patient = RetryPolicy(attempts=5, backoff=0.001, deadline=0.6)
    with EitherClient(kind, "p", "t", server.url, retry=patient) as client, pytest.raises(OutcomeUnknownError):
        client.start_stream("CA1", URL, name="mine")
    assert server.carried_out["start", "mine"] <= 1


@pytest.mark.parametrize("fault", ["status_429", "too_busy"])
def test_a_start_that_was_refused_for_now_is_repeated(kind: str, server: FaultyServer, fault: str) -> None:
    server.does(fault, fault, "ok")
    with EitherClient(kind, "p", "t", server.url, retry=QUICK) as client:
        assert client.start_stream("CA1", URL, name="mine").status == "queued"
    assert server.carried_out["start", "mine"] == 1


def test_a_start_is_repeated_until_a_connection_is_made(kind: str) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    told: list[Retry] = []

    def listen_from_now_on(retry: Retry) -> None:
        told.append(retry)
        if len(told) == 2:
            listener.listen()
            threading.Thread(target=answer_once, daemon=True).start()

    def answer_once() -> None:
        raw, _ = listener.accept()
        with raw:
            FAULTS["ok"](Connection(raw, counting))

    counting = FaultyServer("")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        policy = RetryPolicy(attempts=4, backoff=0.001, on_retry=listen_from_now_on)
        with EitherClient(kind, "p", "t", f"http://127.0.0.1:{port}", retry=policy) as client:
            assert client.start_stream("CA1", URL, name="mine").status == "queued"
    assert [retry.attempt for retry in told] == [1, 2]
    assert {type(retry.error) for retry in told} == {APIConnectionError}
    assert counting.carried_out["start", "mine"] == 1


NOT_TRANSIENT = ("status_4", "html", "empty", "error_body", "gzip", "brotli", "body_of")
PASSING = [name for name in MET if not name.startswith(NOT_TRANSIENT)] + ["status_408", "status_429"]


@pytest.mark.parametrize(
    "fault", [name for name in PASSING if not name.startswith("drip")]
)  # a drip takes all the time
def test_a_stop_is_repeated_on_anything_that_may_pass(kind: str, server: FaultyServer, fault: str) -> None:
    server.does(fault, "ok")
    policy = RetryPolicy(backoff=0.001, deadline=5)
    with EitherClient(kind, "p", "t", server.url, retry=policy, timeout=0.2) as client:
        assert client.stop_stream("CA1", "ST1").status == "queued"
    assert server.carried_out["stop", "ST1"] >= 1


@pytest.mark.parametrize("fault", [name for name in MET if name.startswith(NOT_TRANSIENT) and name not in PASSING])
def test_a_stop_is_not_repeated_where_another_attempt_would_meet_the_same(
    kind: str, server: FaultyServer, fault: str
) -> None:
    server.does(fault, "ok")
    with EitherClient(kind, "p", "t", server.url, retry=QUICK) as client, pytest.raises(APIError) as caught:
        client.stop_stream("CA1", "ST1")
    assert caught.value.attempts == 1


@pytest.mark.parametrize("fault", ["body_of_100_megabytes", "gzip_bomb"])
def test_an_answer_is_read_and_unpacked_up_to_a_limit(kind: str, server: FaultyServer, fault: str) -> None:
    server.does(fault)
    with (
        EitherClient(kind, "p", "t", server.url, retry=RetryPolicy(attempts=1)) as client,
        pytest.raises(APIResponseError, match="it is longer than 1000000 bytes"),
    ):
        client.stop_stream("CA1", "ST1")


@pytest.mark.parametrize("between", [[], ["status_429"]])
def test_a_stop_that_finds_nothing_after_a_lost_answer_says_that_it_may_have_worked(
    kind: str, server: FaultyServer, between: list[str]
) -> None:
    server.does("close_after_reading", *between, "status_404")
    with EitherClient(kind, "p", "t", server.url, retry=QUICK) as client, pytest.raises(NotFoundError) as caught:
        client.stop_stream("CA1", "ST1")
    assert caught.value.__notes__ == ["An earlier attempt, whose response was lost, may have stopped the stream."]
    assert caught.value.attempts == 2 + len(between)


def test_the_last_error_counts_the_attempts_and_the_hook_is_told_of_each_retry(kind: str, server: FaultyServer) -> None:
    server.does("status_500")
    told: list[Retry] = []
    policy = RetryPolicy(attempts=3, backoff=0.001, on_retry=told.append)
    with (
        EitherClient(kind, "p", "t", server.url, retry=policy) as client,
        pytest.raises(ServerError, match=r"\(POST /.*/ST1, HTTP 500, 3 attempts\)") as caught,
    ):
        client.stop_stream("CA1", "ST1")
    assert caught.value.attempts == 3
    assert [(retry.attempt, type(retry.error)) for retry in told] == [(1, ServerError), (2, ServerError)]
    assert all(0 <= retry.wait <= 0.002 for retry in told)


def test_a_call_can_have_a_policy_and_a_time_out_of_its_own(faulty_client: EitherClient, server: FaultyServer) -> None:
    server.does("status_500", "ok")
    assert faulty_client.stop_stream("CA1", "ST1", retry=QUICK).status == "queued"
    server.does("say_nothing")
    began = time.monotonic()
    with pytest.raises(APITimeoutError):
        faulty_client.stop_stream("CA1", "ST1", timeout=0.05)
    assert time.monotonic() - began < ONCE.deadline


@pytest.mark.parametrize("option", ["timeout", "retry"])
@pytest.mark.parametrize("value", ["1", 0, -1, True, float("nan")])
def test_a_time_out_or_policy_that_makes_no_sense_is_refused(
    faulty_client: EitherClient, server: FaultyServer, option: str, value: Any
) -> None:
    options: Any = {option: value}
    with pytest.raises(StreamsError, match=f"^{option} must be an? "):
        faulty_client.start_stream("CA1", URL, **options)
    with pytest.raises(StreamsError, match=f"^{option} must be an? "):
        EitherClient(faulty_client.kind, "p", "t", server.url, **options)


def test_a_connection_that_was_closed_between_two_calls_is_made_anew(
    faulty_client: EitherClient, server: FaultyServer
) -> None:
    before = server.connections
    for _ in range(3):
        server.does("close_after_answering")
        faulty_client.start_stream("CA1", URL)
        server.wait_until_all_are_closed()
    assert server.connections - before == 3


def test_a_name_that_does_not_resolve_is_a_connection_error(kind: str) -> None:
    with EitherClient(kind, "p", "t", "https://no-such-host.invalid", retry=ONCE) as client:
        with pytest.raises(APIConnectionError, match=r"^No response from no-such-host\.invalid: "):
            client.stop_stream("CA1", "ST1")
        with pytest.raises(APIConnectionError) as caught:
            client.start_stream("CA1", URL)
    assert type(caught.value) is APIConnectionError


def test_a_redirect_to_another_host_takes_no_token_along(kind: str, server: FaultyServer) -> None:
    with faulty_server() as elsewhere:
        answering("redirect", 307, b"", f"Location: {elsewhere.url}/api/laml/2010-04-01")
        server.does("redirect")
        with (
            EitherClient(kind, "p", "t", server.url, retry=ONCE) as client,
            pytest.raises(APIResponseError, match="redirect to 'http://127.0.0.1:.*', which is not followed"),
        ):
            client.start_stream("CA1", URL)
        assert elsewhere.connections == 0
    del FAULTS["redirect"]


SLOW = {"say_nothing", "drip_the_headers", "drip_the_body", "headers_without_end", "body_of_100_megabytes", "gzip_bomb"}
SCHEDULED = (
    [name for name in FAULTS if name not in SLOW] + ["ok"] * 6 + ["say_nothing", "drip_the_headers", "drip_the_body"]
)
DEADLINE = 0.5


class Schedule:
    """A few starts and stops by one client, through faults picked by a seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.policy = RetryPolicy(
            attempts=self.random.randint(1, 4), backoff=0.002, deadline=DEADLINE, cleanup=DEADLINE
        )
        self.calls = [(self.random.choice(["start", "stop", "block"]), f"n{seed}-{number}") for number in range(6)]
        self.problems: list[str] = []
        self.longest = 0.0

    def judge(self, began: float, error: BaseException | None, budget: float) -> None:
        took = time.monotonic() - began
        self.longest = max(self.longest, took)
        if error is not None and not isinstance(error, StreamsError):
            self.problems.append(f"not one of ours: {error!r}")
        if took > budget + 3:  # the machine is shared: a hung call would take for ever
            self.problems.append(f"took {took:.1f} s of {budget} s")

    def run_sync(self, url: str) -> "Schedule":
        with StreamsClient("p", "t", url, retry=self.policy, timeout=0.2) as client:
            for action, name in self.calls:
                began, error = time.monotonic(), None
                try:
                    if action == "start":
                        client.start_stream("CA1", URL, name=name)
                    elif action == "stop":
                        client.stop_stream("CA1", name)
                    else:
                        with client.stream("CA1", URL, name=name):
                            pass
                except BaseException as caught:  # noqa: BLE001  it is judged
                    error = caught
                self.judge(began, error, DEADLINE * 2 if action == "block" else DEADLINE)
        return self

    async def run_async(self, url: str) -> "Schedule":
        async with AsyncStreamsClient("p", "t", url, retry=self.policy, timeout=0.2) as client:
            for action, name in self.calls:
                began, error = time.monotonic(), None
                try:
                    if action == "start":
                        await client.start_stream("CA1", URL, name=name)
                    elif action == "stop":
                        await client.stop_stream("CA1", name)
                    else:
                        async with client.stream("CA1", URL, name=name):
                            pass
                except Exception as caught:  # noqa: BLE001  it is judged
                    error = caught
                self.judge(began, error, DEADLINE * 2 if action == "block" else DEADLINE)
        return self


def test_no_schedule_of_faults_starts_a_stream_twice_or_outlives_its_deadline(
    kind: str, server: FaultyServer, request: pytest.FixtureRequest
) -> None:
    first = request.config.getoption("--seed")
    schedules = [Schedule(first + number) for number in range(request.config.getoption("--schedules"))]
    lock = threading.Lock()
    picks = random.Random(first)

    def pick() -> Any:
        with lock:
            return FAULTS[picks.choice(SCHEDULED)]

    server.pick = pick
    print(f"{len(schedules)} schedules from seed {first}: pytest --seed {first} --schedules {len(schedules)}")
    if kind == "sync":
        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda schedule: schedule.run_sync(server.url), schedules))
    else:

        async def run_all() -> list[Schedule]:
            limit = asyncio.Semaphore(8)

            async def run(schedule: Schedule) -> Schedule:
                async with limit:
                    return await schedule.run_async(server.url)

            found = await asyncio.gather(*(run(schedule) for schedule in schedules))
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return found

        done = asyncio.run(run_all())
    server.wait_until_all_are_closed(20)  # what reads the requests may be behind those that sent them
    calls = sum(len(schedule.calls) for schedule in done)
    print(
        f"{calls} calls, the longest {max(schedule.longest for schedule in done):.2f} s, {len(server.carried_out)} carried out"
    )
    assert [(schedule.seed, schedule.problems) for schedule in done if schedule.problems] == []
    twice = {name: count for (action, name), count in server.carried_out.items() if action == "start" and count > 1}
    assert twice == {}
    assert len(server.carried_out) > calls // 4


def test_errors_that_are_behind_each_other_in_a_ring_end_the_call() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        error = httpx.ConnectError("refused")
        raise error from error

    with (
        StreamsClient("p", "t", "http://127.0.0.1:1", retry=ONCE, transport=httpx.MockTransport(fail)) as client,
        pytest.raises(APIConnectionError, match="refused"),
    ):
        client.start_stream("CA1", URL)


def test_an_exception_that_the_caller_was_handling_keeps_its_traceback(kind: str) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    closed.close()

    def code_of_the_caller() -> None:
        raise KeyError("mine")

    with EitherClient(kind, "p", "t", url, retry=ONCE) as client:
        try:
            code_of_the_caller()
        except KeyError as mine:
            with pytest.raises(APIConnectionError):
                client.stop_stream("CA1", "ST1")
            with pytest.raises(InputError):
                client.start_stream("CA1", "ws://stream.example.com")
            frames = traceback.extract_tb(mine.__traceback__)
    assert [frame.name for frame in frames][-1] == "code_of_the_caller"
