"""The bearer token that a receiver asks for."""

from __future__ import annotations

import hmac

from websockets.datastructures import Headers

from signalwire_streams._settings import Secret


class BearerToken:
    """Tells whether a request has the token. No `repr` shows it."""

    def __init__(self, token: str) -> None:
        self._token = Secret(token)

    def is_in(self, headers: Headers) -> bool:
        """Tell whether the one Authorization header is `Bearer` and the token, in constant time."""
        given = headers.get_all("Authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        is_same = hmac.compare_digest(token.encode("utf-8", "replace"), str(self._token.value).encode())
        return is_same and scheme.lower() == "bearer"
