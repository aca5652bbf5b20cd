"""Error responses of the control API."""

from __future__ import annotations

from collections.abc import Mapping

from signalwire_streams.mock._control.responses import JsonResponse


class ControlError(Exception):
    """A request that the control API refuses.

    `status`: the HTTP status.
    `message`: what is wrong, and what to do.
    `headers`: more response headers.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers

    def response(self) -> JsonResponse:
        """Return the documented response."""
        return JsonResponse({"message": str(self)}, self.status, self.headers)
