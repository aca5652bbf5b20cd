"""Computing and verifying signatures."""

import base64
import hashlib
import hmac
import io
import pickle
import string
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from multidict import MultiDict
from signalwire_streams import InputError, SettingsError, SignatureError
from signalwire_streams.callbacks import SIGNATURE_HEADER, compute_signature, parse_status_callback, verify_signature
from starlette.datastructures import FormData

# Published in a public test suite.
KEY = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
BODY = b'{"event": "\xff not UTF-8"}'


def sha1(text: bytes, key: str = KEY) -> bytes:
    return hmac.new(key.encode(), text, hashlib.sha1).digest()


def base64_sha1(text: str, key: str = KEY) -> str:
    return base64.b64encode(sha1(text.encode(), key)).decode()


def accepts(url: str, signature: str, **arguments: Any) -> bool:
    try:
        verify_signature(url, signature=signature, **({"signing_key": KEY} | arguments))
    except SignatureError:
        return False
    return True


def test_the_published_vector_is_computed_and_accepted() -> None:
    assert compute_signature(URL, form=FORM, signing_key=KEY) == SIGNATURE
    verify_signature(URL, form=FORM, headers={SIGNATURE_HEADER: SIGNATURE}, signing_key=KEY)


@pytest.mark.parametrize(
    "form",
    [
        [*FORM.items()],
        [*FORM.items()][::-1],
        urlencode(FORM),
        urlencode(FORM).encode(),
        bytearray(urlencode(FORM).encode()),
    ],
)
def test_a_form_may_be_a_mapping_or_pairs_in_any_order_or_the_body(form: Any) -> None:
    verify_signature(URL, form=form, signature=SIGNATURE, signing_key=KEY)


def test_any_changed_character_of_the_signature_is_rejected() -> None:
    others = string.ascii_letters + string.digits + "+/= \n,-_é\x00"
    for signed, given in ({"form": FORM}, SIGNATURE), ({"body": BODY}, sha1(URL.encode() + BODY).hex()):
        assert accepts(URL, given, **signed)
        for place in range(len(given)):
            for other in others:
                changed = given[:place] + other + given[place + 1 :]
                assert changed == given or not accepts(URL, changed, **signed), changed
            assert not accepts(URL, given[:place] + given[place + 1 :], **signed)
        for other in others:
            assert not accepts(URL, given + other, **signed)
            assert not accepts(URL, other + given, **signed)


def test_any_changed_character_of_url_body_or_key_is_rejected() -> None:
    body = urlencode(FORM)
    for place in range(len(body)):
        assert not accepts(URL, SIGNATURE, form=body[:place] + "x" + body[place + 1 :]), place
    for place in range(len("https://"), len(URL)):
        assert not accepts(URL[:place] + "x" + URL[place + 1 :], SIGNATURE, form=FORM), place
    for key in ("12346", "1234", "123455", " 12345".strip() + "x"):
        assert not accepts(URL, SIGNATURE, form=FORM, signing_key=key)
    assert not accepts(URL.replace("https", "http"), SIGNATURE, form=FORM)
    assert not accepts(URL, SIGNATURE, form=FORM | {"More": ""})


def test_the_signature_of_a_get_covers_only_its_url() -> None:
    url = "https://example.com/events?StreamSid=ST1&b=%20+&a"
    assert accepts(url, base64_sha1(url))
    assert accepts(url, base64_sha1(url), form={})
    assert accepts(url, base64_sha1(url), form=b"")
    assert not accepts(url + "&c", base64_sha1(url))


def test_the_signature_of_a_raw_body_is_hexadecimal_and_covers_every_byte() -> None:
    url = "https://example.com/events"
    signature = sha1(url.encode() + BODY).hex()
    assert compute_signature(url, body=BODY, signing_key=KEY) == signature
    assert accepts(url, signature, body=BODY)
    assert not accepts(url, signature.upper(), body=BODY)
    assert not accepts(url, signature, body=BODY + b" ")
    assert accepts(url, sha1(url.encode()).hex(), body=b"")
    assert not accepts(url, base64.b64encode(sha1(url.encode() + BODY)).decode(), body=BODY)
    with pytest.raises(SignatureError, match="must be 40 lowercase hexadecimal digits for a body that is not a form"):
        verify_signature(url, body=BODY, signature=SIGNATURE, signing_key=KEY)
    assert not accepts(url, sha1(url.encode()).hex())


def test_each_distinct_value_of_a_name_is_signed_once_in_order() -> None:
    pairs = [("b", "2"), ("a", "y"), ("b", "1"), ("a", "x"), ("b", "1"), ("B", ""), ("é", "☎")]
    signature = base64_sha1("https://h/" + "B" + "axay" + "b1b2" + "é☎")
    assert accepts("https://h/", signature, form=pairs)
    assert accepts("https://h/", signature, form={"b": ["2", "1", "1"], "a": ("y", "x"), "B": "", "é": "☎"})
    assert accepts("https://h/", signature, form=urlencode(pairs).encode())
    assert not accepts("https://h/", signature, form=pairs[1:])


@pytest.mark.parametrize(
    ("seen", "signed"),
    [
        ("https://h.example/p?q", "https://h.example:443/p?q"),
        ("http://h.example/p?q", "http://h.example:80/p?q"),
        ("https://h.example:443/", "https://h.example/"),
        ("https://h.example", "https://h.example:443/"),
        ("https://[::1]/p", "https://[::1]:443/p"),
        ("https://user:pw@h.example/p", "https://user:pw@h.example:443/p"),
        ("https://h.example:443/?q=a:443", "https://h.example?q=a:443"),
        ("https://h.example/", "https://h.example"),
        ("https://h.example/caf\xe9 (1)?q=%C3%A9", "https://h.example/caf%C3%A9%20(1)?q=%C3%A9"),
        ("https://h.example:8443/p?q", "https://h.example/p?q"),
        ("https://h.example:80/", "https://h.example/"),
        ("https://user:80@h.example:8443/", "https://user:80@h.example/"),
        ("https://h.example/a#rt=5000", "https://h.example/a"),
        ("https://h.example/a?q#rt=5000&ot=200", "https://h.example/a?q#rt=5000&ot=200"),
        ("https://h.example:8443/#rt=5000", "https://h.example#rt=5000"),
        ("HTTPS://h.example/a", "HTTPS://h.example:443/a"),
    ],
)
def test_equivalent_urls_are_accepted(seen: str, signed: str) -> None:
    assert accepts(seen, base64_sha1(signed))
    assert accepts(seen, sha1(signed.encode()).hex(), body=b"")


@pytest.mark.parametrize(
    ("seen", "signed"),
    [
        ("https://h.example/", "https://h.example:8443/"),
        ("https://h.example:8443/", "https://h.example:443/"),
        ("https://h.example:8443/", "https://h.example:8444/"),
        ("https://h.example/", "https://h.example:80/"),
        ("https://h.example:8443/", "https://h.example:8443:443/"),
        ("https://h.example:1443/", "https://h.example:1/"),
        ("https://h.example/a", "https://h.example/a/"),
        ("https://h.example/a/", "https://h.example/a"),
        ("https://h.example/A", "https://h.example/a"),
        ("https://h.example/a", "https://h.example/a#rt=5000"),
        ("https://h.example/a#rt=5000", "https://h.example/a#rt=5001"),
    ],
)
def test_other_urls_are_rejected(seen: str, signed: str) -> None:
    assert not accepts(seen, base64_sha1(signed))


@pytest.mark.parametrize("port", ["", ":1", ":80", ":443", ":8443", ":65535"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_explicit_port_is_accepted_unchanged(scheme: str, port: str) -> None:
    url = f"{scheme}://h.example{port}/events"
    assert accepts(url, base64_sha1(url))


@pytest.mark.parametrize(
    ("seen", "public_url", "signed"),
    [
        ("http://10.0.0.7:8000/events?a=1", "https://app.example.com", "https://app.example.com/events?a=1"),
        ("http://10.0.0.7:8000/events", "https://app.example.com:443", "https://app.example.com/events"),
        ("http://10.0.0.7:8000/events", "https://app.example.com/", "https://app.example.com/events"),
        ("http://10.0.0.7:8000/events", "https://app.example.com/voice/", "https://app.example.com/voice/events"),
        ("http://10.0.0.7:8000/events", "https://app.example.com:8443/v", "https://app.example.com:8443/v/events"),
        ("http://10.0.0.7/", "https://u:p@app.example.com", "https://u:p@app.example.com"),
        ("http://10.0.0.7/#rt=9", "https://app.example.com:8443", "https://app.example.com#rt=9"),
    ],
)
def test_public_url_replaces_the_origin_behind_a_proxy(seen: str, public_url: str, signed: str) -> None:
    assert accepts(seen, base64_sha1(signed), public_url=public_url)
    assert not accepts(seen, base64_sha1(signed))
    assert not accepts(seen, base64_sha1(seen), public_url=public_url)


def test_forwarding_headers_are_not_trusted() -> None:
    headers = {
        SIGNATURE_HEADER: base64_sha1("https://victim.example/events"),
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "victim.example",
        "X-Forwarded-Port": "443",
        "X-Original-Host": "victim.example",
        "Forwarded": "host=victim.example;proto=https",
        "Host": "victim.example",
    }
    with pytest.raises(SignatureError):
        verify_signature("http://127.0.0.1:8000/events", headers=headers, signing_key=KEY)


@pytest.mark.parametrize(
    "public_url", ["app.example.com", "/events", "https://", "https://h?q", "https://h#f", "", "ftp://h"]
)
def test_an_invalid_public_url_raises(public_url: str) -> None:
    with pytest.raises(
        InputError, match="^public_url must be (an absolute URL|the start of a URL), such as 'https://app.example.com"
    ):
        verify_signature(URL, form=FORM, signature=SIGNATURE, signing_key=KEY, public_url=public_url)


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        (None, "^X-SignalWire-Signature is missing. "),
        ({}, "^X-SignalWire-Signature is missing. "),
        ({"X-Twilio-Signature": "hello"}, "^X-Twilio-Signature must be 20 bytes in Base64"),
        ({"X-Twilio-Signature": [SIGNATURE, SIGNATURE]}, "^X-Twilio-Signature appears 2 times. "),
        ({"X-Twilio-Signature": base64_sha1("another")}, "^X-Twilio-Signature does not match the request to "),
        ({"X-Twilio-Signature": SIGNATURE, SIGNATURE_HEADER: ""}, "^X-SignalWire-Signature is empty.$"),
        ({"X-Twilio-Signature": SIGNATURE, SIGNATURE_HEADER: base64_sha1("another")}, "^X-SignalWire-Signature does not"),
        ({SIGNATURE_HEADER: ""}, "^X-SignalWire-Signature is empty.$"),
        ({SIGNATURE_HEADER: "é" * 28}, "not ASCII"),
        ({SIGNATURE_HEADER: b"\xff" * 28}, "not ASCII"),
        ({SIGNATURE_HEADER: "hello"}, "must be 20 bytes in Base64"),
        ({SIGNATURE_HEADER: f" {SIGNATURE}"}, "must be 20 bytes in Base64"),
        ({SIGNATURE_HEADER: f"{SIGNATURE}\n"}, "must be 20 bytes in Base64"),
        ({SIGNATURE_HEADER: f"{SIGNATURE}, {SIGNATURE}"}, "must be 20 bytes in Base64"),
        ({SIGNATURE_HEADER: base64.b64encode(bytes(32)).decode()}, "must be 20 bytes in Base64"),
        ({SIGNATURE_HEADER: "0" * 40}, "must be 20 bytes in Base64 for a form or a GET. Pass any other body as body=.$"),
        ({SIGNATURE_HEADER: None}, "^X-SignalWire-Signature must be text; got NoneType.$"),
        ([(SIGNATURE_HEADER, SIGNATURE), (SIGNATURE_HEADER.lower(), SIGNATURE)], "^X-SignalWire-Signature appears 2 times. "),
        ({SIGNATURE_HEADER: [SIGNATURE, SIGNATURE]}, "^X-SignalWire-Signature appears 2 times. "),
        ({SIGNATURE_HEADER: []}, "^X-SignalWire-Signature is missing. "),
        ({SIGNATURE_HEADER: base64_sha1("another")}, "^X-SignalWire-Signature does not match the request to https://mycompany.com/myapp.php. "),
    ],
)  # fmt: skip
def test_a_missing_malformed_or_wrong_signature_raises_with_the_reason(headers: Any, problem: str) -> None:
    with pytest.raises(SignatureError, match=problem):
        verify_signature(URL, form=FORM, headers=headers, signing_key=KEY)
    with pytest.raises(SignatureError, match=problem):
        parse_status_callback(URL, form=FORM, headers=headers, signing_key=KEY)


def test_an_empty_missing_or_malformed_signature_argument_raises() -> None:
    for signature in ("", None, "nonsense"):
        with pytest.raises(SignatureError):
            verify_signature(URL, form=FORM, signature=signature, signing_key=KEY)


@pytest.mark.parametrize(
    "name", ["x-signalwire-signature", "X-SIGNALWIRE-SIGNATURE", "X-SignalWire-Signature", b"x-signalwire-signature"]
)
def test_the_header_name_is_case_insensitive_and_may_be_bytes(name: Any) -> None:
    for headers in ({"Host": "h", name: SIGNATURE}, [(name, SIGNATURE.encode()), (b"host", b"h")]):
        verify_signature(URL, form=FORM, headers=headers, signing_key=KEY)


@pytest.mark.parametrize("name", ["X-Twilio-Signature", "x-twilio-signature", b"X-TWILIO-SIGNATURE"])
def test_twilios_header_counts_where_signalwires_is_missing(name: Any) -> None:
    verify_signature(URL, form=FORM, headers=[(name, SIGNATURE)], signing_key=KEY)
    both = [(name, "another"), (SIGNATURE_HEADER, SIGNATURE), (name, "a third")]
    verify_signature(URL, form=FORM, headers=both, signing_key=KEY)


def test_the_message_shows_no_key_signature_body_credentials_or_query() -> None:
    key, secret = "c4nary-key", "c4nary-body"
    url = "https://user:c4nary-pw@example.com/events\x1b?token=c4nary-query"
    expected = compute_signature(url, form={"a": secret}, signing_key=key)
    with pytest.raises(SignatureError) as caught:
        verify_signature(url, form={"a": secret}, signature=SIGNATURE, signing_key=key)
    message = str(caught.value)
    assert r"https://example.com/events\x1b. " in message
    for text in ("c4nary", expected, SIGNATURE):
        assert text not in message


def test_every_equivalent_url_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: str, other: str) -> bool:
        compared.append(one)
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for signed in ("https://h.example/", "https://h.example:443"):
        compared.clear()
        assert accepts("https://h.example/", base64_sha1(signed))
        assert len(set(compared)) == 4
    for signed in ("https://h.example:8443/", "https://h.example#rt=1"):
        compared.clear()
        assert accepts("https://h.example:8443/#rt=1", base64_sha1(signed))
        assert len(set(compared)) == 8


def test_the_signing_key_argument_overrides_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALWIRE_SIGNING_KEY", KEY)
    verify_signature(URL, form=FORM, signature=SIGNATURE)
    assert compute_signature(URL, form=FORM) == SIGNATURE
    with pytest.raises(SignatureError):
        verify_signature(URL, form=FORM, signature=SIGNATURE, signing_key="another")


@pytest.mark.parametrize("signature", [None, "", SIGNATURE])
def test_a_missing_or_empty_signing_key_raises_and_names_the_setting(signature: str | None) -> None:
    for call in (verify_signature, parse_status_callback):
        with pytest.raises(
            SettingsError,
            match="^No signing_key set. Pass signing_key=… or set SIGNALWIRE_SIGNING_KEY.$",
        ):
            call(URL, form=FORM, signature=signature)
        with pytest.raises(SettingsError, match="^signing_key must not be empty.$"):
            call(URL, form=FORM, signature=signature, signing_key="")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"url": "/events"}, "^url must be an absolute URL, such as "),
        ({"url": "wss://h/"}, "^url must be an absolute URL, such as "),
        ({"url": None}, r"^url must be text, such as str\(request.url\); got NoneType.$"),
        ({"form": 5}, "^form must be a mapping, pairs or the bytes of the body; got int.$"),
        ({"form": ["ab"]}, "^form must contain only "),
        ({"headers": [("a", "b", "c")], "signature": None}, "^headers must contain only "),
        ({"headers": {}}, "^signature cannot be combined with headers. "),
        ({"body": b""}, "^body cannot be combined with form. "),
        ({"body": "text", "form": None}, "^body must be the bytes of the body; got str.$"),
    ],
)
def test_an_invalid_argument_is_named(arguments: dict[str, Any], problem: str) -> None:
    arguments = {"url": URL, "form": FORM, "signature": SIGNATURE, "signing_key": KEY} | arguments
    with pytest.raises(InputError, match=problem):
        verify_signature(**arguments)


def test_a_form_that_was_not_awaited_raises_with_a_hint() -> None:
    async def form() -> None: ...

    forgotten: Any = form()
    with pytest.raises(InputError, match="^form must be .*; got coroutine. Await it first.$"):
        verify_signature(URL, form=forgotten, signature=SIGNATURE, signing_key=KEY)
    forgotten.close()


def test_a_form_field_that_is_not_text_such_as_a_file_is_rejected() -> None:
    for form in ({"a": 1}, {"a": None}, {"a": io.BytesIO()}, [(1, "a")]):
        with pytest.raises(SignatureError, match="^Form field .* must be text; got "):
            verify_signature(URL, form=form, signature=SIGNATURE, signing_key=KEY)
        with pytest.raises(InputError, match="^form cannot be signed. Form field .* must be text; got "):
            compute_signature(URL, form=form, signing_key=KEY)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe=\xff", b"%FF=%ED%A0%80", b"&&&=", b"=" * 1000, b"a=1;b=2", b"\x00", "\ud800"]
)
def test_hostile_bodies_and_urls_only_raise_signature_errors(body: Any) -> None:
    for url in ("https://h/", "https://[/", "https://@@:::/", "https://h/\ud800?\x00", "https://"):
        with pytest.raises(SignatureError):
            verify_signature(url, form=body, signature=SIGNATURE, signing_key=KEY)
        assert accepts(url, compute_signature(url, form=body, signing_key=KEY), form=body)


MANY = [(f"Name{number}", "") for number in range(1001)]
LONG = [("Name", "x" * 65_536)]


@pytest.mark.parametrize(
    "framework", [list, dict, urlencode, lambda pairs: urlencode(pairs).encode(), FormData, MultiDict]
)
@pytest.mark.parametrize(
    ("pairs", "problem"),
    [(MANY, "^form has more than 1,000 fields. "), (LONG, "^form has 65,5[0-9]{2} bytes, more than 65,536. ")],
    ids=["many", "long"],
)
def test_a_form_larger_than_signalwires_is_refused_in_every_type(framework: Any, pairs: Any, problem: str) -> None:
    for call in (verify_signature, partial(parse_status_callback, verify=False)):
        with pytest.raises(SignatureError, match=problem):
            call(URL, form=framework(pairs), signature=SIGNATURE, signing_key=KEY)
    with pytest.raises(InputError, match="^form cannot be signed. form has "):
        compute_signature(URL, form=framework(pairs), signing_key=KEY)
    most = [("Name", "x" * 65_000)] if pairs is LONG else MANY[1:]
    verify_signature(
        URL, form=framework(most), signature=compute_signature(URL, form=most, signing_key=KEY), signing_key=KEY
    )


def test_of_a_large_form_only_the_beginning_is_read() -> None:
    def endless() -> Iterator[tuple[str, str]]:
        for _ in range(1001):
            yield "a", "b"
        raise AssertionError

    class Form(dict[str, str]):
        """A form of a framework that looks for each name in all fields."""

        def getlist(self, name: str) -> list[str]:
            raise AssertionError(name)

    forms: list[Any] = [endless(), Form(MANY)]
    for form in forms:
        with pytest.raises(SignatureError, match="^form has more than 1,000 fields. "):
            verify_signature(URL, form=form, signature=SIGNATURE, signing_key=KEY)


def test_starlettes_form_is_not_read_again_for_each_name() -> None:
    class Form(FormData):
        def getlist(self, key: str) -> list[Any]:
            raise AssertionError(key)

    verify_signature(URL, form=Form([*FORM.items()]), signature=SIGNATURE, signing_key=KEY)


def test_a_form_is_sorted_once_for_all_urls() -> None:
    class Text(str):
        __slots__ = ()
        comparisons = 0

        def __lt__(self, other: str) -> bool:
            Text.comparisons += 1
            return str.__lt__(self, other)

    pairs = [(Text(name), value) for name, value in FORM.items()]
    sorted(pairs)
    once, Text.comparisons = Text.comparisons, 0
    with pytest.raises(SignatureError):
        verify_signature("https://h.example:8443/#rt=1", form=pairs, signature=SIGNATURE, signing_key=KEY)
    assert 0 < Text.comparisons < 2 * once


def test_a_query_with_too_many_fields_is_refused() -> None:
    with pytest.raises(SignatureError, match="^url has more than 1,000 fields. "):
        parse_status_callback(f"{URL}&{urlencode(MANY)}", signature=SIGNATURE, signing_key=KEY)


def test_a_signature_error_can_be_pickled() -> None:
    with pytest.raises(SignatureError) as caught:
        verify_signature(URL, form=FORM, signature="", signing_key=KEY)
    twin = pickle.loads(pickle.dumps(caught.value))
    assert (type(twin), str(twin)) == (SignatureError, str(caught.value))


def test_a_lone_surrogate_does_not_match_a_signed_question_mark() -> None:
    signature = compute_signature(URL, form={"StreamName": "a?b"}, signing_key=KEY)
    assert accepts(URL, signature, form={"StreamName": "a?b"})
    assert not accepts(URL, signature, form={"StreamName": "a\udcffb"})
    signature = compute_signature("https://app.example.com/?StreamName=a%3Fb", signing_key=KEY)
    assert not accepts("https://app.example.com/?StreamName=a\udcffb", signature)
