"""Both clients read any response safely, on a real socket."""

import json
import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from signalwire_streams import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    CallStateError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RetryPolicy,
    ServerError,
    Stream,
    StreamsError,
)
from support.both import EitherClient
from support.canned import STREAM, CannedServer

URL = "wss://stream.example.com/audio"
ONCE = RetryPolicy(attempts=1)


def ask(client: EitherClient) -> Stream:
    """Stop a stream. Its response is read as a start's is, but its error is never an OutcomeUnknownError."""
    return client.stop_stream("CA1", "ST1")


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_any_2xx_with_a_stream_succeeds(canned: CannedServer, canned_client: EitherClient, status: int) -> None:
    canned.answer(status, STREAM)
    stream = ask(canned_client)
    assert stream.sid == "b3877c40-da60-4998-90ad-b792e98472st"
    assert stream.date_updated == datetime(2018, 9, 19, 21, tzinfo=UTC)


def test_an_unknown_status_is_passed_through(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(200, STREAM | {"status": "paused"})
    assert ask(canned_client).status == "paused"


def test_unknown_fields_are_kept_in_raw(canned: CannedServer, canned_client: EitherClient) -> None:
    answer = STREAM | {"codec": "PCMU", "links": {"self": "/x"}}
    canned.answer(200, answer)
    assert ask(canned_client).raw == answer | {"call_sid": "CA1"}


def test_a_missing_sid_is_named(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(200, {name: value for name, value in STREAM.items() if name != "sid"})
    with pytest.raises(APIResponseError, match="^The response has no 'sid'[.] It begins with "):
        ask(canned_client)


@pytest.mark.parametrize("value", [None, 7, True, ["x"], {"x": "y"}])
def test_a_sid_of_the_wrong_type_is_named(canned: CannedServer, canned_client: EitherClient, value: object) -> None:
    canned.answer(200, STREAM | {"sid": value})
    with pytest.raises(APIResponseError, match="^sid of the response must be text; got ") as caught:
        ask(canned_client)
    assert caught.value.status == 200


def test_an_empty_sid_is_rejected(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(200, STREAM | {"sid": ""})
    with pytest.raises(APIResponseError, match="^sid of the response must not be empty[.] "):
        ask(canned_client)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>maintenance</html>", b'{"sid": "b38', b"[]", b'"text"', b"null", b"\xff\xfe", b"\x00\x00\x00{"]
    + [b'{"code": 20001, "message": "unknown error", "more_info": "", "status": 200}', b"[" * 100_000],
)
def test_a_2xx_without_a_stream_raises_an_error(canned: CannedServer, canned_client: EitherClient, body: bytes) -> None:
    canned.answer(200, body)
    with pytest.raises(APIResponseError, match=r"\(POST /api/laml/.*/Calls/CA1/Streams/ST1, HTTP 200\)$") as caught:
        ask(canned_client)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 10000, InvalidRequestError),
        (401, 20003, AuthenticationError),
        (403, 20003, PermissionDeniedError),
        (400, 10001, PermissionDeniedError),
        (400, 20010, PermissionDeniedError),
        (404, 20404, NotFoundError),
        (405, 20001, InvalidRequestError),
        (409, 10000, InvalidRequestError),
        (415, 20001, InvalidRequestError),
        (422, 10000, InvalidRequestError),
        (400, 21209, InvalidRequestError),
        (400, 21402, InvalidRequestError),
        (400, 21456, InvalidRequestError),
        (422, 31922, InvalidRequestError),
        (422, 21220, CallStateError),
        (400, 21220, CallStateError),
        (429, 20429, RateLimitError),
        (500, 20504, ServerError),
        (503, 20504, ServerError),
        (520, 1, ServerError),
        (599, 1, ServerError),
    ],
)
def test_the_code_or_status_selects_the_error_class(
    canned: CannedServer, canned_client: EitherClient, status: int, code: int, expected: type[APIStatusError]
) -> None:
    canned.answer(
        status, {"code": code, "message": "No.", "more_info": "https://e.example/", "status": status}, X_Id="7"
    )
    with pytest.raises(APIStatusError) as caught:
        ask(canned_client)
    error = caught.value
    assert type(error) is expected
    assert (error.status, error.code, error.message, error.more_info) == (status, code, "No.", "https://e.example/")
    assert error.headers is not None
    assert error.headers["x-id"] == "7"


def test_a_code_sent_as_text_is_read(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(422, {"code": "21220", "message": "No."})
    with pytest.raises(CallStateError):
        ask(canned_client)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>\x1b[31mBad Gateway</html>", b"[1]", b"{}", b'{"code": true, "message": 1}'] + [b"[" * 100_000],
)
def test_a_status_without_an_error_object_selects_the_error_class(
    canned: CannedServer, canned_client: EitherClient, body: bytes
) -> None:
    canned.answer(502, body)
    with pytest.raises(ServerError, match="HTTP 502") as caught:
        ask(canned_client)
    assert (caught.value.code, caught.value.message, caught.value.more_info) == (None, None, None)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(("encoding", "flaw"), [("br", "its encoding is 'br', which the r"), ("gzip", "its gzip is")])
def test_an_error_body_that_cannot_be_decoded_is_not_called_empty(
    canned: CannedServer, canned_client: EitherClient, encoding: str, flaw: str
) -> None:
    canned.answer(502, b"\x00\x01", Content_Encoding=encoding)
    with pytest.raises(ServerError, match=f"^The response cannot be read: {flaw}"):
        ask(canned_client)


def test_an_error_without_a_body_says_so(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(502, b"")
    with pytest.raises(ServerError, match="^The response has no body[.] "):
        ask(canned_client)


def test_server_text_is_shortened_and_escaped(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(400, {"message": "\x1b]0;title\x07" + "x" * 10_000})
    with pytest.raises(InvalidRequestError) as caught:
        ask(canned_client)
    assert "\\x1b]0;title\\x07xxx" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_redirect_is_not_followed(canned: CannedServer, canned_client: EitherClient) -> None:
    canned.answer(307, b"", Location=canned.url + "/elsewhere")
    with pytest.raises(APIResponseError, match="redirect to '.*/elsewhere', which is not followed"):
        ask(canned_client)
    assert len(canned.received) == 1


def test_a_refused_connection_raises_a_connection_error(kind: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with (
            EitherClient(kind, "p", "t", host, retry=ONCE) as client,
            pytest.raises(
                APIConnectionError,
                match=r"^No response from 127.0.0.1:\d+: .* \(POST /api/laml/.*/Calls/CA1/Streams/ST1\)$",
            ),
        ):
            ask(client)


def test_a_silent_server_raises_a_timeout_error(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            EitherClient(kind, "p", "t", host, timeout=0.05, retry=ONCE) as client,
            pytest.raises(APITimeoutError, match=r"^No response from 127.0.0.1:\d+ in time \(ReadTimeout\)\. "),
        ):
            ask(client)


def test_every_error_can_be_caught_as_streams_error(canned: CannedServer, canned_client: EitherClient) -> None:
    outcomes: list[Any] = [(200, b""), (401, b""), (500, json.dumps({"message": "x"}).encode())]
    for status, body in outcomes:
        canned.answer(status, body)
        with pytest.raises(StreamsError):
            ask(canned_client)


def test_a_failed_stop_adds_a_note_to_the_exception_of_the_block(
    canned: CannedServer, canned_client: EitherClient
) -> None:
    with pytest.raises(ZeroDivisionError) as caught, canned_client.stream("CA1", URL):
        canned.answer(500, b"")
        raise ZeroDivisionError
    (note,) = caught.value.__notes__
    assert note.startswith(
        "Stream b3877c40-da60-4998-90ad-b792e98472st on call CA1 may be running. It could not be stopped: "
    )


def test_a_failed_stop_raises_if_the_block_did_not(canned: CannedServer, canned_client: EitherClient) -> None:
    with pytest.raises(ServerError), canned_client.stream("CA1", URL):
        canned.answer(500, b"")


@pytest.mark.parametrize(("status", "code"), [(404, 20404), (422, 21220)])
def test_it_is_not_an_error_if_the_stream_has_stopped_when_the_block_ends(
    canned: CannedServer, canned_client: EitherClient, status: int, code: int
) -> None:
    with canned_client.stream("CA1", URL):
        canned.answer(status, {"code": code, "message": "gone"})
    assert len(canned.received) == 2
