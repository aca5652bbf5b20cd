"""Read form fields and headers from the types that web frameworks use for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from signalwire_streams._errors import InputError, SignatureError

MAX_SIZE = 64 * 1024
MAX_FIELDS = 1000


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
# This returns all pairs, in Starlette, where `getlist` reads the whole form for each name.
_GETTER_OF_ALL_PAIRS = "multi_items"


def read_fields(argument: str, fields: Fields | bytes | str | None) -> list[tuple[object, object]]:
    """Return all (name, value) pairs, with bytes decoded to text.

    - `argument`: the name of the argument that an InputError names.
    - `fields`: the fields as a framework gives them, or a urlencoded request body.

    Raises SignatureError if there are more than SignalWire ever sends. The rest is not read.
    Raises InputError for any other type.
    """
    if fields is None:
        return []
    if isinstance(fields, bytes | bytearray | str):
        _check_size(argument, len(fields))
        try:
            return [*parse_qsl(_decode(fields), keep_blank_values=True, max_num_fields=MAX_FIELDS)]
        except ValueError:
            raise _too_many_fields(argument) from None
    get_all_pairs = getattr(fields, _GETTER_OF_ALL_PAIRS, None)
    if callable(get_all_pairs):
        fields = cast("Iterable[tuple[Any, Any]]", get_all_pairs())
    has_keys = callable(getattr(fields, "keys", None))
    pairs = _read_mapping(argument, cast("_HasKeys", fields)) if has_keys else _read_pairs(argument, fields)
    texts = [part for pair in pairs for part in pair if isinstance(part, bytes | bytearray | str)]
    _check_size(argument, sum(map(len, texts)))
    return [(_decode(name), _decode(value)) for name, value in pairs]


def _read_mapping(argument: str, mapping: _HasKeys) -> list[tuple[object, object]]:
    get_all = next((get for name in _GETTERS_OF_ALL_VALUES if callable(get := getattr(mapping, name, None))), None)
    pairs = (
        (name, value)
        for name in dict.fromkeys(_first(argument, mapping.keys()))
        for value in _as_values(get_all(name) if get_all else mapping[name])
    )
    return _first(argument, pairs)


def _read_pairs(argument: str, fields: Fields) -> list[tuple[object, object]]:
    if not isinstance(fields, Iterable):
        hint = " Await it first." if hasattr(fields, "__await__") else ""
        kind = type(fields).__name__
        raise InputError(argument, f"must be a mapping, pairs or the bytes of the body; got {kind}.{hint}")
    pairs: list[Sequence[object]] = _first(argument, fields)
    if any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
        raise InputError(argument, "must contain only (name, value) pairs.")
    return [(name, value) for name, value in pairs]


def _as_values(value: Any) -> Iterable[object]:  # noqa: ANN401  one value of any type, or a list of them
    return cast("Sequence[object]", value) if isinstance(value, tuple | list) else (value,)


def _decode(value: Any) -> Any:  # noqa: ANN401  the caller rejects values that are not text
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else value


def _first(argument: str, items: Iterable[Any]) -> list[Any]:
    """Return all items. If there are too many, the rest is not read."""
    first = list(islice(items, MAX_FIELDS + 1))
    if len(first) > MAX_FIELDS:
        raise _too_many_fields(argument)
    return first


def _too_many_fields(argument: str) -> SignatureError:
    return SignatureError(f"{argument} has more than {MAX_FIELDS:,} fields. SignalWire sends fewer.")


def _check_size(argument: str, size: int) -> None:
    if size > MAX_SIZE:
        raise SignatureError(f"{argument} has {size:,} bytes, more than {MAX_SIZE:,}. SignalWire sends less.")
