"""What an argument must be before it is sent. Each check returns its argument, or raises InputError.

A text that may hold a secret (a token, the query of a URL) is never quoted.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from signalwire_streams._errors import InputError
from signalwire_streams._text import quoted

# The patterns are the document's, letter for letter; a test compares them.
_PORT = r"(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?"
_HOST = r"([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\])"
_PATH = r"(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
_TAIL = r"([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
STREAM_URL = re.compile(f"^wss://{_HOST}{_PORT}{_PATH}$")
STATUS_CALLBACK = re.compile(
    rf"^https?://([A-Za-z0-9._~!$&'()*+,;=:-]*@)?{_HOST}{_PORT}{_PATH}(\?{_TAIL})?(#{_TAIL})?$"
)
CALL_SID = re.compile(r"^[^/\\\x00-\x20\x7f-\x9f]+$")
NAME = re.compile(r"^[^\x00-\x1f\x7f-\x9f]+$")
BEARER_TOKEN = re.compile("^[!-~]+$")
MAX_LENGTH = 1000
_SURROGATE = re.compile("[\ud800-\udfff]")
_SCHEME = re.compile("[A-Za-z][A-Za-z0-9+.-]{0,20}")


def check_text(argument: str, value: object) -> str:
    """Take text that is not empty and can be written in UTF-8."""
    if not isinstance(value, str):
        raise InputError(argument, f"is of type {type(value).__name__}; expected text.")
    if not value:
        raise InputError(argument, "is empty.")
    if _SURROGATE.search(value):
        raise InputError(argument, "holds a lone surrogate, which cannot be sent.")
    return str.__str__(value)  # the plain text of a str subclass, such as a member of an enumeration


def check_name(argument: str, value: object) -> str:
    """Take what can stand as one segment of a path, once percent-encoded: a stream's name or sid.

    Refused is what a gateway could take for another place, even one that decodes the segment before it reads it.
    """
    text = check_text(argument, value)
    if len(text) > MAX_LENGTH:
        raise InputError(argument, f"is {len(text)} characters long; expected at most {MAX_LENGTH}.")
    if not NAME.fullmatch(text):
        raise InputError(argument, "holds control characters, which a path cannot carry.")
    if {".", ".."} & set(re.split(r"[/\\]", text)):
        raise InputError(argument, "has a segment '.' or '..', which in a path means another place.")
    if text.endswith(".json"):
        raise InputError(argument, "ends in '.json', which the API takes off a path.")
    return text


def check_call_sid(value: object) -> str:
    """Take a call's SID. Its form is the service's affair, but it has no slash and no space."""
    text = check_name("call_sid", value)
    if not CALL_SID.fullmatch(text):
        raise InputError("call_sid", "holds a slash or a space; give the SID alone, not a path or a URL.")
    return text


def check_choice(argument: str, value: object, choices: Collection[str]) -> str:
    """Take one of the values that the document lists."""
    text = check_text(argument, value)
    if text not in choices:
        raise InputError(argument, f"{quoted(text)} does not exist; expected one of {', '.join(sorted(choices))}.")
    return text


def check_bearer_token(argument: str, value: object) -> str:
    """Take what can stand in an Authorization header."""
    text = check_text(argument, value)
    if not BEARER_TOKEN.fullmatch(text):
        raise InputError(argument, "holds white space, control or non-ASCII characters, which a header cannot carry.")
    return text


def check_stream_url(argument: str, value: object) -> str:
    """Take the URL of a WebSocket server."""
    text = check_text(argument, value)
    if STREAM_URL.fullmatch(text):
        return text
    authority = _after_scheme(argument, text, ("wss",))
    if "?" in text:
        raise InputError(argument, "must not have a query string.", instead="parameters")
    if "#" in text:
        raise InputError(argument, "has a fragment, which the URL of a WebSocket cannot have; leave it out.")
    if "@" in authority:
        raise InputError(argument, "must not hold credentials.", instead="authorization_bearer_token")
    raise _malformed(argument)


def check_status_callback(argument: str, value: object) -> str:
    """Take the URL that is told of the stream's events."""
    text = check_text(argument, value)
    if STATUS_CALLBACK.fullmatch(text):
        return text
    _after_scheme(argument, text, ("https", "http"))
    raise _malformed(argument)


def _after_scheme(argument: str, text: str, schemes: tuple[str, ...]) -> str:
    """Return the authority of a URL that has one of the schemes, and no character that no URL has."""
    wanted = f"{' or '.join(schemes)}, as in '{schemes[0]}://example.com/path'"
    for position, char in enumerate(text):
        if not "!" <= char <= "~":
            raise InputError(
                argument,
                f"holds {char!a} at position {position}; white space, control and non-ASCII characters "
                "are percent-encoded in a URL's path, and a host name is written in its ASCII form.",
            )
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        raise InputError(argument, f"is not an absolute URL; expected one of {wanted}.")
    if scheme not in schemes:
        reason = " Plain ws is refused by the API, as the audio would travel in the clear." if scheme == "ws" else ""
        raise InputError(argument, f"has the scheme {quoted(scheme)}; expected {wanted}.{reason}")
    return re.split("[/?#]", rest, maxsplit=1)[0]


def _malformed(argument: str) -> InputError:
    return InputError(
        argument,
        "is not a valid URL: the host must be a name or an address, a port 1 to 65535, and other characters than "
        "letters, digits and -._~!$&'()*+,;=:@/ percent-encoded.",
    )
