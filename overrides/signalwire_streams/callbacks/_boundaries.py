"""Refuse an event whose signed text could have been cut differently.

The names and values of a form are signed one after the other, with nothing between them. Someone who has seen a
signed request can cut its text at other places: the signature still matches. In a form that passes these checks, all
other cuts fail them, or give the same event.
"""

from __future__ import annotations

import re

from signalwire_streams._errors import MessageError
from signalwire_streams._text import quoted
from signalwire_streams.callbacks._signature import signed_order

_PARAMETERS = frozenset({
    "AccountSid", "CallSid", "ConferenceSid", "StreamError", "StreamEvent", "StreamName", "StreamSid", "StreamTrack",
    "Timestamp", "Unique-ID",
})  # fmt: skip
_ANY_PARAMETER = re.compile("|".join(sorted(_PARAMETERS)))
_VALUES = {"StreamEvent": re.compile("stream-[a-z-]+"), "StreamTrack": re.compile("[a-z]+_tracks?")}
# A parameter that this package does not know yet has such a name. The end of a SID, a UUID or a number never begins so.
_OTHER_NAME = re.compile("[A-Za-z][A-Fa-f]*[G-Zg-z]")


def check_form(fields: list[tuple[str, str]]) -> None:
    """Check the fields of a signed form.

    Raises MessageError if they could be another event's, cut at other places.
    """
    for name, _ in fields:
        if name not in _PARAMETERS and not _OTHER_NAME.match(name):
            raise MessageError(quoted(name), "is not the name of a parameter, but perhaps the end of another value.")
    _check_text(signed_order(fields))
    _check_values(fields)


def check_query(fields: list[tuple[str, str]]) -> None:
    """Check the fields of a signed query. Nobody can cut it, but a form may have been moved into it.

    Raises MessageError if they could be another event's, cut at other places.
    """
    for field in fields:
        _check_text([field])
    _check_values(fields)


def _check_text(fields: list[tuple[str, str]]) -> None:
    """Refuse the name of a parameter anywhere but as a name."""
    text, starts = "", dict[int, str]()
    for name, value in fields:
        starts[len(text)] = name
        text += name + value
    for match in _ANY_PARAMETER.finditer(text):
        if starts.get(match.start()) != match[0]:
            holder = starts[max(start for start in starts if start <= match.start())]
            raise MessageError(
                holder if holder in _PARAMETERS else quoted(holder),
                f"contains {match[0]!r}, the name of a parameter, so that its signature could be another event's. "
                "Give the stream another name if its name contains it.",
            )


def _check_values(fields: list[tuple[str, str]]) -> None:
    for name, value in fields:
        if value and name in _VALUES and not _VALUES[name].fullmatch(value):
            raise MessageError(name, f"is {quoted(value)}, which no stream sends.")
