"""How a sync client sends: through a client of httpx, or else a transport of it with nothing round it.

An httpx.Client merges its headers, cookies, authentication and redirects into every request. Ours have all that they
need, and go to the transport as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from signalwire_streams._http import (
    DEFAULT_TIMEOUT,
    SEND,
    Arguments,
)
from signalwire_streams._incoming import Incoming
from signalwire_streams._requests import Request


class Sender:
    """Sends by a client or a transport of httpx. Raises what these raise."""

    def __init__(self, through: httpx.Client | httpx.BaseTransport) -> None:
        self._through = through
        self._arguments = Arguments()
        self.is_closed = False

    @property
    def timeout(self) -> httpx.Timeout:
        """What holds for a request for which nothing else is said."""
        return self._through.timeout if isinstance(self._through, httpx.Client) else DEFAULT_TIMEOUT

    def send(self, request: Request, timeouts: Mapping[str, float], incoming: Incoming) -> None:
        """Send the request, and put into `incoming` what comes, as it comes."""
        if isinstance(self._through, httpx.Client):
            try:
                response = self._through.send(self._through.build_request(**self._arguments(request, timeouts)), **SEND)
            except httpx.HTTPStatusError as error:  # from an event hook that raises for the status
                response = error.response
        else:
            response = self._through.handle_request(httpx.Request(**self._arguments(request, timeouts)))
        try:
            incoming.begin(response.status_code, response.headers)
            if response.is_stream_consumed:  # by an event hook, or a transport that answers from memory
                incoming.add_unpacked(response.content)
                return
            for piece in response.iter_raw():
                if not incoming.add(piece):
                    break
        finally:
            response.close()

    def close(self) -> None:
        """Close the connections."""
        self.is_closed = True
        self._through.close()
