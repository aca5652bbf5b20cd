"""Compute and verify the signature of a callback request.

The signature is HMAC-SHA1 with the project's signing key.

- For a form or a GET, it covers the URL and each distinct name and value of the form, sorted. It is in Base64.
- For any other body, it covers the URL and the body. It is in hexadecimal digits.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable

from signalwire_streams._errors import InputError, SignatureError
from signalwire_streams._settings import resolve_setting
from signalwire_streams._text import quoted
from signalwire_streams.callbacks._fields import Fields, read_fields
from signalwire_streams.callbacks._request_url import RequestURL

SIGNATURE_HEADER = "X-SignalWire-Signature"
"""The request header that carries the signature."""

_COMPATIBLE_HEADER = "X-Twilio-Signature"  # SignalWire's own validators take it if the first one is missing

_BASE64_FORMAT = re.compile("[A-Za-z0-9+/]{27}=")
_HEX_FORMAT = re.compile("[0-9a-f]{40}")


def compute_signature(
    url: str, *, form: Fields | bytes | str | None = None, body: bytes | None = None, signing_key: str | None = None
) -> str:
    """Return the signature that SignalWire would send, to test your own callback handler.

    - `url`: the whole URL.
    - `form`: the fields of a form, as a mapping, as pairs or as the bytes of the body.
    - `body`: the bytes of any other body.
    - `signing_key`: the project's signing key (default: `SIGNALWIRE_SIGNING_KEY` from the environment).

    Raises SettingsError without a valid signing key.
    Raises InputError for an invalid argument.
    """
    request_url = RequestURL.parse(url)
    key = _resolve_key(signing_key)
    try:
        return _sign(key, str(request_url), _read_content(form, body), is_form=body is None)
    except SignatureError as error:
        raise InputError("form", f"cannot be signed. {error}") from None


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
    """Verify that SignalWire signed a request. The comparison takes constant time.

    - `url`: the whole URL of the request. It may end in the fragment of your `status_callback`, such as `#rt=5000`,
      which SignalWire may have signed. The port may be present or missing.
    - `form`: the fields of a form, as a mapping, as pairs or as the bytes of the body.
    - `body`: the bytes of any other body. A GET has neither `form` nor `body`.
    - `headers`: the request headers, which contain the signature: `X-SignalWire-Signature`, or `X-Twilio-Signature`
      if the first one is missing.
    - `signature`: the value of that header, in place of `headers`.
    - `signing_key`: the project's signing key (default: `SIGNALWIRE_SIGNING_KEY` from the environment).
    - `public_url`: behind a proxy, the origin that SignalWire calls, such as `https://app.example.com`. Add the path
      that the proxy removes, if any. Forwarding headers are never read, because anyone can send them.

    Raises SignatureError if the signature is missing or invalid, or the form is larger than SignalWire's. Respond
    with 403.
    Raises SettingsError without a valid signing key.
    Raises InputError for an argument that is wrong whatever the request is.
    """
    request_url = RequestURL.parse(url, public_url)
    key = _resolve_key(signing_key)
    content = _read_content(form, body)
    header, received = _read_signature(headers, signature)
    _check_format(header, received, is_form=body is None)
    if not _matches(key, request_url, content, received, is_form=body is None):
        raise SignatureError(
            f"{header} does not match the request to {request_url.redacted}. Check the signing key, and pass "
            "the URL and body as they arrived. Behind a proxy, pass public_url=, the origin that SignalWire calls."
        )


def _resolve_key(signing_key: str | None) -> bytes:
    key: str = resolve_setting("signing_key", signing_key)
    return key.encode()


def _read_content(form: Fields | bytes | str | None, body: bytes | None) -> bytes:
    """Return the part of the request that is signed after its URL: the sorted fields of a form, or a body."""
    if body is not None:
        if form is not None:
            raise InputError("body", "cannot be combined with form. Pass the bytes of a form as form=.")
        if not isinstance(body, bytes):
            raise InputError("body", f"must be the bytes of the body; got {type(body).__name__}.")
        return body
    fields: list[tuple[str, str]] = []
    for name, value in read_fields("form", form):
        if not isinstance(name, str) or not isinstance(value, str):
            kind = type(value if isinstance(name, str) else name).__name__
            raise SignatureError(f"Form field {quoted(name)} must be text; got {kind}. SignalWire signs only text.")
        fields.append((name, value))
    return _encode("".join(name + value for name, value in signed_order(fields)))


def signed_order(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the fields of a form as they are signed: each distinct pair once, sorted."""
    return sorted(set(fields))


def _read_signature(headers: Fields | None, signature: str | None) -> tuple[str, str]:
    """Return the name and the value of the header that carries the signature."""
    if signature is not None:
        if headers is not None:
            raise InputError("signature", "cannot be combined with headers. Pass one of them.")
        return SIGNATURE_HEADER, signature
    given = read_fields("headers", headers)
    for header in (SIGNATURE_HEADER, _COMPATIBLE_HEADER):
        values = [value for name, value in given if isinstance(name, str) and name.lower() == header.lower()]
        if len(values) > 1:
            raise SignatureError(f"{header} appears {len(values)} times. SignalWire sends it once.")
        if values:
            if not isinstance(values[0], str):
                raise SignatureError(f"{header} must be text; got {type(values[0]).__name__}.")
            return header, values[0]
    raise SignatureError(f"{SIGNATURE_HEADER} is missing. Pass the request headers as headers=.")


def _check_format(header: str, received: str, *, is_form: bool) -> None:
    if not received:
        raise SignatureError(f"{header} is empty.")
    if not received.isascii():
        raise SignatureError(f"{header} contains characters that are not ASCII.")
    if is_form and not _BASE64_FORMAT.fullmatch(received):
        raise SignatureError(f"{header} must be 20 bytes in Base64 for a form or a GET. Pass any other body as body=.")
    if not is_form and not _HEX_FORMAT.fullmatch(received):
        raise SignatureError(
            f"{header} must be 40 lowercase hexadecimal digits for a body that is not a form. Pass a form as form=."
        )


def _matches(key: bytes, request_url: RequestURL, content: bytes, received: str, *, is_form: bool) -> bool:
    comparisons = [
        hmac.compare_digest(_sign(key, url, content, is_form=is_form), received) for url in request_url.equivalents()
    ]
    return any(comparisons)  # over a list, because a generator would stop early and leak which URL matches


def _sign(key: bytes, url: str, content: bytes, *, is_form: bool) -> str:
    digest = hmac.digest(key, _encode(url) + content, "sha1")
    return b64encode(digest).decode() if is_form else digest.hex()


def _encode(text: str) -> bytes:
    # Replacing lone surrogates would make different texts have the same signature.
    return text.encode("utf-8", "surrogatepass")
