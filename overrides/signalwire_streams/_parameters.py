"""Custom parameters: a list of names and values, as the indexed form fields that the API takes, and back."""

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
"""Text, or a number, which is sent as Python writes it."""

# With Iterable for pairs, which a dict is too, mypy cannot tell what the values of a dict's display are to be.
_Pair = tuple[str, ParameterValue]

Parameters = Mapping[str, ParameterValue] | Sequence[_Pair] | Set[_Pair] | Iterator[_Pair]
"""A mapping, or pairs where order matters or a name comes more than once."""

_FIELD = re.compile(r"Parameter([1-9][0-9]?)\.(Name|Value)")


def encode_parameters(parameters: Parameters) -> dict[str, str]:
    """Return the form fields `Parameter1.Name`, `Parameter1.Value`, `Parameter2.Name`, … in the order given.

    A value is text, or an int or a finite float, which is sent as its text. A bool is refused, since services
    differ on how it is spelt, and so is None: write the text that the receiver expects, or leave the parameter out.

    Raises InputError for more than 99 parameters, an empty name, a name that is not text, or a value that is neither
    text nor a number that can be written. Its message never holds a value.
    """
    pairs = _pairs("parameters", parameters)
    if len(pairs) > MAX_PARAMETERS:
        raise InputError("parameters", f"there are {len(pairs)}; the API takes at most {MAX_PARAMETERS}.")
    fields: dict[str, str] = {}
    for index, (name, value) in enumerate(pairs, start=1):
        fields[f"Parameter{index}.Name"] = _name(name, index)
        fields[f"Parameter{index}.Value"] = _value(value, index)
    return fields


def decode_parameters(fields: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the parameters that the form fields hold, as pairs in the order of their indices.

    Fields whose names do not begin with `Parameter` are left aside. Raises InputError for an index that is not 1 to 99
    without leading zeros, a field given twice, a name without its value or a value without its name, and for what is
    not text. Its message never holds a value.
    """
    found: dict[tuple[int, str], str] = {}
    for item, (field, text) in enumerate(_pairs("fields", fields), start=1):
        if not isinstance(field, str):
            raise InputError("fields", f"the name of item {item} is of type {type(field).__name__}; expected text.")
        if not field.startswith("Parameter"):
            continue
        match = _FIELD.fullmatch(field)
        if match is None:
            raise InputError(
                quoted(field), "is not a parameter's field: these are Parameter1.Name to Parameter99.Value."
            )
        if not isinstance(text, str):
            raise InputError(field, f"is of type {type(text).__name__}; expected text.")
        key = int(match[1]), match[2]
        if key in found:
            raise InputError(field, "is there twice; each field is given once.")
        found[key] = text
    indices = sorted({index for index, _ in found})
    for index in indices:
        for half, other in (("Name", "Value"), ("Value", "Name")):
            if (index, half) not in found:
                raise InputError(f"Parameter{index}.{half}", f"is missing, though Parameter{index}.{other} is there.")
    return [(found[index, "Name"], found[index, "Value"]) for index in indices]


def _pairs(argument: str, parameters: object) -> list[tuple[object, object]]:
    if isinstance(parameters, Mapping):
        return list(cast("Mapping[object, object]", parameters).items())
    if isinstance(parameters, str | bytes) or not isinstance(parameters, Iterable):
        raise InputError(argument, f"is of type {type(parameters).__name__}; give a mapping or (name, value) pairs.")
    pairs = list(cast("Iterable[Sequence[object]]", parameters))
    for index, pair in enumerate(pairs, start=1):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(argument, f"item {index} is not a (name, value) pair.")
    return [(name, value) for name, value in pairs]


def _name(name: object, index: int) -> str:
    if not isinstance(name, str):
        raise InputError("parameters", f"the name of parameter {index} is of type {type(name).__name__}, not text.")
    if not name:
        raise InputError("parameters", f"the name of parameter {index} is empty; the receiver finds a value by it.")
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
        f"the value of parameter {index} is {kind}; give the text that the receiver expects, or leave it out.",
    )


def _utf8(text: str, half: str, index: int) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        # Not chained: the codec's error holds the whole value.
        raise InputError(
            "parameters",
            f"the {half} of parameter {index} has a lone surrogate at position {error.start}, which no form can carry.",
        ) from None
    return str.__str__(text)  # the plain text of a str subclass, such as a member of an enumeration
