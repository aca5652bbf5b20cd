"""Check the bearer token of a WebSocket's upgrade request."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from signalwire_streams_derived.fields import FIELDS

from signalwire_streams._checks import check_text
from signalwire_streams._errors import InputError

_TOKEN = next(field.pattern or "" for field in FIELDS["start_stream"] if field.keyword == "authorization_bearer_token")


def check_bearer(headers: Mapping[str, Any] | Iterable[tuple[Any, Any]], token: str) -> bool:
    """Tell whether a request has exactly your `authorization_bearer_token`. Compare in constant time.

        if not check_bearer(websocket.headers, os.environ["STREAM_TOKEN"]):
            ...  # refuse the connection

    - `headers`: the headers of the upgrade request. Pass `websocket.headers` in FastAPI and Starlette,
      `connection.request.headers` in `websockets`, `scope["headers"]` in any ASGI application, or a mapping with names
      in any letter case.
    - `token`: the token that you start your streams with.

    Returns False without an `Authorization` header, with several of them, and for another scheme than `Bearer`. The
    letter case of the scheme does not count (RFC 9110), nor does white space around the scheme and the token.

    Raises InputError for a token that is not text, is empty or holds anything but visible ASCII. A missing environment
    variable thus lets nobody in.
    Raises InputError for headers of another type.
    """
    expected = check_token("token", token).encode()
    values = [value for name, value in _read_pairs(headers) if name.lower() == b"authorization"]
    scheme, _, given = values[0].strip(b" \t").partition(b" ") if len(values) == 1 else (b"", b"", b"")
    is_same = hmac.compare_digest(given.strip(b" \t"), expected)
    return is_same and scheme.lower() == b"bearer"


def check_token(argument: str, token: object) -> str:
    """Check a bearer token by what the OpenAPI document says of it. Raises InputError, which does not quote it."""
    text = check_text(argument, token, if_empty="An empty token would let anyone in. Set it where you read it from.")
    if not re.fullmatch(_TOKEN, text):
        raise InputError(
            argument,
            "must hold only visible ASCII characters, as authorization_bearer_token does. "
            "Remove white space and line ends around it.",
        )
    return text


def _read_pairs(headers: Mapping[str, Any] | Iterable[tuple[Any, Any]]) -> list[tuple[bytes, bytes]]:
    # `items()` of websockets raises an error for a name that comes twice.
    get_pairs = getattr(headers, "raw_items", None) or getattr(headers, "items", None)
    pairs: object = get_pairs() if callable(get_pairs) else headers
    if not isinstance(pairs, Iterable) or isinstance(pairs, str | bytes):
        raise InputError("headers", f"must be a mapping or (name, value) pairs; got {type(headers).__name__}.")
    found: list[tuple[bytes, bytes]] = []
    for pair in cast("Iterable[object]", pairs):
        if not isinstance(pair, tuple | list) or len(cast("list[object]", pair)) != 2:
            raise InputError("headers", "must contain only (name, value) pairs.")
        name, value = cast("tuple[object, object]", pair)
        found.append((_encode(name), _encode(value)))
    return found


def _encode(text: object) -> bytes:
    """Return text as bytes. No character but ASCII's own becomes ASCII."""
    if isinstance(text, bytes):
        return text
    if isinstance(text, str):
        return text.encode("utf-8", "surrogatepass")  # websockets decodes other bytes to lone surrogates
    raise InputError("headers", f"must have text or bytes as names and values; got {type(text).__name__}.")
