"""Names and values, as web frameworks hand over a form or the headers of a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from signalwire_streams._errors import InputError


class _HasKeys(Protocol):
    """A mapping, or a mapping of a framework's own that is not registered as one."""

    def keys(self) -> Iterable[Any]:
        """Return the names."""
        ...

    def __getitem__(self, name: Any, /) -> Any: ...  # noqa: ANN401  as each of them has it


Fields = _HasKeys | Mapping[Any, Any] | Iterable[tuple[Any, Any]]
"""A mapping, also one of several values for a name (`QueryDict`, `MultiDict`, what `parse_qs` returns), or pairs."""

# How all values of a name are got from Django, Starlette and Werkzeug; aiohttp; httpx; http.server and wsgiref.
_GETTERS = ("getlist", "getall", "get_list", "get_all")


def read_fields(argument: str, fields: Fields | bytes | str | None) -> list[tuple[object, object]]:
    """Return all names and values, text where they were bytes. Raises InputError for what has none."""
    if fields is None:
        return []
    if isinstance(fields, bytes | bytearray | str):
        return [*parse_qsl(_text(fields), keep_blank_values=True)]
    if callable(getattr(fields, "keys", None)):
        getter = next((found for name in _GETTERS if callable(found := getattr(fields, name, None))), None)
        mapping = cast("_HasKeys", fields)
        pairs = [
            (name, value)
            for name in dict.fromkeys(mapping.keys())
            for value in _several(getter(name) if getter else mapping[name])
        ]
    else:
        pairs = _pairs(argument, fields)
    return [(_text(name), _text(value)) for name, value in pairs]


def _pairs(argument: str, fields: Fields) -> list[tuple[object, object]]:
    if not isinstance(fields, Iterable):
        hint = " Was it awaited?" if hasattr(fields, "__await__") else ""
        kind = type(fields).__name__
        raise InputError(argument, f"is of type {kind}; expected a mapping, pairs, or the bytes of a body.{hint}")
    pairs: list[Sequence[object]] = list(fields)
    if any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
        raise InputError(argument, "holds what is not a (name, value) pair.")
    return [(name, value) for name, value in pairs]


def _several(value: Any) -> Iterable[object]:  # noqa: ANN401  one value, or all of a name
    return cast("Sequence[object]", value) if isinstance(value, tuple | list) else (value,)


def _text(value: Any) -> Any:  # noqa: ANN401  what is no text is looked at by whoever needs text
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else value
