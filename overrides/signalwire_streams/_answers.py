"""What an answer of the API means: a stream, or an error. No input or output happens here."""

from __future__ import annotations

from typing import Any

import httpx

from signalwire_streams._errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    InputError,
    status_error,
)
from signalwire_streams._requests import Request
from signalwire_streams._stream import Stream
from signalwire_streams._text import quoted, shown


def read_stream(request: Request, response: httpx.Response) -> Stream:
    """Return the stream that a 2xx answer describes. Raises APIResponseError or APIStatusError."""
    status = response.status_code
    if status >= 400:
        raise _status_error(request, response)

    def unexpected(problem: str) -> APIResponseError:
        return APIResponseError(problem, status=status, request=str(request))

    if not response.is_success:
        target = quoted(response.headers.get("Location", ""))
        raise unexpected(f"The answer is a redirect to {target}, which is not followed: the token would go with it.")
    try:
        body = response.json()
    except (ValueError, RecursionError):
        raise unexpected(f"The answer is not JSON; it begins with {quoted(_text(response))}.") from None
    if not isinstance(body, dict):
        raise unexpected(f"The answer is JSON of type {type(body).__name__}, where an object describes a stream.")
    try:
        return Stream.from_answer(body)
    except KeyError as error:
        problem = f"The answer has no {error.args[0]!r}, which every stream has; its fields are {quoted(sorted(body))}."
    except TypeError as error:
        problem = f"A field of the answer is of the wrong type: {shown(str(error.args[0]))}."
    except InputError as error:
        problem = f"The answer's date_updated cannot be read: {error.problem}"
    raise unexpected(problem)


def connection_error(request: Request, error: httpx.HTTPError) -> APIConnectionError:
    """Return our error for one of httpx that came instead of an answer."""
    reason = shown(str(error)) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        return APITimeoutError(f"No answer to {request} within the time-out: {type(error).__name__}.")
    return APIConnectionError(f"No answer to {request}: {reason}")


def _status_error(request: Request, response: httpx.Response) -> APIStatusError:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    fields: dict[str, Any] = body if isinstance(body, dict) else {}
    code, message, more_info = fields.get("code"), fields.get("message"), fields.get("more_info")
    if isinstance(code, str) and code.isascii() and code.isdecimal():
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool):
        code = None
    return status_error(response.status_code, code)(
        status=response.status_code,
        code=code,
        message=message if isinstance(message, str) else None,
        more_info=more_info if isinstance(more_info, str) else None,
        headers=response.headers,
        request=str(request),
        excerpt=None if fields else _text(response),
    )


def _text(response: httpx.Response) -> str:
    return response.content[:400].decode("utf-8", "replace")
