"""What came of a request, as a stream or as an error. No input or output happens here."""

from __future__ import annotations

import json
import ssl
import zlib
from typing import Any, TypeAlias

import httpx

from signalwire_streams._errors import (
    APIConnectionError,
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
from signalwire_streams._frames import chain, without_frames
from signalwire_streams._requests import Request
from signalwire_streams._stream import Stream
from signalwire_streams._text import quoted, shown
from signalwire_streams._transport import MAX_BODY, NoResponse
from signalwire_streams._transport import Response as Answer

_JSON: TypeAlias = dict[str, Any] | list[Any] | str | float | None

_BY_CODE: dict[int, type[APIStatusError]] = {10001: PermissionDeniedError, 21220: CallStateError}
_BY_STATUS = {401: AuthenticationError, 403: PermissionDeniedError, 404: NotFoundError, 429: RateLimitError}


def read_stream(request: Request, answer: Answer) -> Stream:
    """Return the stream that a 2xx answer describes. Raises APIResponseError or APIStatusError."""
    status = answer.status
    body, flaw = _unpacked(answer)
    if status >= 400:
        raise _status_error(request, answer, body)

    def unexpected(problem: str) -> APIResponseError:
        return APIResponseError(
            problem,
            request=str(request),
            status=status,
            headers=answer.headers,
            transient=answer.is_cut,
            maybe_done=200 <= status < 300,
        )

    if not 200 <= status < 300:
        if "Location" not in answer.headers:
            raise unexpected("The answer has a status that the API does not give.")
        target = quoted(request.redacted(answer.headers["Location"]))
        raise unexpected(f"The answer is a redirect to {target}, which is not followed: the token would go with it.")
    if flaw is not None:
        raise unexpected(f"The answer cannot be read: {flaw}.")
    try:
        fields: _JSON = json.loads(body)
    except (ValueError, RecursionError):
        raise unexpected(f"The answer is not JSON; it begins with {_excerpt(request, body)}.") from None
    if not isinstance(fields, dict):
        raise unexpected(f"The answer is JSON of type {type(fields).__name__}, where an object describes a stream.")
    try:
        stream = Stream.from_answer(fields, answer.headers)
    except KeyError as error:
        problem = (
            f"The answer has no {error.args[0]!r}, which every stream has; it begins with {_excerpt(request, body)}."
        )
    except InputError as error:
        problem = f"The answer's date_updated cannot be read: {request.redacted(error.problem)}"
    except (TypeError, ValueError) as error:
        problem = f"A field of the answer is not what it should be: {shown(request.redacted(str(error.args[0])))}."
    else:
        if request.is_answered_by(stream):
            return stream
        problem = "The answer is another call's: its call_sid or name is not the one that was sent."
        anothers = unexpected(problem)
        anothers.is_of_another_call = anothers._transient = True
        raise anothers
    raise unexpected(problem)


def connection_error(request: Request, failure: NoResponse, outside: BaseException | None) -> APIConnectionError:
    """Return our error, ready to be raised, for one of httpx that came instead of an answer.

    `outside` is what was being handled before.
    """
    error = failure.error
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        kind: type[APIConnectionError] = APITimeoutError
        problem = f" in time ({type(error).__name__})"
    else:
        kind, problem = APIConnectionError, f": {shown(request.redacted(str(error))) or type(error).__name__}"
    ours = kind(
        f"No answer from {request.host}{problem}",
        request=str(request),
        transient=not _is_distrust(error, outside),
        maybe_done=failure.maybe_sent,
    )
    ours.__cause__ = without_frames(error, outside)
    return ours


def _is_distrust(error: BaseException, outside: BaseException | None) -> bool:
    """Tell whether a certificate was refused, which another attempt would not mend."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in chain(error, outside))


def _unpacked(answer: Answer) -> tuple[bytes, str | None]:
    """Return the body without its encoding, and what is wrong with it. Gzip is taken, though none was asked for."""
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"identity", ""} or answer.flaw is not None:
        return answer.body, answer.flaw
    if encoding not in {"gzip", "x-gzip"}:
        return b"", f"it is encoded as {quoted(encoding)}, which was not asked for"
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = unpacker.decompress(answer.body, MAX_BODY)
    except zlib.error:
        return b"", "its gzip is broken"
    if unpacker.unconsumed_tail:
        return body, f"it is longer than {MAX_BODY} bytes"
    return body, None if unpacker.eof else "its gzip is cut short"


def _excerpt(request: Request, body: bytes) -> str:
    return quoted(request.redacted(body[:400].decode("utf-8", "replace")))


def _status_error(request: Request, answer: Answer, body: bytes) -> APIStatusError:
    try:
        parsed: _JSON = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    fields: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
    code = fields.get("code")
    if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) < 10:
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool):
        code = None
    texts: dict[str, str | None] = {}
    for name in ("message", "more_info"):
        text = fields.get(name)
        texts[name] = request.redacted(text) if isinstance(text, str) else None
    if texts["message"]:
        problem = shown(texts["message"])
    elif body:
        problem = f"The answer has no error body of the API; it begins with {_excerpt(request, body)}."
    else:
        problem = "The answer says no more than its status."
    status = answer.status
    return _error_class(status, code)(
        problem,
        request=str(request),
        status=status,
        code=code,
        headers=answer.headers,
        transient=status in {408, 429} or status >= 500,
        maybe_done=status == 408 or (status >= 500 and status != 503),
        **texts,
    )


def _error_class(status: int, code: int | None) -> type[APIStatusError]:
    """Return what the code says, else what the status says."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    return _BY_STATUS.get(status, ServerError if status >= 500 else InvalidRequestError)
