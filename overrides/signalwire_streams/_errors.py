"""What can go wrong, as one hierarchy.

StreamsError
├── SettingsError               project, token or host is missing or cannot be used
├── InputError                  an argument cannot be sent; nothing was
├── APIConnectionError          no answer came
│   └── APITimeoutError         no answer came in time
├── APIResponseError            an answer came that is not what the API promises
└── APIStatusError              the API answered with an error
    ├── InvalidRequestError     400, 405, 415, 422: the request, or one of its values, is refused
    │   └── CallStateError      code 21220: the call is not in a state to be streamed
    ├── AuthenticationError     401
    ├── PermissionDeniedError   403, and code 10001: not enabled on the space
    ├── NotFoundError           404: no such call, or no such stream
    ├── RateLimitError          429
    └── ServerError             5xx
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from signalwire_streams._text import quoted, shown


class StreamsError(Exception):
    """Anything that this package raises on purpose."""


class SettingsError(StreamsError, ValueError):
    """A setting of the client is missing or cannot be used. The message names the setting, never its value."""


class InputError(StreamsError, ValueError):
    """An argument cannot be sent, and nothing was. `argument` is its name."""

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(argument, problem)
        self.argument = argument
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.argument}: {self.problem}"


class APIConnectionError(StreamsError):
    """No answer came: the connection could not be made, or was lost. `__cause__` is the error of httpx."""


class APITimeoutError(APIConnectionError):
    """No answer came within the time-out."""


class APIResponseError(StreamsError):
    """An answer came that is not what the API promises, for example HTML, or a stream without a sid.

    `status` is the HTTP status of the answer, `request` the method and path that it answers.
    """

    def __init__(self, problem: str, *, status: int, request: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status
        self.request = request

    def __str__(self) -> str:
        return f"{self.problem} (HTTP {self.status} to {self.request})"


class APIStatusError(StreamsError):
    """The API answered with an error.

    `status` is the HTTP status; `code`, `message` and `more_info` are the fields of the error's body, None where
    the body has no such field; `excerpt` is how a body begins that is not the API's, such as a gateway's HTML;
    `headers` are the answer's; `request` is the method and path.
    """

    advice: ClassVar[str] = ""

    def __init__(
        self,
        *,
        status: int,
        code: int | None,
        message: str | None,
        more_info: str | None,
        headers: Mapping[str, str],
        request: str,
        excerpt: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.more_info = more_info
        self.headers = headers
        self.request = request
        self.excerpt = excerpt

    def __str__(self) -> str:
        code = "" if self.code is None else f", code {self.code}"
        if self.message is not None:
            message = shown(self.message)
        elif self.excerpt:
            message = f"The answer has no error body of the API; it begins with {quoted(self.excerpt)}"
        else:
            message = "The answer says no more than its status"
        advice = f" {self.advice}" if self.advice else ""
        return f"{message} (HTTP {self.status}{code}, to {self.request}){advice}"


class InvalidRequestError(APIStatusError):
    """400, 405, 415, 422: the request, or one of its values, is refused."""


class CallStateError(InvalidRequestError):
    """Code 21220: a stream cannot be started on the call in its current state."""

    advice = "Start a stream while the call is in progress: neither before it is answered nor after it has ended."


class AuthenticationError(APIStatusError):
    """401: the credentials are wrong."""

    advice = "Check that project and token belong together and to this space, and that the token has the Voice scope."


class PermissionDeniedError(APIStatusError):
    """403, or code 10001: the operation is not enabled for the project."""

    advice = "Ask SignalWire to enable streams on the space, or use a token with the Voice scope."


class NotFoundError(APIStatusError):
    """404: there is no such call, or no such stream on it."""

    advice = "Check the call's SID, the stream's sid or name, and that the space is the one that carries the call."


class RateLimitError(APIStatusError):
    """429: more requests than the account may send."""

    advice = "Wait before the next request; the account's limit is 13,800 POSTs in ten seconds."


class ServerError(APIStatusError):
    """5xx: the service, or a gateway before it, failed."""


_BY_CODE: dict[int, type[APIStatusError]] = {10001: PermissionDeniedError, 21220: CallStateError}
_BY_STATUS: dict[int, type[APIStatusError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}


def status_error(status: int, code: int | None) -> type[APIStatusError]:
    """Return the class for an error answer: what its code says, else what its status says."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    return _BY_STATUS.get(status, ServerError if status >= 500 else InvalidRequestError)
