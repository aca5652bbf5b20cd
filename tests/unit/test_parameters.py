import asyncio
import enum
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from signalwire_streams import InputError, decode_parameters, encode_parameters
from starlette.datastructures import FormData, Headers
from starlette.formparsers import FormParser

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PAIRS = st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=99)


def test_a_mapping_is_numbered_from_one_in_its_order() -> None:
    assert list(encode_parameters({"FirstName": "Jane", "LastName": "Doe"}).items()) == [
        ("Parameter1.Name", "FirstName"),
        ("Parameter1.Value", "Jane"),
        ("Parameter2.Name", "LastName"),
        ("Parameter2.Value", "Doe"),
    ]


def test_pairs_keep_their_order_and_their_repeats() -> None:
    fields = encode_parameters([("Tag", "b"), ("Tag", "a")])
    assert [fields["Parameter1.Value"], fields["Parameter2.Value"]] == ["b", "a"]


def test_pairs_may_be_lists_as_json_has_them() -> None:
    assert encode_parameters([["a", "b"]]) == encode_parameters([("a", "b")])  # type: ignore[list-item]


def test_pairs_may_come_from_a_generator() -> None:
    assert encode_parameters((name, "x") for name in "ab") == encode_parameters([("a", "x"), ("b", "x")])


def test_an_empty_value_is_sent() -> None:
    assert encode_parameters({"Note": ""})["Parameter1.Value"] == ""


def test_numbers_are_sent_as_their_text() -> None:
    fields = encode_parameters({"int": -7, "float": 0.5, "big": 10**30})
    assert [fields[f"Parameter{index}.Value"] for index in (1, 2, 3)] == ["-7", "0.5", "1" + "0" * 30]


def test_a_member_of_an_enumeration_of_numbers_is_its_number() -> None:
    class Port(int, enum.Enum):  # its str() is not its number
        HTTPS = 443

    class Gain(float, enum.Enum):
        HALF = 0.5

    fields = encode_parameters({"Port": Port.HTTPS, "Gain": Gain.HALF})
    assert [fields["Parameter1.Value"], fields["Parameter2.Value"]] == ["443", "0.5"]


def test_an_int_of_more_digits_than_python_prints_is_rejected() -> None:
    with pytest.raises(
        InputError,
        match="^parameters must have text or numbers as values; value 1 is an int of more digits than Python writes[.]",
    ):
        encode_parameters({"a": 10**5000})


def test_a_member_of_a_text_enumeration_is_its_text() -> None:
    class Colour(str, enum.Enum):  # noqa: UP042  the spelling whose str() is not its text
        RED = "red"

    for text in encode_parameters([(Colour.RED, Colour.RED)]).values():
        assert type(text) is str
        assert text == "red"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "of type bool"),
        (False, "of type bool"),
        (None, "of type NoneType"),
        (b"bytes", "of type bytes"),
        (["list"], "of type list"),
    ]
    + [(float("nan"), "a float that is not finite"), (float("inf"), "a float that is not finite")],
)
def test_a_value_that_could_be_spelled_in_several_ways_is_rejected(value: Any, said: str) -> None:
    with pytest.raises(
        InputError,
        match=f"^parameters must have text or numbers as values; value 2 is {said}[.] Pass the text that your server ",
    ):
        encode_parameters({"Fine": "x", "Odd": value})


def test_ninety_nine_parameters_are_accepted() -> None:
    fields = encode_parameters([("n", "v")] * 99)
    assert list(fields)[-1] == "Parameter99.Value"
    assert len(fields) == 198


def test_a_hundredth_parameter_is_rejected() -> None:
    with pytest.raises(InputError, match="^parameters must have at most 99 entries; got 100[.]$"):
        encode_parameters([("n", "v")] * 100)


def test_an_empty_name_is_rejected() -> None:
    with pytest.raises(InputError, match="^parameters must not have empty names; name 1 is empty[.]$"):
        encode_parameters({"": "v"})


@pytest.mark.parametrize("name", [1, None, b"n"])
def test_a_name_that_is_not_text_is_rejected(name: Any) -> None:
    kind = type(name).__name__
    with pytest.raises(InputError, match=f"^parameters must have str names; name 1 is of type {kind}[.]$"):
        encode_parameters({name: "v"})


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ("ab", "got str"),
        (b"ab", "got bytes"),
        (7, "got int"),
        (["ab"], "item 1 is not a pair"),
        ([("a",)], "item 1 is not a pair"),
        ([("a", "b"), ("a", "b", "c")], "item 2 is not a pair"),
    ],
)
def test_anything_but_a_mapping_or_pairs_is_rejected(parameters: Any, problem: str) -> None:
    with pytest.raises(InputError, match=rf"^parameters must be a mapping or \(name, value\) pairs; {problem}[.]$"):
        encode_parameters(parameters)


@pytest.mark.parametrize(("half", "pair"), [("name", ("n\ud800", "v")), ("value", ("n", "v\udfff"))])
def test_a_lone_surrogate_is_rejected(half: str, pair: tuple[str, str]) -> None:
    with pytest.raises(
        InputError, match=rf"^parameters must not hold a lone surrogate, .* \({half} 1, position 1\)[.]$"
    ):
        encode_parameters([pair])


@pytest.mark.parametrize("value", ["hunter2\ud800", b"hunter2", ["hunter2"]])
def test_an_error_never_shows_the_value(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        encode_parameters({"Password": value})
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in repr(error)
        error = error.__cause__


@given(PAIRS)
@example([("&=+%", "&=+%\r\n\t ☎👩‍🚀\x00")] * 99)
def test_decoding_reverses_encoding(pairs: list[tuple[str, str]]) -> None:
    assert decode_parameters(encode_parameters(pairs)) == pairs


@given(PAIRS)
def test_other_form_parsers_read_the_same_pairs(pairs: list[tuple[str, str]]) -> None:
    body = urlencode(encode_parameters(pairs)).encode()
    expected = [text for pair in pairs for text in pair]
    assert [value for _, value in parse_qsl(body.decode(), keep_blank_values=True)] == expected
    assert [value for _, value in starlette_form(body).multi_items()] == expected


def starlette_form(body: bytes) -> FormData:
    async def chunks() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    return asyncio.run(FormParser(Headers(), chunks()).parse())


def test_decoding_sorts_by_index_and_ignores_other_fields() -> None:
    fields = [("Parameter10.Value", "j"), ("Url", "wss://x"), ("Parameter2.Name", "B"), ("Parameter2.Value", "b")]
    assert decode_parameters([*fields, ("Parameter10.Name", "J")]) == [("B", "b"), ("J", "j")]


@pytest.mark.parametrize(
    "field",
    [
        "Parameter0.Name",
        "Parameter100.Name",
        "Parameter01.Name",
        "Parameter1.Name\n",
        "Parameter.Name",
        "Parameter1.name",
    ]
    + ["Parameter١.Name", "Parameter-1.Name", "Parameter1"],
)
def test_decoding_rejects_a_field_that_is_almost_a_parameter(field: str) -> None:
    with pytest.raises(
        InputError, match=r"must be one of Parameter1\.Name to Parameter99\.Value, without leading zeros\.$"
    ) as caught:
        decode_parameters({field: "x"})
    assert caught.value.argument == repr(field)


@pytest.mark.parametrize(("there", "missing"), [("Name", "Value"), ("Value", "Name")])
def test_decoding_rejects_half_a_parameter(there: str, missing: str) -> None:
    with pytest.raises(
        InputError, match=rf"^Parameter3\.{missing} is missing beside Parameter3\.{there}\. Pass both\.$"
    ):
        decode_parameters({f"Parameter3.{there}": "x"})


def test_decoding_rejects_a_repeated_field() -> None:
    with pytest.raises(InputError, match=r"^Parameter1\.Name must not be repeated\.$"):
        decode_parameters([("Parameter1.Name", "a"), ("Parameter1.Name", "b")])


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (None, "must be a mapping or (name, value) pairs; got NoneType"),
        ("Parameter1.Name=a", "must be a mapping or (name, value) pairs; got str"),
        (7, "must be a mapping or (name, value) pairs; got int"),
        (["abc"], "must be a mapping or (name, value) pairs; item 1 is not a pair"),
        ([("Url", "x"), ("a", "b", "c")], "must be a mapping or (name, value) pairs; item 2 is not a pair"),
        ({1: "x"}, "must have str names; got int for item 1"),
        ([("Url", "x"), (b"Parameter1.Name", "x")], "must have str names; got bytes for item 2"),
    ],
)
def test_decoding_rejects_anything_but_fields_and_says_what_to_pass(fields: Any, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        decode_parameters(fields)
    assert str(caught.value) == f"fields {problem}."


@pytest.mark.parametrize("value", [None, 7, b"hunter2", ["hunter2"]])
def test_decoding_rejects_a_value_that_is_not_text_without_showing_it(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        decode_parameters({"Parameter1.Name": "Password", "Parameter1.Value": value})
    assert str(caught.value) == f"Parameter1.Value must be a str; got {type(value).__name__}."


def test_decoding_accepts_lists_as_pairs_and_does_not_read_values_of_other_fields() -> None:
    fields: Any = [["File", object()], ["Parameter1.Name", "a"], ["Parameter1.Value", "b"]]
    assert decode_parameters(fields) == [("a", "b")]
