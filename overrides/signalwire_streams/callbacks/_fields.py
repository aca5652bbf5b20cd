"""Read form fields and headers from the types that web frameworks use for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from signalwire_streams._errors import InputError


class _HasKeys(Protocol):
    """A mapping, including a framework's own that is not registered as `Mapping`."""

    def keys(self) -> Iterable[Any]:
        """Return the names."""
        ...

    def __getitem__(self, name: Any, /) -> Any: ...  # noqa: ANN401  each framework has types of its own


Fields = _HasKeys | Mapping[Any, Any] | Iterable[tuple[Any, Any]]
"""The fields of a form or the headers of a request: a mapping, or (name, value) pairs.

The mapping may hold several values for a name, as `QueryDict`, `MultiDict` and the result of `parse_qs` do.
"""

# These return all values of a name, in Django, Starlette and Werkzeug; aiohttp; httpx; http.server and wsgiref.
_GETTERS_OF_ALL_VALUES = ("getlist", "getall", "get_list", "get_all")


def read_fields(argument: str, fields: Fields | bytes | str | None) -> list[tuple[object, object]]:
    """Return all (name, value) pairs, with bytes decoded to text.

    - `argument`: the name of the argument that an InputError names.
    - `fields`: the fields as a framework gives them, or a urlencoded request body.

    Raises InputError for any other type.
    """
    if fields is None:
        return []
    if isinstance(fields, bytes | bytearray | str):
        return [*parse_qsl(_decode(fields), keep_blank_values=True)]
    if callable(getattr(fields, "keys", None)):
        get_all = next((get for name in _GETTERS_OF_ALL_VALUES if callable(get := getattr(fields, name, None))), None)
        mapping = cast("_HasKeys", fields)
        pairs = [
            (name, value)
            for name in dict.fromkeys(mapping.keys())
            for value in _as_values(get_all(name) if get_all else mapping[name])
        ]
    else:
        pairs = _read_pairs(argument, fields)
    return [(_decode(name), _decode(value)) for name, value in pairs]


def _read_pairs(argument: str, fields: Fields) -> list[tuple[object, object]]:
    if not isinstance(fields, Iterable):
        hint = " Await it first." if hasattr(fields, "__await__") else ""
        kind = type(fields).__name__
        raise InputError(argument, f"must be a mapping, pairs or the bytes of the body; got {kind}.{hint}")
    pairs: list[Sequence[object]] = list(fields)
    if any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
        raise InputError(argument, "must contain only (name, value) pairs.")
    return [(name, value) for name, value in pairs]


def _as_values(value: Any) -> Iterable[object]:  # noqa: ANN401  one value of any type, or a list of them
    return cast("Sequence[object]", value) if isinstance(value, tuple | list) else (value,)


def _decode(value: Any) -> Any:  # noqa: ANN401  the caller rejects values that are not text
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else value
