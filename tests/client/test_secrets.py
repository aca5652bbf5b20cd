"""A canary is planted in every secret, and looked for wherever something is shown."""

import asyncio
import base64
import copy
import json
import logging
import os
import pickle
import subprocess
import textwrap
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import attrs
import httpx
import pytest
from signalwire_streams import APIError, AsyncStreamsClient, InputError, RetryPolicy, SettingsError, StreamsClient
from support.both import WITH_AIOHTTP, EitherClient, httpx_client
from support.canned import STREAM, stream_for
from support.faulty import FAULTS, Connection, FaultyServer, faulty_server
from support.pytest_runs import pytest_command

CANARY = "c4nary-k3y+/="  # with characters that forms and JSON spell otherwise
KINDS = WITH_AIOHTTP
URL = "wss://stream.example.com/audio"
SECRETS: dict[str, Any] = {"authorization_bearer_token": CANARY, "parameters": {"Password": CANARY}}
ONCE = RetryPolicy(attempts=1, deadline=0.5)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


def echo_everything(connection: Connection) -> bool:
    """Answer with an error that repeats the request, as a debugging gateway does."""
    if request := connection.read():
        repeated = f"{request.headers} {request.body.decode()} {CANARY!r}".replace('"', "'")
        connection.answer(500, b'{"code": 1, "more_info": "%b", "message": "%b"}' % ((repeated.encode(),) * 2))
    return True


def spellings() -> list[str]:
    return [
        CANARY,
        quote_plus(CANARY),
        quote(CANARY),
        json.dumps(CANARY)[1:-1],
        base64.b64encode(f"p:{CANARY}".encode()).decode(),
    ]


def assert_clean(text: str, what: str) -> None:
    for spelling in spellings():
        assert spelling not in text, f"{what} shows the canary:\n{text[max(0, text.index(spelling) - 300) :][:700]}"


def assert_error_is_clean(error: BaseException) -> None:
    """Look in all that an error shows; the local variables of frames are not ours to hide."""
    assert_clean(str(error), "str")
    assert_clean(repr(error), "repr")
    assert_clean("".join(traceback.format_exception(error)), "the traceback")
    assert_clean("".join(getattr(error, "__notes__", [])), "a note")
    assert_clean(repr(pickle.loads(pickle.dumps(error)).__dict__), "the pickled error")
    pending = [error]
    while pending:
        each = pending.pop()
        assert_clean(str(each) + repr(each), f"{type(each).__name__} in the chain")
        pending += filter(None, [each.__cause__, each.__context__])


@pytest.mark.parametrize("fault", [*FAULTS, "echo_everything", "refused"])
def test_no_error_of_a_call_shows_a_secret(kind: str, server: FaultyServer, fault: str) -> None:
    if fault == "echo_everything":
        server.pick = lambda: echo_everything
    elif fault != "refused":
        server.does(fault)
    url = "http://127.0.0.1:9" if fault == "refused" else server.url
    with EitherClient(kind, "p", CANARY, url, retry=ONCE) as client:
        assert_clean(repr(client.client), "the client's repr")
        calls: list[Any] = [
            lambda: client.client.start_stream("CA1", URL, name="mine", **SECRETS),
            lambda: client.client.stop_stream("CA1", "ST1"),
        ]
        for call in calls:
            try:
                client._do(call())
            except APIError as error:
                assert_error_is_clean(error)


@pytest.mark.parametrize("secret", SECRETS)
def test_each_secret_that_a_server_repeats_is_redacted(kind: str, server: FaultyServer, secret: str) -> None:
    server.pick = lambda: echo_everything
    with EitherClient(kind, "p", "t", server.url, retry=ONCE) as client, pytest.raises(APIError) as caught:
        client.start_stream("CA1", URL, **{secret: SECRETS[secret]})
    assert_clean(str(caught.value) + repr(vars(caught.value)), "the error")
    assert "[redacted]" in str(vars(caught.value))


def repeat_in_a_stream(connection: Connection) -> bool:
    """Answer with a stream that has the canary in every text but the call's SID."""
    if request := connection.read():
        stream = {field: f"{CANARY} {field}" for field in STREAM} | {"call_sid": "CA1", "note": CANARY}
        is_stop = b"Status=stopped" in request.body
        body = f"{CANARY} {quote_plus(CANARY)}".encode() if is_stop else json.dumps(stream).encode()
        connection.answer(500 if is_stop else 200, body)
    return True


REPEATED: dict[str, dict[str, Any]] = {
    "token": {},
    "bearer token": {"authorization_bearer_token": CANARY},
    "parameter": {"parameters": {"Password": CANARY}},
}


@pytest.mark.parametrize("secret", REPEATED)
def test_no_stream_shows_a_secret_that_a_server_repeats(
    kind: str, server: FaultyServer, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.pick = lambda: repeat_in_a_stream
    caplog.set_level(logging.DEBUG, "signalwire_streams")
    token = CANARY if secret == "token" else "t"
    with EitherClient(kind, "p", token, server.url, retry=ONCE) as client:
        with pytest.raises(ZeroDivisionError) as caught, client.stream("CA1", URL, **REPEATED[secret]) as stream:
            raise ZeroDivisionError
        with pytest.raises(APIError) as failed, client.stream("CA1", URL, **REPEATED[secret]):
            pass
        if secret == "token":
            with pytest.raises(APIError) as stopped:
                client.stop_stream("CA1", stream.sid)
            assert_error_is_clean(stopped.value)
    assert "[redacted] sid" in repr(stream)
    assert_clean(repr(stream) + repr(attrs.evolve(stream)) + repr(pickle.loads(pickle.dumps(stream))), "the repr")
    assert_clean(str(stream.unreadable), "what is unreadable")
    with pytest.raises(APIError, match="must be an RFC 2822 date; got '.redacted. date_updated'") as unreadable:
        _ = stream.date_updated
    assert_error_is_clean(unreadable.value)
    assert_error_is_clean(caught.value)
    assert_error_is_clean(failed.value)
    for record in caplog.records:
        if record.name == "signalwire_streams":
            assert_clean(record.getMessage(), "a log line")
    assert (stream.sid, stream.name, stream.status) == (f"{CANARY} sid", f"{CANARY} name", f"{CANARY} status")


def test_a_stream_shows_the_name_and_the_call_though_a_parameter_repeats_them(kind: str, server: FaultyServer) -> None:
    server.does("ok")
    parameters = {"Agent": "my-agent", "Call": "CA1234", "Account": "a-project"}
    with EitherClient(kind, "a-project", CANARY, server.url, retry=ONCE) as client:
        stream = client.start_stream("CA1234", URL, name="my-agent", parameters=parameters)
    assert "call_sid='CA1234', name='my-agent'" in repr(stream)


# What breaks HTTP in places that httpx's and aiohttp's exceptions quote.
BROKEN_HEADS = {
    "no status line": b"%b",
    "a status line of another version": b"HTTP/9.9 200 %b",
    "a header without a colon": b"HTTP/1.1 200 OK\r\n%b",
    "a header whose name is none": b"HTTP/1.1 200 OK\r\nA b %b: 1",
    "a size of a chunk that is none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b",
}
ODD = "c4nary \"k3y\" 'é' \\"  # spelled otherwise by all that quote it


@pytest.mark.parametrize("head", BROKEN_HEADS)
@pytest.mark.parametrize("secret", ["token", "credentials", "bearer token", "parameter", "quoted parameter"])
def test_the_original_exception_shows_no_secret_that_a_server_repeats(
    kind: str, server: FaultyServer, head: str, secret: str
) -> None:
    repeated = {
        "credentials": base64.b64encode(f"p:{CANARY}".encode()),
        "parameter": ODD.encode(),
        "quoted parameter": quote_plus(ODD).encode(),
    }.get(secret, CANARY.encode())

    def repeat(connection: Connection) -> bool:
        if connection.read():
            connection.send(BROKEN_HEADS[head] % repeated + b"\r\n\r\n")
        return False

    server.pick = lambda: repeat
    token = CANARY if secret in {"token", "credentials"} else "t0ken"
    options: Any = {
        "bearer token": {"authorization_bearer_token": CANARY},
        "parameter": {"parameters": {"Password": ODD}},
        "quoted parameter": {"parameters": {"Password": ODD}},
    }.get(secret, {})
    with EitherClient(kind, "p", token, server.url, retry=ONCE) as client, pytest.raises(APIError) as caught:
        client.start_stream("CA1", URL, **options)
    assert_error_is_clean(caught.value)
    shown = "".join(traceback.format_exception(caught.value))
    assert "c4nary" not in shown, shown
    if head == "no status line":
        causes = [caught.value.__cause__, getattr(caught.value.__cause__, "__cause__", None)]
        assert isinstance(causes[1], httpx.RemoteProtocolError), causes
        assert "[redacted]" in str(causes[1])


@pytest.mark.parametrize("header", ["Content-Encoding", "X-Any", "Location"])
@pytest.mark.parametrize("spell", [str, quote_plus])
def test_no_secret_that_a_header_repeats_is_shown(
    kind: str, server: FaultyServer, header: str, spell: Callable[[str], str]
) -> None:
    def repeat(connection: Connection) -> bool:
        if connection.read():
            connection.answer(302 if header == "Location" else 200, b"{}", f"{header}: {spell(CANARY)}")
        return True

    server.pick = lambda: repeat
    with EitherClient(kind, "p", CANARY, server.url, retry=ONCE) as client, pytest.raises(APIError) as caught:
        client.start_stream("CA1", URL)
    assert_error_is_clean(caught.value)
    assert caught.value.headers is not None
    assert caught.value.headers[header] == "[redacted]"


@pytest.mark.parametrize("before", [60, 70, 77, 78, 79, 80, 190, 199, 200, 390, 399, 400])
def test_a_date_with_a_secret_is_redacted_before_it_is_cut(kind: str, server: FaultyServer, before: int) -> None:
    def repeat(connection: Connection) -> bool:
        if request := connection.read():
            date = "x" * before + CANARY
            connection.answer(200, json.dumps(stream_for(request.path, request.body) | {"date_updated": date}).encode())
        return True

    server.pick = lambda: repeat
    with EitherClient(kind, "p", CANARY, server.url, retry=ONCE) as client:
        try:
            shown = repr(client.start_stream("CA1", URL))
        except APIError as error:
            assert_error_is_clean(error)
            shown = str(error)
    assert "c4n" not in shown


BAD: list[dict[str, Any]] = [
    {"track": "sideways"},
    {"name": ".."},
    {"status_callback": "/relative"},
    {"authorization_bearer_token": CANARY + " "},
    {"parameters": {"Password": [CANARY]}},
    {"parameters": {"Password": CANARY, "Other": None}},
    {"parameters": [("Password", CANARY)] * 100},
    {"status_callback": f"user:{CANARY}@h/?x=https://y"},
    {"nam": CANARY},
]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("way", ["start_stream", "stream"])
def test_no_error_about_an_argument_shows_a_secret(kind: str, way: str, bad: dict[str, Any]) -> None:
    with EitherClient(kind, "p", CANARY, "example") as client:
        try:
            if way == "start_stream":
                client._do(client.client.start_stream("CA1", URL, **(SECRETS | bad)))
            else:
                client._do(
                    client.client.stream("CA1", URL, **(SECRETS | bad)).__aenter__()
                ) if client.runner else client.client.stream("CA1", URL, **(SECRETS | bad)).__enter__()
        except (InputError, TypeError) as error:
            assert_error_is_clean(error)
        else:
            pytest.fail("it was taken")


@pytest.mark.parametrize(
    "settings", [{"host": "http://example.com"}, {"host": "a b"}, {"project": ""}, {"timeout": -1}, {"http_client": 1}]
)
def test_no_error_about_a_setting_shows_a_secret(kind: str, settings: dict[str, Any]) -> None:
    try:
        EitherClient(kind, **({"project": "p", "token": CANARY, "host": "h"} | settings))
    except (SettingsError, InputError) as error:
        assert_error_is_clean(error)
    else:
        pytest.fail("it was taken")


def test_an_exception_in_a_block_shows_no_secret(kind: str, server: FaultyServer) -> None:
    server.does("ok")
    with EitherClient(kind, "p", CANARY, server.url, retry=ONCE) as client:
        try:
            with client.stream("CA1", URL, **SECRETS):
                raise ZeroDivisionError
        except ZeroDivisionError as error:
            assert_error_is_clean(error)


@pytest.mark.parametrize("fault", ["ok", "status_500", "status_401", "close_after_reading", "echo_everything"])
def test_no_log_line_of_any_level_shows_a_secret(
    kind: str, server: FaultyServer, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    for name in ("httpx", "httpcore", "aiohttp", "asyncio", "signalwire_streams"):
        caplog.set_level(1, name)
    server.pick = lambda: echo_everything if fault == "echo_everything" else FAULTS[fault]
    with EitherClient(kind, "p", CANARY, server.url, retry=RetryPolicy(backoff=0.001)) as client:
        calls: list[Any] = [
            lambda: client.start_stream("CA1", URL, **SECRETS),
            lambda: client.stop_stream("CA1", "ST1"),
        ]
        for call in calls:
            with suppress(APIError):
                call()
    assert ("signalwire_streams" if kind == "aiohttp" else "httpcore") in {
        record.name.partition(".")[0] for record in caplog.records
    }
    for record in caplog.records:
        if fault != "echo_everything" or not record.name.startswith("httpcore"):
            assert_clean(record.getMessage(), f"a log line of {record.name}")


def test_pytest_shows_no_secret(tmp_path: Path) -> None:
    """The real pytest. What --tb=long shows, the locals and arguments of frames, is the user's to show or to hide."""
    (tmp_path / "test_user.py").write_text(
        textwrap.dedent(
            f"""
            import os
            from signalwire_streams import StreamsClient, RetryPolicy

            def test_it():
                with StreamsClient(host="http://127.0.0.1:9", retry=RetryPolicy(attempts=2, backoff=0.001)) as client:
                    client.start_stream("CA1", "{URL}", name="n", authorization_bearer_token=os.environ["SECRET"],
                                        parameters=[("Password", os.environ["SECRET"])])

            def test_bad_input():
                with StreamsClient(host="http://127.0.0.1:9") as client:
                    client.start_stream("CA1", "{URL}", authorization_bearer_token=os.environ["SECRET"], track="no")

            def test_bad_setting():
                StreamsClient(token=os.environ["SECRET"], host="http://example.com")
            """
        )
    )
    environment = os.environ | {"SECRET": CANARY, "SIGNALWIRE_API_TOKEN": CANARY, "SIGNALWIRE_PROJECT_ID": "p"}
    command = pytest_command("-vv", "--tb=short", ".")
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "3 failed" in done.stdout, done.stdout
    assert_clean(done.stdout + done.stderr, "pytest")


def test_every_error_survives_a_pickle_and_a_copy(kind: str, server: FaultyServer) -> None:
    with EitherClient(kind, "p", "t", server.url, retry=ONCE) as client:
        for fault in ("status_401", "close_after_reading", "status_422", "html_with_200"):
            server.does(fault)
            with pytest.raises(APIError) as caught:
                client.start_stream("CA1", URL, name="mine")
            error = caught.value
            error.add_note("a note")
            for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
                assert (type(twin), str(twin), twin.__notes__) == (type(error), str(error), ["a note"])
                assert (twin.status, twin.attempts, twin.headers) == (error.status, error.attempts, error.headers)


def test_a_redirected_client_of_the_users_own_keeps_the_token_too(server: FaultyServer) -> None:
    async def main() -> None:
        async with httpx_client("async") as http:
            server.does("status_401")
            client = AsyncStreamsClient("p", CANARY, server.url, http_client=http, retry=ONCE)
            with pytest.raises(APIError) as caught:
                await client.stop_stream("CA1", "ST1")
            assert_clean(str(caught.value) + repr(vars(caught.value)), "the error")

    asyncio.run(main())


def test_the_settings_of_a_client_are_shown_without_the_token() -> None:
    with StreamsClient("p", CANARY, "example") as client:
        assert_clean(repr(client) + repr(vars(client)) + repr(client._settings), "a client")
