from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from dateutil import parser as dateutil_parser
from hypothesis import given
from hypothesis import strategies as st
from signalwire_streams import InputError, parse_rfc2822_date

NINE_PM = datetime(2018, 9, 19, 21, 0, tzinfo=UTC)

SAME_MOMENT = {
    "the API's own": "Wed, 19 Sep 2018 21:00:00 +0000",
    "an offset east": "Wed, 19 Sep 2018 23:00:00 +0200",
    "an offset west, the day before": "Wed, 19 Sep 2018 16:30:00 -0430",
    "an offset of four days": "Mon, 24 Sep 2018 00:59:00 +9959",
    "GMT": "Wed, 19 Sep 2018 21:00:00 GMT",
    "UT": "Wed, 19 Sep 2018 21:00:00 UT",
    "a zone in lower case": "wed, 19 sep 2018 21:00:00 gmt",
    "EST": "Wed, 19 Sep 2018 16:00:00 EST",
    "EDT": "Wed, 19 Sep 2018 17:00:00 EDT",
    "CST": "Wed, 19 Sep 2018 15:00:00 CST",
    "CDT": "Wed, 19 Sep 2018 16:00:00 CDT",
    "MST": "Wed, 19 Sep 2018 14:00:00 MST",
    "MDT": "Wed, 19 Sep 2018 15:00:00 MDT",
    "PST": "Wed, 19 Sep 2018 13:00:00 PST",
    "PDT": "Wed, 19 Sep 2018 14:00:00 PDT",
    "an unknown offset": "Wed, 19 Sep 2018 21:00:00 -0000",
    "a military letter, whose offset the RFC does not trust": "Wed, 19 Sep 2018 21:00:00 A",
    "Z": "Wed, 19 Sep 2018 21:00:00 Z",
    "SignalWire's Sept": "Wed, 19 Sept 2018 21:00:00 +0000",
    "Sept in capitals, without a weekday": "19 SEPT 18 21:00 Z",
    "no weekday": "19 Sep 2018 21:00:00 +0000",
    "no seconds": "Wed, 19 Sep 2018 21:00 +0000",
    "a year of two digits": "Wed, 19 Sep 18 21:00:00 +0000",
    "a year of three digits": "Wed, 19 Sep 118 21:00:00 +0000",
    "a year with a zero before it": "Wed, 19 Sep 02018 21:00:00 +0000",
    "a year with more zeros than Python reads": f"Wed, 19 Sep {'0' * 5000}2018 21:00:00 +0000",
    "a comment at the end": "Wed, 19 Sep 2018 21:00:00 +0000 (UTC)",
    "comments between": "Wed (mid(week\\) (!)) ), 19 (nine)Sep 2018 21:00:00 +0000",
    "a comment with a fold, a tab and a control character": "Wed, 19 Sep 2018 21:00:00 +0000 (a\r\n b\r\n\tc\td\x01\x7f)",
    "a comment with backslashes": 'Wed, 19 Sep 2018 21:00:00 +0000 (\\\\)(\\a\\"\\()',
    "a fold between comments": "Wed, 19 Sep 2018 (a)\r\n (b)\r\n\t21:00:00 +0000",
    "a comment for a space": "Wed, 19 Sep 2018 21:00:00(evening)+0000",
    "folded space": "Wed, 19 Sep 2018\r\n 21:00:00\r\n\t+0000",
    "space around the colons": "Wed , 19 Sep 2018 21 : 00 : 00 +0000",
    "tabs and more spaces": "\tWed,  19\tSep  2018  21:00:00   +0000 ",
    "no space behind the comma": "Wed,19 Sep 2018 21:00:00 +0000",
    "a leap second": "Wed, 19 Sep 2018 20:59:60 +0000",
}


@pytest.mark.parametrize("text", SAME_MOMENT.values(), ids=SAME_MOMENT)
def test_every_form_of_rfc_2822_is_parsed_to_utc(text: str) -> None:
    moment = parse_rfc2822_date(text)
    assert moment == NINE_PM
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(("text", "year"), [("49", 2049), ("50", 1950), ("99", 1999), ("00", 2000), ("100", 2000)])
def test_short_years_are_read_as_section_4_3_says(text: str, year: int) -> None:
    assert parse_rfc2822_date(f"19 Sep {text} 21:00:00 +0000").year == year


def test_a_day_may_have_one_digit() -> None:
    assert parse_rfc2822_date("Sat, 1 Sep 2018 21:00:00 +0000").day == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "Sept",
        "2018-09-19T21:00:00Z",
        "Wed, 19 Sep 2018",
        "Wed, 19 Sep 2018 21:00:00",
        "Wed, 19 Sep 2018 21:00:00 CEST",
        "Wed, 19 Sep 2018 21:00:00 J",
        "Wed, 19 Sep 2018 21:00:00 +00:00",
        "Wed, 19 Sep 2018 21:00:00 +0060",
        "Wed, 19 Sep 2018 21:00:00 +000",
        "Wed, 19 Sep 2018 21:00:00+0000",
        "Thu, 19 Sep 2018 21:00:00 +0000",
        "Wednesday, 19 Sep 2018 21:00:00 +0000",
        "Wed 19 Sep 2018 21:00:00 +0000",
        "Wed, 19 September 2018 21:00:00 +0000",
        "Thu, 19 Sept 2018 21:00:00 +0000",
        "Wed, 19 Septe 2018 21:00:00 +0000",
        "Wed, 19 Sept. 2018 21:00:00 +0000",
        "Tue, 19 Junet 2018 21:00:00 +0000",
        "Wed, 19-Sep-2018 21:00:00 +0000",
        "Sep 19, 2018 21:00:00 +0000",
        "31 Sep 2018 21:00:00 +0000",
        "29 Feb 2019 21:00:00 +0000",
        "0 Sep 2018 21:00:00 +0000",
        "19 Sep 2018 24:00:00 +0000",
        "19 Sep 2018 21:60:00 +0000",
        "19 Sep 2018 21:00:61 +0000",
        "19 Sep 2018 1:00:00 +0000",
        "19 Sep 1899 21:00:00 +0000",
        "19 Sep 20180 21:00:00 +0000",
        "19 Sep 0018 21:00:00 +0000",
        "19 Sep 8 21:00:00 +0000",
        "31 Dec 9999 23:59:59 -0100",
        "19 Sep 2018 21:00:00 +0000 (open",
        "19 Sep 2018 21:00:00 +0000 (open (nested)",
        "19 Sep 2018 21:00:00 +0000 close)",
        "19 Sep 2018 21:00:00 +0000 close) (open",
        "19 Sep 2018 21:00:00 +0000 )(",
        "19 Sep 2018 21:00:00 +0000 (a) \\(",
        "19 Sep 2018 21:00:00 +0000 (a)\\",
        "19 Sep 2018 21:00:00 +0000 (a\\)",
        "19 Sep 2018 21:00:00 +0000 (café)",
        "19 Sep 2018 21:00:00 +0000 (\\é)",
        "19 Sep 2018 21:00:00 +0000 (\x80)",
        "19 Sep 2018 21:00:00 +0000 (a\x00b)",
        "19 Sep 2018 21:00:00 +0000 (a\rb)",
        "19 Sep 2018 21:00:00 +0000 (a\nb)",
        "19 Sep 2018 21:00:00 +0000 (a\n b)",
        "19 Sep 2018 21:00:00 +0000 (a\r\nb)",
        "19 Sep 2018 21:00:00 +0000 (a\r\n)",
        "19 Sep 2018 21:00:00 +0000 (a\\\r\n b)",
        "19 Sep 2018 21:00:00 +0000 (a\\\n b)",
        "19 Sep 2018 21:00:00 +0000 (a\\\x00b)",
        "19 Sep 2018 21:00:00 +0000 (a)\r\n",
        "19 Sep 2018\r\n(a)21:00:00 +0000",
        "19 Sep 2018\n21:00:00 +0000",
        "19 Sep 2018 21:00:00 +0000\n",
        "١٩ Sep 2018 21:00:00 +0000",
        "19 ſep 2018 21:00:00 +0000",
        "19 Sep 2018 21:00:00 EſT",
        "19 Sep 2018 21:00:00 \N{KELVIN SIGN}",
    ],
)
def test_any_other_text_raises_an_error_that_quotes_it(text: str) -> None:
    with pytest.raises(InputError, match="^date must be an RFC 2822 date, such as 'Wed, 19 Sep .*'; got ") as caught:
        parse_rfc2822_date(text)
    assert caught.value.argument == "date"
    assert ascii(text)[1:20] in ascii(str(caught.value)).replace("\\\\", "\\")


@pytest.mark.parametrize("value", [None, b"Wed, 19 Sep 2018 21:00:00 +0000", 0, NINE_PM])
def test_a_value_that_is_not_text_raises_an_error_with_its_type(value: Any) -> None:
    with pytest.raises(InputError, match=f"^date must be a str; got {type(value).__name__}[.]$"):
        parse_rfc2822_date(value)


@pytest.mark.parametrize("text", ["(" * 100_000, "()" * 100_000, "(" * 50_000 + ")" * 50_000, "(" + "\\a" * 50_000])
def test_comments_without_a_date_are_rejected_however_many_there_are(text: str) -> None:
    with pytest.raises(InputError, match="^date must be an RFC 2822 date"):
        parse_rfc2822_date(text)


def test_a_long_text_is_quoted_in_part() -> None:
    with pytest.raises(InputError) as caught:
        parse_rfc2822_date("x" * 100_000)
    assert len(str(caught.value)) < 300


# dateutil knows GMT and Z by itself and is told the others: a name that it does not know, as it does not know a military
# letter, leaves its value naive.
TOLD = {"UT": 0, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
TOLD_SECONDS = {name: hours * 3600 for name, hours in TOLD.items()}

# dateutil reads a year of two digits as the one nearest to today, the RFC as one of 1950 to 2049: these are both.
NOW = datetime.now(UTC).year
SHORT_YEARS = datetime(max(1950, NOW - 49), 1, 1), datetime(min(2049, NOW + 49), 12, 31)  # noqa: DTZ001


@st.composite
def offsets(draw: st.DrawFn) -> str:
    minutes = draw(st.integers(0, 23 * 60 + 59))
    return f"{draw(st.sampled_from('+-'))}{minutes // 60:02}{minutes % 60:02}"


@st.composite
def dates(draw: st.DrawFn) -> str:
    short = draw(st.booleans())
    first, last = SHORT_YEARS if short else (datetime(1900, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001
    local = draw(st.datetimes(first, last))
    weekday, month = format_datetime(local).split()[0:3:2]
    parts = [
        *draw(st.sampled_from([[weekday], []])),
        draw(st.sampled_from([f"{local.day:02}", str(local.day)])),
        month,
        f"{local.year % 100:02}" if short else str(local.year),
        f"{local:{draw(st.sampled_from(['%H:%M:%S', '%H:%M']))}}",
        draw(st.one_of(offsets(), st.sampled_from(["GMT", "Z", *TOLD]))),
    ]
    space = draw(st.sampled_from([" ", "  ", "\t", "\r\n ", " \r\n\t"]))
    return space.join(parts)


@given(dates())
def test_it_agrees_with_dateutil(text: str) -> None:
    assert parse_rfc2822_date(text) == dateutil_parser.parse(text, tzinfos=TOLD_SECONDS)
