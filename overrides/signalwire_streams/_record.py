"""The base class of what responses describe."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import attrs
import httpx
from signalwire_streams_derived.fields import RecordField

from signalwire_streams._errors import APIResponseError

_T = TypeVar("_T")
_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool, "datetime": datetime}


@attrs.frozen(repr=False, kw_only=True)
class Record:
    """An object that a response describes.

    A field that the response lacks, or that is invalid, does not cost you the others. Reading it raises
    APIResponseError. `unreadable` lists these fields and is usually empty.
    """

    FIELDS: ClassVar[tuple[RecordField, ...]]

    raw: dict[str, Any] = attrs.field(eq=False)
    """The object as it was sent, with fields that the OpenAPI document does not have."""
    headers: httpx.Headers = attrs.field(factory=httpx.Headers, eq=False)
    """The response headers, among them SignalWire's rate limit."""
    _errors: Mapping[str, APIResponseError] = attrs.field(
        factory=dict[str, APIResponseError], eq=False, alias="_errors"
    )
    _redacted: Mapping[str, str] = attrs.field(factory=dict[str, str], eq=False, alias="_redacted")

    def __attrs_post_init__(self) -> None:
        """Check the types. Raises TypeError."""
        for field in self.FIELDS:
            name, value = field.attribute, getattr(self, f"_{field.attribute}")
            if value is None and (field.is_nullable or name in self._errors):
                continue
            if not isinstance(value, _TYPES[field.type]):
                raise TypeError(f"{name} must be a {field.type}; got {type(value).__name__}.")

    @property
    def unreadable(self) -> Mapping[str, str]:
        """The fields that could not be read, each with what is wrong. Usually empty."""
        return {field: error.problem for field, error in self._errors.items()}

    def __repr__(self) -> str:
        fields = (f"{field}={value!r}" for field, value in self._shown().items())
        return f"{type(self).__name__}({', '.join(fields)})"

    def _shown(self) -> dict[str, Any]:
        """Return the fields without the secrets that a server repeated. None stands for one that could not be read."""
        values = {field.attribute: getattr(self, f"_{field.attribute}") for field in self.FIELDS}
        return {
            name: self._redacted.get(value, value) if isinstance(value, str) else value
            for name, value in values.items()
        }

    def _get(self, field: str, value: _T) -> _T:
        if field in self._errors:
            raise copy.copy(self._errors[field])  # the one kept here must not collect tracebacks
        return value
