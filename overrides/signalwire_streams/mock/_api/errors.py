"""Error responses of the API."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse

_MORE_INFO = "https://signalwire.com/docs/compatibility-api/reference/errors"


class ApiError(Exception):
    """A request that the API refuses, or that a test wants to fail.

    `status`: the HTTP status.
    `code`: the error code of the API.
    `message`: the problem in words. It contains no value of a field, because that may be a secret.
    `headers`: more response headers.
    """

    def __init__(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def response(self, *, as_sentences: bool = False) -> JSONResponse:
        """Return the documented response.

        `as_sentences`: a list of sentences in place of the error object, as for a conference's stream.
        """
        if as_sentences:
            return JSONResponse({"errors": [self.message]}, self.status, self.headers)
        body = {"code": self.code, "message": self.message, "more_info": _MORE_INFO, "status": self.status}
        return JSONResponse(body, self.status, self.headers)
