"""Error responses of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import JSONResponse

from signalwire_streams.mock._records import RequestProblem

_MORE_INFO = "https://signalwire.com/docs/compatibility-api/reference/errors"


class ApiError(Exception):
    """A request that the API refuses, or that a test wants to fail.

    `status`: the HTTP status.
    `code`: the error code of the API.
    `message`: the problem in words. It contains no value of a field, because that may be a secret.
    `headers`: more response headers.
    `fix`: what to do, if there is advice. The record of the request has it, but the response does not.
    `problems`: all problems, if there are several or they are of fields. The first one has the same message.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        headers: Mapping[str, str] | None = None,
        *,
        fix: str | None = None,
        problems: Sequence[RequestProblem] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.problems: tuple[RequestProblem, ...] = tuple(problems) or (RequestProblem(None, None, message, fix),)

    def response(self, *, as_sentences: bool = False) -> JSONResponse:
        """Return the documented response.

        `as_sentences`: a list of sentences in place of the error object, as for a conference's stream.
        """
        if as_sentences:
            return JSONResponse({"errors": [self.message]}, self.status, self.headers)
        body = {"code": self.code, "message": self.message, "more_info": _MORE_INFO, "status": self.status}
        return JSONResponse(body, self.status, self.headers)
