"""Encode custom parameters as the indexed form fields of the API, and decode them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from math import isfinite
from typing import cast

from signalwire_streams._errors import InputError
from signalwire_streams._text import quoted

MAX_PARAMETERS = 99

ParameterValue = str | int | float
"""Text, or a number, which is sent as Python prints it."""

# Not Iterable, which a dict is too: mypy could not infer the type of its values.
_Pair = tuple[str, ParameterValue]

Parameters = Mapping[str, ParameterValue] | Sequence[_Pair] | Set[_Pair] | Iterator[_Pair]
"""A mapping, or (name, value) pairs if order matters or a name repeats."""

_FIELD = r"Parameter([1-9][0-9]?)\.(Name|Value)"


def encode_parameters(parameters: Parameters) -> dict[str, str]:
    """Return the form fields `Parameter1.Name`, `Parameter1.Value`, `Parameter2.Name`, … in the order given.

    - `parameters`: at most 99 names and values. A value is text, an int or a finite float. Pass text for a bool or
      None, because receivers differ on how to spell them.

    Raises InputError for more than 99 parameters, an empty name, or a name or value of another type. Its message never
    shows a value.
    """
    pairs = _pairs("parameters", parameters)
    if len(pairs) > MAX_PARAMETERS:
        raise InputError("parameters", f"must have at most {MAX_PARAMETERS} entries; got {len(pairs)}.")
    fields: dict[str, str] = {}
    for index, (name, value) in enumerate(pairs, start=1):
        fields[f"Parameter{index}.Name"] = _name(name, index)
        fields[f"Parameter{index}.Value"] = _value(value, index)
    return fields


def decode_parameters(fields: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the custom parameters of form fields, as (name, value) pairs in the order of their indices.

    - `fields`: a mapping or pairs. Fields whose names do not start with `Parameter` are ignored.

    Raises InputError for an index other than 1 to 99 without leading zeros, a repeated field, a name without a value or
    a value without a name, and for anything but text. Its message never shows a value.
    """
    found: dict[tuple[int, str], str] = {}
    for item, (field, text) in enumerate(_pairs("fields", fields), start=1):
        if not isinstance(field, str):
            raise InputError("fields", f"must have str names; got {type(field).__name__} for item {item}.")
        if not field.startswith("Parameter"):
            continue
        match = re.fullmatch(_FIELD, field)
        if match is None:
            raise InputError(
                quoted(field), "must be one of Parameter1.Name to Parameter99.Value, without leading zeros."
            )
        if not isinstance(text, str):
            raise InputError(field, f"must be a str; got {type(text).__name__}.")
        key = int(match[1]), match[2]
        if key in found:
            raise InputError(field, "must not be repeated.")
        found[key] = text
    indices = sorted({index for index, _ in found})
    for index in indices:
        for half, other in (("Name", "Value"), ("Value", "Name")):
            if (index, half) not in found:
                raise InputError(f"Parameter{index}.{half}", f"is missing beside Parameter{index}.{other}. Pass both.")
    return [(found[index, "Name"], found[index, "Value"]) for index in indices]


def _pairs(argument: str, parameters: object) -> list[tuple[object, object]]:
    if isinstance(parameters, Mapping):
        return list(cast("Mapping[object, object]", parameters).items())
    if isinstance(parameters, str | bytes) or not isinstance(parameters, Iterable):
        raise InputError(argument, f"must be a mapping or (name, value) pairs; got {type(parameters).__name__}.")
    pairs = list(cast("Iterable[Sequence[object]]", parameters))
    for index, pair in enumerate(pairs, start=1):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(argument, f"must be a mapping or (name, value) pairs; item {index} is not a pair.")
    return [(name, value) for name, value in pairs]


def _name(name: object, index: int) -> str:
    if not isinstance(name, str):
        raise InputError("parameters", f"must have str names; name {index} is of type {type(name).__name__}.")
    if not name:
        raise InputError(
            "parameters",
            f"must not have empty names; name {index} is empty.",
        )
    return _utf8(name, "name", index)


def _value(value: object, index: int) -> str:
    if isinstance(value, str):
        return _utf8(value, "value", index)
    if isinstance(value, int) and not isinstance(value, bool):
        with suppress(ValueError):  # of an int of more digits than Python writes
            return int.__repr__(value)
    if isinstance(value, float) and isfinite(value):
        return float.__repr__(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind = f"of type {type(value).__name__}"
    else:
        kind = "a float that is not finite" if isinstance(value, float) else "an int of more digits than Python writes"
    raise InputError(
        "parameters",
        f"must have text or numbers as values; value {index} is {kind}. Pass the text that your server expects, "
        "or leave the parameter out.",
    )


def _utf8(text: str, half: str, index: int) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        # Not chained: the codec's error holds the whole value.
        raise InputError(
            "parameters",
            f"must not hold a lone surrogate, because UTF-8 cannot encode it ({half} {index}, position {error.start}).",
        ) from None
    return str.__str__(text)  # the plain text of a str subclass, such as a member of an enumeration
