"""Read responses: as a stream, or as an error. No I/O."""

from __future__ import annotations

import json
import ssl
import zlib
from typing import Any, TypeVar, cast

import httpx
from signalwire_streams_api.models import Stream as GeneratedStream

from signalwire_streams._dates import parse_rfc2822_date
from signalwire_streams._errors import (
    APIConnectionError,
    APIError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    CallStateError,
    InputError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from signalwire_streams._requests import PreparedRequest
from signalwire_streams._stream import Stream
from signalwire_streams._text import quoted, shown
from signalwire_streams._transport import MAX_BODY, NoResponse, Response

ERRORS_BY_CODE: dict[int, type[APIStatusError]] = {
    10001: PermissionDeniedError,
    20010: PermissionDeniedError,
    21220: CallStateError,
}
ERRORS_BY_STATUS: dict[int, type[APIStatusError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}

_E = TypeVar("_E", bound=APIError)
_NO_FIELDS = dict.fromkeys(("sid", "account_sid", "call_sid", "name", "status", "date_updated", "uri"))


def read_response(request: PreparedRequest, outcome: Response | NoResponse) -> Stream:
    """Return the stream that a response describes. Raises APIError."""
    if isinstance(outcome, NoResponse):
        request.redact_exception(outcome.error)
        raise _connection_error(request, outcome) from outcome.error
    body, flaw = _decompressed(request, outcome)
    if outcome.status >= 400:
        raise _status_error(request, outcome, body, flaw)
    if not 200 <= outcome.status < 300:
        raise _unexpected(request, outcome, _describe_redirect(request, outcome), maybe_done=False)
    if flaw is not None:
        raise _unexpected(request, outcome, f"The response cannot be read: {flaw}.")
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise _unexpected(
            request, outcome, f"The response is not JSON. It begins with {_excerpt(request, body)}."
        ) from None
    if not isinstance(parsed, dict):
        raise _unexpected(request, outcome, f"The response must be a JSON object; got {type(parsed).__name__}.")
    return _read_stream(request, outcome, body, cast("dict[str, Any]", parsed))


def _read_stream(request: PreparedRequest, response: Response, body: bytes, fields: dict[str, Any]) -> Stream:
    """Return the stream whose SID a response has. What else cannot be read must not cost the user that SID.

    The request stands in for the account's and the call's SID, because it is known whose stream was asked for, and the
    SID for a name that is null or missing. Another field that cannot be read raises its error once it is read.
    """
    model = GeneratedStream.from_dict(_NO_FIELDS | fields)
    problems: dict[str, str] = {}

    def text_of(field: str) -> str | None:
        value = getattr(model, field)
        if isinstance(value, str):
            return value
        problems[field] = (
            f"{field} of the response must be text; got {type(value).__name__}."
            if field in fields
            else f"The response has no {field!r}. It begins with {_excerpt(request, body)}."
        )
        return None

    sid = text_of("sid")
    if not sid:
        raise _unexpected(request, response, problems.get("sid", "sid of the response must not be empty."))
    account_sid, call_sid = (
        value if isinstance(value, str) else known
        for value, known in ((model.account_sid, request.account_sid), (model.call_sid, request.call_sid))
    )
    name = None if model.name is None else text_of("name")
    if not request.is_answered_by(call_sid, name):
        raise _unexpected(
            request,
            response,
            "The response belongs to another call: its call_sid or name is not the one of the request.",
            is_of_another_call=True,
        )
    if model.name is None:
        name = sid
    status, uri, date = text_of("status"), text_of("uri"), text_of("date_updated")
    date_updated = None
    if date is not None:
        try:
            date_updated = parse_rfc2822_date(date)
        except InputError:
            text = quoted(request.redact(date))
            problems["date_updated"] = f"date_updated of the response must be an RFC 2822 date; got {text}."
    return Stream(
        sid=sid,
        account_sid=account_sid,
        call_sid=call_sid,
        name=name,
        status=status,
        date_updated=date_updated,
        uri=uri,
        raw=fields,
        headers=request.redact_headers(response.headers),
        _errors={field: _unexpected(request, response, problem) for field, problem in problems.items()},
        _redacted=request.redact_all([text for text in (sid, account_sid, call_sid, name, status, uri) if text]),
    )


def _connection_error(request: PreparedRequest, outcome: NoResponse) -> APIError:
    error = outcome.error
    is_timeout = isinstance(error, httpx.TimeoutException | TimeoutError)
    return _error(
        APITimeoutError if is_timeout else APIConnectionError,
        request,
        f"No response from {request.host} in time ({type(error).__name__})."
        if is_timeout
        else f"No response from {request.host}: {shown(request.redact(str(error))) or type(error).__name__}.",
        is_transient=not _is_certificate_error(error),
        maybe_done=outcome.maybe_sent,
    )


def _is_certificate_error(error: BaseException | None) -> bool:
    """Return whether a certificate was rejected, which another attempt would not change."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        seen.append(error)
        error = error.__cause__ or error.__context__
    return False


def _status_error(request: PreparedRequest, response: Response, body: bytes, flaw: str | None) -> APIError:
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    fields = cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
    code = _code(fields.get("code"))
    message, more_info = (
        text if isinstance(text := fields.get(name), str) else None for name in ("message", "more_info")
    )
    if message:
        problem = shown(request.redact(message))
    elif body:
        problem = f"The response has no error object of the API. It begins with {_excerpt(request, body)}."
    else:
        problem = f"The response cannot be read: {flaw}." if flaw else "The response has no body."
    status = response.status
    return _error(
        ERRORS_BY_CODE.get(code or 0)
        or ERRORS_BY_STATUS.get(status, ServerError if status >= 500 else InvalidRequestError),
        request,
        problem,
        status=status,
        code=code,
        message=message,
        more_info=more_info,
        headers=request.redact_headers(response.headers),
        is_transient=status in {408, 429} or status >= 500,
        # A 503 is taken for a request that was turned away, as the API documents it.
        maybe_done=status == 408 or (status >= 500 and status != 503),
    )


def _code(code: object) -> int | None:
    if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) < 10:
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _describe_redirect(request: PreparedRequest, response: Response) -> str:
    if "Location" not in response.headers:
        return "The response has a status that the API does not use."
    target = quoted(request.redact(response.headers["Location"]))
    return f"The response is a redirect to {target}, which is not followed: it would take the token along."


def _unexpected(
    request: PreparedRequest,
    response: Response,
    problem: str,
    *,
    maybe_done: bool = True,
    is_of_another_call: bool = False,
) -> APIResponseError:
    return _error(
        APIResponseError,
        request,
        problem,
        status=response.status,
        headers=request.redact_headers(response.headers),
        is_transient=response.is_cut or is_of_another_call,
        maybe_done=maybe_done,
        is_of_another_call=is_of_another_call,
    )


def _error(kind: type[_E], request: PreparedRequest, problem: str, **facts: Any) -> _E:  # noqa: ANN401  of the error
    """Build an error. The fields that a server sent lose the secrets; `problem` quotes it only in redacted excerpts."""
    redacted: dict[str, Any] = {
        name: request.redact(fact) if isinstance(fact, str) else fact for name, fact in facts.items()
    }
    return kind(problem, request=str(request), **redacted)


def _excerpt(request: PreparedRequest, body: bytes) -> str:
    # Before it is cut: half a secret would not be found.
    return quoted(request.redact(body[:4000].decode("utf-8", "replace"))[:400])


def _decompressed(request: PreparedRequest, response: Response) -> tuple[bytes, str | None]:
    """Return the decoded body, and what is wrong with it. Gzip is decoded, though the request does not accept it."""
    given = response.headers.get("Content-Encoding", "identity").strip()
    encoding = given.lower()
    if encoding in {"identity", ""} or response.flaw is not None:
        return response.body, response.flaw
    if encoding not in {"gzip", "x-gzip"}:
        return b"", f"its encoding is {quoted(request.redact(given))}, which the request does not accept"
    decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = decoder.decompress(response.body, MAX_BODY)
    except zlib.error:
        return b"", "its gzip is broken"
    if decoder.unconsumed_tail:
        return body, f"it is longer than {MAX_BODY} bytes"
    return body, None if decoder.eof else "its gzip is cut short"
