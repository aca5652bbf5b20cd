"""Signatures: HMAC-SHA1 with the project's signing key, over the URL and what was sent to it.

Of a form or a GET, in Base64: over the URL, then each distinct name and value of the body, sorted. Of any other
body, in hexadecimal digits: over the URL, then the body.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from typing import NoReturn

from signalwire_streams._errors import InputError, SignatureError
from signalwire_streams._settings import Secret, resolve_setting
from signalwire_streams._text import quoted
from signalwire_streams.callbacks._fields import Fields, read_fields
from signalwire_streams.callbacks._url import SeenURL

SIGNATURE_HEADER = "X-SignalWire-Signature"
_BASE64 = re.compile("[A-Za-z0-9+/]{27}=")
_HEX = re.compile("[0-9a-f]{40}")


def compute_signature(
    url: str, *, form: Fields | bytes | str | None = None, body: bytes | None = None, signing_key: str | None = None
) -> str:
    """Return the signature of a request as the service makes it, to call a receiver of your own in its tests.

    `form` and `body` are as `verify_signature` takes them. Raises SettingsError and InputError.
    """
    secret = Secret(signing_key)
    del signing_key
    seen = SeenURL.read(url)
    try:
        return _signature(resolve_setting("signing_key", secret), str(seen), _signed(form, body))
    except SignatureError as error:
        raise InputError("form", str(error)) from None


def verify_signature(
    url: str,
    *,
    form: Fields | bytes | str | None = None,
    body: bytes | None = None,
    headers: Fields | None = None,
    signature: str | None = None,
    signing_key: str | None = None,
    public_url: str | None = None,
) -> None:
    """Return if the request was signed with the project's signing key; raise SignatureError if that is not known.

    `url` is the URL that was requested, whole. `form` is the body of a form post: a mapping, pairs, or the bytes as
    they came. `body` is the bytes of a body of any other kind. A GET has neither.

    `signature` is the value of the header X-SignalWire-Signature; where it is not given, it is looked up in `headers`.
    `signing_key` defaults to the environment's `SIGNALWIRE_SIGNING_KEY`.

    `public_url` is for an application behind a proxy that changes the scheme or the host: what the service calls in
    place of these, such as `https://app.example.com`, with the path that the proxy takes away, if any. Forwarding
    headers are never read, since anybody can send them. It also ties the request to your host.

    The default port may be written in one URL and not in the other. All comparisons take the same time, whatever
    differs. Raises SettingsError without a signing key, and InputError for arguments that no request makes wrong.
    """
    secret = Secret(signing_key)
    del signing_key
    require_signature(
        SeenURL.read(url, public_url), form=form, body=body, headers=headers, signature=signature, signing_key=secret
    )


def require_signature(
    seen: SeenURL,
    *,
    form: Fields | bytes | str | None,
    body: bytes | None,
    headers: Fields | None,
    signature: str | None,
    signing_key: Secret,
) -> None:
    """Do what `verify_signature` does."""
    key = resolve_setting("signing_key", signing_key)
    signed = _signed(form, body)
    given = _given(headers, signature)
    if isinstance(signed, bytes):
        _require_form(given, _HEX, "40 hexadecimal digits in lower case, which a body that is no form has")
    else:
        _require_form(given, _BASE64, "Base64 of 20 bytes, which a form or a GET has")
    if not _fits(key, seen.spellings(), signed, given):
        raise SignatureError(
            f"{SIGNATURE_HEADER} does not fit the request to {seen.shown}: it was made with another signing key, for "
            "another body, or for another URL. Behind a proxy, give public_url, the origin that the service calls."
        )


def _fits(key: Secret, urls: list[str], signed: list[tuple[str, str]] | bytes, given: str) -> bool:
    # A list, since any() over a generator would end with the first that fits.
    return any([hmac.compare_digest(_signature(key, url, signed), given) for url in urls])  # noqa: C419  as said


def _signature(key: Secret, url: str, signed: list[tuple[str, str]] | bytes) -> str:
    if isinstance(signed, bytes):
        return hmac.digest(key.value.encode(), _utf8(url) + signed, "sha1").hex()
    text = url + "".join(name + value for name, value in sorted(set(signed)))
    return b64encode(hmac.digest(key.value.encode(), _utf8(text), "sha1")).decode()


def _signed(form: Fields | bytes | str | None, body: bytes | None) -> list[tuple[str, str]] | bytes:
    if body is not None:
        if form is not None:
            raise InputError("body", "and form are both given; a form's bytes are given as form.")
        if not isinstance(body, bytes):
            raise InputError("body", f"is of type {type(body).__name__}; expected the bytes as they came.")
        return body
    return [
        (name, value) if isinstance(name, str) and isinstance(value, str) else _refuse(name, value)
        for name, value in read_fields("form", form)
    ]


def _refuse(name: object, value: object) -> NoReturn:
    kind = type(value if isinstance(name, str) else name).__name__
    raise SignatureError(f"The form's field {quoted(name)} is not text but of type {kind}, which is never signed.")


def _given(headers: Fields | None, signature: str | None) -> str:
    values: list[object] = [signature]
    if signature is None:
        values = [
            value
            for name, value in read_fields("headers", headers)
            if isinstance(name, str) and name.lower() == SIGNATURE_HEADER.lower()
        ]
    elif headers is not None:
        raise InputError("signature", "and headers are both given; give one of them.")
    if not values:
        raise SignatureError(f"There is no header {SIGNATURE_HEADER}.")
    if len(values) > 1:
        raise SignatureError(f"The header {SIGNATURE_HEADER} is there {len(values)} times.")
    if not isinstance(values[0], str):
        raise SignatureError(f"{SIGNATURE_HEADER} is of type {type(values[0]).__name__}, not text.")
    return values[0]


def _require_form(given: str, form: re.Pattern[str], expected: str) -> None:
    if not given:
        raise SignatureError(f"{SIGNATURE_HEADER} is empty.")
    if not given.isascii():
        raise SignatureError(f"{SIGNATURE_HEADER} holds characters that are not ASCII.")
    if not form.fullmatch(given):
        raise SignatureError(f"{SIGNATURE_HEADER} is not {expected}.")


def _utf8(text: str) -> bytes:
    # Lone surrogates stay what they are: to be replaced would make them the same as what was signed.
    return text.encode("utf-8", "surrogatepass")
