"""What can go wrong, as one hierarchy.

StreamsError
├── SettingsError                   project, token or host is missing or cannot be used
├── InputError                      an argument cannot be sent; nothing was
├── MessageError                    what the service sent to a server of yours cannot be read
├── ClientStateError                the client is closed, or belongs to another event loop
├── SignatureError                  a request that came in is not known to be the service's
└── APIError                        a request was to be made, and no stream came of it
    ├── APIConnectionError          no answer came
    │   └── APITimeoutError         no answer came in time
    ├── APIResponseError            an answer came that is not what the API promises
    ├── APIStatusError              the API answered with an error
    │   ├── InvalidRequestError     400, 405, 409, 415, 422: the request, or one of its values, is refused
    │   │   └── CallStateError      code 21220: the call is not in a state to be streamed
    │   ├── AuthenticationError     401
    │   ├── PermissionDeniedError   403, and code 10001: not enabled on the space
    │   ├── NotFoundError           404: no such call, or no such stream
    │   ├── RateLimitError          429
    │   └── ServerError             5xx
    └── OutcomeUnknownError         a start may have worked: a stream may be running

All can be pickled. What a server sent is shown in part, without the request's secrets, and harmless in a terminal.
"""

from __future__ import annotations

from typing import Any, ClassVar

import httpx


class StreamsError(Exception):
    """Anything that this package raises on purpose."""

    def __reduce__(self) -> Any:  # noqa: ANN401  what pickle takes
        return _rebuild, (type(self), self.args, self.__dict__)


class SettingsError(StreamsError, ValueError):
    """A setting of the client is missing or cannot be used. The message names the setting, never its value.

    `missing`: the settings that were not given at all.
    """

    def __init__(self, message: str, *, missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.missing = missing


class InputError(StreamsError, ValueError):
    """An argument cannot be sent, and nothing was.

    `argument`: the name of the keyword.
    `problem`: the phrase that follows the name in the message.
    `instead`: the keyword to use in its place, or None.
    """

    def __init__(self, argument: str, problem: str, *, instead: str | None = None) -> None:
        advice = "" if instead is None else f" Use {instead}= instead."
        super().__init__(f"{argument} {problem}{advice}")
        self.argument = argument
        self.problem = problem
        self.instead = instead


class MessageError(StreamsError, ValueError):
    """What came over the WebSocket, or to the status callback, cannot be read. `field` is where, or None."""

    def __init__(self, field: str | None, problem: str) -> None:
        super().__init__(f"{field or 'message'} {problem}")
        self.field = field
        self.problem = problem


class SignatureError(StreamsError):
    """A request that came in is not known to be the service's: its signature is missing, malformed, or does not fit."""


CLIENT_IS_CLOSED = "The client is closed. Make a new one, or do all its work before it is closed."


class ClientStateError(StreamsError, RuntimeError):
    """The client cannot be used here: it is closed, or it belongs to another event loop."""


class APIError(StreamsError):
    """A request was to be made, and no stream came of it.

    `request` is its method and path, `attempts` how often it was tried. What is not known is None: `status`, the HTTP
    status of the answer, and `headers`, its httpx.Headers, among them what the service tells of its rate limit; `code`,
    `message` and `more_info`, the fields of the API's error.
    """

    advice: ClassVar[str] = ""

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
        transient: bool = False,
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
        self.attempts = 1
        self._transient = transient  # another attempt may go better
        self._maybe_done = maybe_done  # the service may have done what was asked

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
    """No answer came: the connection could not be made, or was lost. `__cause__` is what httpx said."""


class APITimeoutError(APIConnectionError):
    """No answer came within the time-out, or within the deadline of all attempts together."""


class APIResponseError(APIError):
    """An answer came that is not what the API promises, for example HTML, or a stream without a sid."""

    is_of_another_call: bool = False
    """Whether the answer describes a stream of another call, or of another name, than the request."""


class APIStatusError(APIError):
    """The API answered with an error, or a gateway before it did."""


class InvalidRequestError(APIStatusError):
    """A 4xx of no class of its own, such as 400 and 422: the request, or one of its values, is refused."""


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


class OutcomeUnknownError(APIError):
    """A start was sent, and it cannot be known whether it worked: a stream may be running.

    `call_sid` and `name` are the start's. `__cause__` is the error that left the outcome unknown; it gives the rest.
    """

    def __init__(self, error: APIError, *, call_sid: str, name: str | None) -> None:
        fields = {field: getattr(error, field) for field in ("status", "code", "message", "more_info", "headers")}
        super().__init__(error.problem, request=error.request, **fields)
        self.call_sid = call_sid
        self.name = name

    def __str__(self) -> str:
        way_out = (
            f"stop it by its name: stop_stream({self.call_sid!r}, {self.name!r})."
            if self.name is not None
            else "it was given no name to stop it by. The status callback tells its sid; it ends with the call."
        )
        return f"{super().__str__()} A stream may be running on the call; {way_out}"


def _rebuild(kind: type[StreamsError], args: tuple[Any, ...], state: dict[str, Any]) -> StreamsError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error
