"""Read responses: as a stream, or as an error. No I/O."""

from __future__ import annotations

import json
import re
import socket
import ssl
import zlib
from typing import Any, Generic, NamedTuple, TypeVar, cast

import httpx
from signalwire_streams_derived.fields import RecordField

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
from signalwire_streams._record import Record
from signalwire_streams._requests import PreparedRequest
from signalwire_streams._resources import ListResource
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

_CHECK_HOST = "Check that the host is your SignalWire space."

_E = TypeVar("_E", bound=APIError)
_R = TypeVar("_R", bound=Record)
_KINDS: dict[str, type] = {"str": str, "datetime": str, "int": int, "bool": bool}
_NAMES = {"str": "text", "datetime": "text", "int": "a whole number", "bool": "true or false"}


class Page(NamedTuple, Generic[_R]):
    """A page of a list."""

    items: list[_R]
    next_query: str | None
    """The query of the next page, or None on the last one."""


def read_record(request: PreparedRequest[_R], outcome: Response | NoResponse) -> _R:
    """Return the stream that a response describes. Raises APIError."""
    response, body, fields = _read_object(request, outcome)
    record = _read_record(request, response, body, fields)
    name = fields.get("name")  # not the record's, which may be its fallback
    values = {sid: getattr(record, f"_{sid}") for sid in request.sids}
    if not request.is_answered_by(values | {"name": name if isinstance(name, str) else None}):
        parent = request.parent.split()[0]
        raise _unexpected(
            request,
            response,
            f"The response belongs to another {parent}: its {parent}_sid or name is not the one of the request.",
            is_of_another_call=True,
        )
    return record


def read_page(request: PreparedRequest[_R], outcome: Response | NoResponse) -> Page[_R]:
    """Return the page of a list that a response describes. Raises APIError."""
    response, body, fields = _read_object(request, outcome)
    assert isinstance(request.resource, ListResource)  # noqa: S101  it is a list
    name = request.resource.items
    items = cast("list[object]", found) if isinstance(found := fields.get(name), list) else None
    if items is None or not all(isinstance(item, dict) for item in items):
        raise _unexpected(
            request,
            response,
            f"The response has no list of {name}. It begins with {_excerpt(request, body)}. {_CHECK_HOST}",
        )
    records = [_read_record(request, response, body, item) for item in cast("list[dict[str, Any]]", items)]
    return Page(records, _next_query(request, response, fields.get("next_page_uri")))


def _next_query(request: PreparedRequest[_R], response: Response, uri: object) -> str | None:
    """Return the query of the next page. Nothing else of its URI is used, so that the token goes nowhere else."""
    if not isinstance(uri, str):
        return None
    query = uri.partition("#")[0].partition("?")[2]
    if not re.fullmatch("[!-~]{0,8000}", query):
        text = quoted(request.redact(uri))
        raise _unexpected(request, response, f"next_page_uri of the response must be a valid URL; got {text}.")
    return query or None


def _read_object(
    request: PreparedRequest[_R], outcome: Response | NoResponse
) -> tuple[Response, bytes, dict[str, Any]]:
    """Return a successful response, its decoded body, and the JSON object in it. Raises APIError."""
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
    parsed = _parsed(body)
    if parsed is _NOT_JSON:
        raise _unexpected(
            request, outcome, f"The response is not JSON. It begins with {_excerpt(request, body)}. {_CHECK_HOST}"
        )
    if not isinstance(parsed, dict):
        raise _unexpected(request, outcome, f"The response must be a JSON object; got {type(parsed).__name__}.")
    return outcome, body, cast("dict[str, Any]", parsed)


def _read_record(request: PreparedRequest[_R], response: Response, body: bytes, fields: dict[str, Any]) -> _R:
    """Return the object whose SID a response has. What else cannot be read must not cost the user that SID.

    The request stands in for the SIDs of its path, because it is known whose stream was asked for. Another field that
    cannot be read raises its error once it is read.
    """
    kind = request.resource.record
    model = request.resource.model.from_dict(dict.fromkeys(field.wire_name for field in kind.FIELDS) | fields)
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in kind.FIELDS:
        value = getattr(model, field.attribute)
        known = request.sids.get(field.attribute)
        if known is not None and not isinstance(value, str):
            value = known
        elif value is None and field.fallback is not None:
            value = values[field.fallback]
        elif value is None and field.wire_name not in fields and not field.is_nullable:
            problems[field.attribute] = (
                f"The response has no {field.wire_name!r}. It begins with {_excerpt(request, body)}."
            )
        elif value is not None or not field.is_nullable:
            try:
                value = _read_value(request, field, value)
            except InputError as error:
                problems[field.attribute] = f"{field.wire_name} of the response {error.problem}"
                value = None
        values[field.attribute] = value
    if not values["sid"]:
        raise _unexpected(request, response, problems.get("sid", "sid of the response must not be empty."))
    return kind(
        **values,
        raw=fields,
        headers=request.redact_headers(response.headers),
        _errors={field: _unexpected(request, response, problem) for field, problem in problems.items()},
        _redacted=request.redact_all([value for value in values.values() if isinstance(value, str)]),
    )


def _read_value(request: PreparedRequest[_R], field: RecordField, value: Any) -> Any:  # noqa: ANN401  any JSON
    """Return the value of a field. Raises InputError, whose `problem` says what is wrong."""
    if field.type == "int" and isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    if not isinstance(value, _KINDS[field.type]) or (isinstance(value, bool) and field.type != "bool"):
        raise InputError(field.wire_name, f"must be {_NAMES[field.type]}; got {type(value).__name__}.")
    if not field.is_date:
        return value
    assert isinstance(value, str)  # noqa: S101  just checked
    try:
        return parse_rfc2822_date(value)
    except InputError:
        text = quoted(request.redact(value))
        raise InputError(field.wire_name, f"must be an RFC 2822 date; got {text}.") from None


def _connection_error(request: PreparedRequest[Any], outcome: NoResponse) -> APIError:
    error = outcome.error
    is_timeout = isinstance(error, httpx.TimeoutException | TimeoutError)
    kind = type(error).__name__
    reason = f" in time ({kind})" if is_timeout else f": {shown(request.redact(str(error))).rstrip('.') or kind}"
    return _error(
        APITimeoutError if is_timeout else APIConnectionError,
        request,
        f"No response from {request.host}{reason}.{_connection_advice(error)}",
        is_transient=not _is_certificate_error(error),
        maybe_done=outcome.maybe_sent,
    )


def _is_certificate_error(error: BaseException) -> bool:
    """Return whether a certificate was rejected, which another attempt would not change."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _chain(error))


def _connection_advice(error: BaseException) -> str:
    """Return what to check, as a sentence after a space."""
    for each in _chain(error):
        for kind, what in _WHAT_TO_CHECK.items():
            if isinstance(each, kind):
                return f" {what}"
    return ""


_WHAT_TO_CHECK: dict[type[BaseException], str] = {
    httpx.ProxyError: "Check the proxy: HTTPS_PROXY and ALL_PROXY.",
    socket.gaierror: "The name cannot be resolved. Check the host.",
    ConnectionRefusedError: "Nothing listens there. Check the host and its port.",
    ssl.SSLCertVerificationError: "Its certificate is not trusted. Check the host, SSL_CERT_FILE and SSL_CERT_DIR.",
    ssl.SSLError: "The TLS connection failed. Check the host and its port.",
    httpx.ConnectTimeout: "It cannot be reached. Check the host, and firewalls on the way.",
    httpx.ReadTimeout: "It was reached, but is slow. To wait longer, pass a longer timeout.",
}


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception, and those that led to it."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        following = following.__cause__ or following.__context__
    return seen


def _status_error(request: PreparedRequest[Any], response: Response, body: bytes, flaw: str | None) -> APIError:
    parsed = _parsed(body)
    fields = cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
    code = _code(fields.get("code"))
    message, more_info = (
        text if isinstance(text := fields.get(name), str) else None for name in ("message", "more_info")
    )
    if message is None and isinstance(sentences := fields.get("errors"), list):  # of a conference's stream
        message = " ".join(each for each in cast("list[object]", sentences) if isinstance(each, str)) or None
    if message:
        problem = shown(request.redact(message))
    elif body:
        problem = f"The response has no error object of the API. It begins with {_excerpt(request, body)}."
    else:
        problem = f"The response cannot be read: {flaw}." if flaw else "The response has no body."
    status = response.status
    error = _error(
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
    is_of_api = not body or message is not None or code is not None
    if status == 404 and (not is_of_api or isinstance(request.resource, ListResource)):  # it is about no SID
        error.advice = _CHECK_HOST
    return error


_NOT_JSON = object()


def _parsed(body: bytes) -> Any:  # noqa: ANN401  any JSON
    """Return the JSON of a body, or `_NOT_JSON`. Python's error has the whole body, so no other error follows it."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _code(code: object) -> int | None:
    if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) < 10:
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _describe_redirect(request: PreparedRequest[Any], response: Response) -> str:
    if "Location" not in response.headers:
        return "The response has a status that the API does not use."
    target = quoted(request.redact(response.headers["Location"]))
    return (
        f"The response is a redirect to {target}, which is not followed: it would take the token along. {_CHECK_HOST}"
    )


def _unexpected(
    request: PreparedRequest[Any],
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


def _error(kind: type[_E], request: PreparedRequest[Any], problem: str, **facts: Any) -> _E:  # noqa: ANN401  of the error
    """Build an error. The fields that a server sent lose the secrets; `problem` quotes it only in redacted excerpts."""
    redacted: dict[str, Any] = {
        name: request.redact(fact) if isinstance(fact, str) else fact for name, fact in facts.items()
    }
    return kind(problem, request=str(request), **redacted)


def _excerpt(request: PreparedRequest[Any], body: bytes) -> str:
    # Before it is cut: half a secret would not be found.
    return quoted(request.redact(body[:4000].decode("utf-8", "replace"))[:400])


def _decompressed(request: PreparedRequest[Any], response: Response) -> tuple[bytes, str | None]:
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
