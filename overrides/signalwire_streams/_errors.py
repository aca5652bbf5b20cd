"""All errors, as one tree.

StreamsError                        any error that this package raises
├── SettingsError                   a setting of the client or the environment is missing or invalid
├── InputError                      an argument is invalid; nothing was sent
├── MessageError                    a WebSocket message or a status callback is invalid
├── SignatureError                  a request does not have SignalWire's signature
├── ClientStateError                the client is closed, or belongs to another event loop
└── APIError                        a call failed
    ├── APIConnectionError          no response
    │   └── APITimeoutError         no response in time
    ├── APIResponseError            a response that the API does not document
    ├── APIStatusError              an error response
    │   ├── InvalidRequestError     any other 4xx
    │   │   └── CallStateError      code 21220: the call's state does not allow a stream
    │   ├── AuthenticationError     401
    │   ├── PermissionDeniedError   403, and codes 10001 and 20010: not enabled
    │   ├── NotFoundError           404: no such call or stream
    │   ├── RateLimitError          429
    │   └── ServerError             5xx
    └── OutcomeUnknownError         a start may have succeeded: a stream may be running

All can be pickled. A message quotes server text in part, without the request's secrets, and safe for a terminal.
"""

from __future__ import annotations

from typing import Any

import httpx


class StreamsError(Exception):
    """Base class of all errors that this package raises."""

    def __reduce__(self) -> Any:  # noqa: ANN401  what pickle takes
        return _rebuild, (type(self), self.args, self.__dict__)


class SettingsError(StreamsError, ValueError):
    """A setting of the client is missing or invalid. The message names the setting, never its value.

    - `missing`: the settings that were not given at all
    """

    def __init__(self, message: str, *, missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.missing = missing


class InputError(StreamsError, ValueError):
    """An argument is invalid. Nothing was sent.

    - `argument`: the name of the argument
    - `problem`: the phrase that follows the name in the message
    - `instead`: the argument to use in its place, or None
    """

    def __init__(self, argument: str, problem: str, *, instead: str | None = None) -> None:
        advice = "" if instead is None else f" Use {instead}= instead."
        super().__init__(f"{argument} {problem}{advice}")
        self.argument = argument
        self.problem = problem
        self.instead = instead


class MessageError(StreamsError, ValueError):
    """A WebSocket message or a status callback is invalid.

    - `field`: the field that is invalid, or None
    - `problem`: the phrase that follows the name of the field in the message
    """

    def __init__(self, field: str | None, problem: str) -> None:
        super().__init__(f"{field or 'message'} {problem}")
        self.field = field
        self.problem = problem


class SignatureError(StreamsError):
    """The signature of a request is missing, malformed or wrong: the request may not come from SignalWire."""


CLIENT_IS_CLOSED = "The client is closed. Make a new one, or do all its work before you close it."


class ClientStateError(StreamsError, RuntimeError):
    """The client cannot be used here: it is closed, or it belongs to another event loop."""


class APIError(StreamsError):
    """Base class of all failed API calls.

    - `request`: the method and path
    - `attempts`: how many requests were sent
    - `status`: the HTTP status of the response, or None
    - `headers`: the response headers, among them SignalWire's rate limit, or None
    - `code`, `message`, `more_info`: the fields of the API's error object, or None
    - `is_transient`: whether another attempt may succeed
    - `maybe_done`: whether SignalWire may have carried out the request
    """

    advice: str = ""

    def __init__(
        self,
        problem: str,
        *,
        request: str,
        status: int | None = None,
        code: int | None = None,
        message: str | None = None,
        more_info: str | None = None,
        headers: httpx.Headers | None = None,
        is_transient: bool = False,
        maybe_done: bool = False,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.request = request
        self.status = status
        self.code = code
        self.message = message
        self.more_info = more_info
        self.headers = headers
        self.attempts: int = 1
        self.is_transient = is_transient
        self.maybe_done = maybe_done

    def __str__(self) -> str:
        facts = [self.request]
        if self.status is not None:
            facts.append(f"HTTP {self.status}")
        if self.code is not None:
            facts.append(f"code {self.code}")
        if self.attempts > 1:
            facts.append(f"{self.attempts} attempts")
        return " ".join(filter(None, [self.problem, f"({', '.join(facts)})", self.advice]))


class APIConnectionError(APIError):
    """No response: the connection was never made, or was lost. `__cause__` is the original exception."""


class APITimeoutError(APIConnectionError):
    """No response within the timeout, or within the deadline of all attempts together."""


class APIResponseError(APIError):
    """A response that the API does not document, for example HTML, or a stream without a SID.

    - `is_of_another_call`: whether it describes a stream of another call, or of another name, than the request
    """

    def __init__(self, problem: str, *, is_of_another_call: bool = False, **facts: Any) -> None:  # noqa: ANN401  those of APIError
        super().__init__(problem, **facts)
        self.is_of_another_call: bool = is_of_another_call


class APIStatusError(APIError):
    """An error response of the API, or of a gateway in front of it."""


class InvalidRequestError(APIStatusError):
    """A 4xx without a class of its own, such as 400 or 422: the request or one of its values is invalid."""


class CallStateError(InvalidRequestError):
    """Code 21220: a stream cannot be started on the call in its current state."""

    advice = "Start a stream while the call or conference is in progress: neither before nor after."


class AuthenticationError(APIStatusError):
    """401: the credentials are wrong."""

    advice = "Check that project and token belong together and to this space, and that the token has the Voice scope."


class PermissionDeniedError(APIStatusError):
    """403, or code 10001 or 20010: the operation is not enabled for the space or the account."""

    advice = "Ask SignalWire to enable streams on the space, or use a token with the Voice scope."


class NotFoundError(APIStatusError):
    """404: no such call, or no such stream on it."""

    advice = "Check the SID of the call or conference, the SID or name of the stream, and that they are on this space."


ALREADY_STOPPED_ERRORS = (NotFoundError, CallStateError)
"""A stop meets these when no such stream is running."""


class RateLimitError(APIStatusError):
    """429: the account has sent too many requests."""

    advice = "Wait before the next request. An account may send 13,800 POSTs in ten seconds."


class ServerError(APIStatusError):
    """5xx: SignalWire, or a gateway in front of it, failed."""


class OutcomeUnknownError(APIError):
    """A start was sent and may have succeeded: a stream may be running.

    - `call_sid`, `conference_sid`: what the stream belongs to, one of which is empty
    - `name`: the name given to the start, or None
    - `is_stopped`: whether `client.stream` has stopped the stream since
    - `__cause__`: the error that left the outcome unknown
    """

    def __init__(self, error: APIError, *, call_sid: str = "", conference_sid: str = "", name: str | None) -> None:
        fields = {field: getattr(error, field) for field in ("status", "code", "message", "more_info", "headers")}
        super().__init__(error.problem, request=error.request, maybe_done=True, **fields)
        self.attempts: int = error.attempts
        self.call_sid = call_sid
        self.conference_sid = conference_sid
        self.name = name
        self.is_stopped: bool = False

    def __str__(self) -> str:
        if self.is_stopped:
            return f"{super().__str__()} The stream was stopped."
        sids = {"conference": self.conference_sid, "call": self.call_sid}
        parent = next((name for name, sid in sids.items() if sid), "call")
        stop = "stop_stream" if parent == "call" else f"stop_{parent}_stream"
        advice = (
            f"Stop it by its name: {stop}({sids[parent]!r}, {self.name!r})."
            if self.name is not None
            else f"It has no name to stop it by. Its status callback has its SID, and it ends with the {parent}."
        )
        return f"{super().__str__()} A stream may be running on the {parent}. {advice}"


def _rebuild(kind: type[StreamsError], args: tuple[Any, ...], state: dict[str, Any]) -> StreamsError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error
