"""Parse RFC 2822 dates to aware datetimes in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from signalwire_streams._errors import InputError
from signalwire_streams._text import quoted

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONE_HOURS = {"edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8}

# Sections 3.3 and 4.3, once comments and folds are single spaces. A military letter counts as -0000 (section 4.3).
_DATE_TIME = rf"""(?xai)\ *(?:(?P<weekday>{"|".join(_DAYS)})\ *,)?\ *
    (?P<day>[0-9]{{1,2}})\ +(?P<month>{"|".join(_MONTHS)}|sept)\ +(?P<year>0*[0-9]{{2,4}})\ +
    (?P<hour>[0-9]{{2}})\ *:\ *(?P<minute>[0-9]{{2}})(?:\ *:\ *(?P<second>[0-9]{{2}}))?\ +
    (?:(?P<offset>[+-][0-9]{{2}}[0-5][0-9])|(?P<zone>ut|gmt|{"|".join(_ZONE_HOURS)}|[a-ik-z]))\ *"""
_SPACE = r"(?:[ \t]|\r\n(?=[ \t]))+"
# Section 3.2: a character with a backslash before it, a bracket, or a run of what stands for itself. Comments nest.
_PIECE = r"\\[\x01-\x09\x0b\x0c\x0e-\x7f]|[()]|(?:[\x01-\x09\x0b\x0c\x0e-'*-[\]-\x7f]|\r\n(?=[ \t]))+"


def parse_rfc2822_date(text: str) -> datetime:
    """Parse an RFC 2822 date to an aware datetime in UTC.

    - `text`: a date such as `Wed, 19 Sep 2018 21:00:00 +0000`, or in an obsolete form of section 4.3: `GMT`, the North
      American zones, military letters and `-0000` (read as UTC), a missing weekday or seconds, years of two or three
      digits, comments and folded white space. A leap second is the first moment of the next minute.

    It also accepts `Sept` for September, which the RFC does not allow, because SignalWire's examples have it.

    Raises InputError for anything else, including a wrong weekday. It is stricter than the RFC in three ways: it
    rejects other alphabetic zones such as `CEST`, which section 4.3 would read as UTC; years after 9999; and a NUL, CR
    or LF after a backslash in a comment.
    """
    if not isinstance(text, str):
        raise InputError("date", f"must be a str; got {type(text).__name__}.")
    match = re.fullmatch(_DATE_TIME, re.sub(_SPACE, " ", _without_comments(text)))
    if match is None:
        raise _refused(text)
    year = int(match["year"][-4:])  # zeros are all that can stand before
    if len(match["year"]) == 3:
        year += 1900
    elif len(match["year"]) == 2:
        year += 2000 if year < 50 else 1900
    second = int(match["second"] or 0)
    offset = match["offset"]
    if offset is None:
        shift = timedelta(hours=_ZONE_HOURS.get(match["zone"].lower(), 0))
    else:
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:])) * (-1 if offset[0] == "-" else 1)
    try:
        local = datetime(
            year,
            _MONTHS.index(match["month"].lower()[:3]) + 1,
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            min(second, 59) if second <= 60 else second,
            tzinfo=UTC,
        )
        moment = local - shift + timedelta(seconds=second // 60)
    except (ValueError, OverflowError):
        raise _refused(text) from None
    weekday = match["weekday"]
    if year < 1900 or (weekday is not None and weekday.lower() != _DAYS[local.weekday()]):
        raise _refused(text)
    return moment


def _without_comments(text: str) -> str:
    """Put a space for each comment, and keep what no date has where a comment is not one."""
    if "(" not in text:
        return text
    pieces: list[str] = re.findall(_PIECE, text)
    if "".join(pieces) != text:
        return text
    kept: list[str] = []
    depth = 0
    for piece in pieces:
        if piece == "(":
            depth += 1
        elif piece == ")" and depth > 0:
            depth -= 1
            kept.append(" ")
        elif depth == 0:
            kept.append(piece)
    return "".join(kept) + "(" * depth  # what was left open stands in no date


def _refused(text: str) -> InputError:
    return InputError(
        "date", f"must be an RFC 2822 date, such as 'Wed, 19 Sep 2018 21:00:00 +0000'; got {quoted(text)}."
    )
