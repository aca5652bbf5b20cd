"""Check arguments before anything is sent.

Text that may hold a secret (a token, the query of a URL) is never quoted.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Collection
from functools import cache, wraps
from inspect import iscoroutinefunction, signature
from typing import Any, ParamSpec, TypeVar, cast

import httpx
from signalwire_streams_api.models.call_status import CALL_STATUS_VALUES
from signalwire_streams_derived.fields import FIELDS, Field

from signalwire_streams._errors import InputError, SettingsError
from signalwire_streams._retry import RetryPolicy
from signalwire_streams._text import quoted

# The pattern of a SID in a path, which is also in the OpenAPI document; a test compares them.
SID = r"^[^/\\\x00-\x20\x7f-\x9f]+$"
_PATTERNS = {field.keyword: field.pattern or "" for field in FIELDS["start_stream"]}
MAX_LENGTH = 1000
TO_TEST_LOCALLY = "To test locally, see MockServer.route()."
_SURROGATE = "[\ud800-\udfff]"
_SCHEME = "[A-Za-z][A-Za-z0-9+.-]{0,20}"


def check_text(
    argument: str, value: object, *, if_empty: str = "Leave the argument out if you have no value for it."
) -> str:
    """Check text: not empty, and valid in UTF-8. `if_empty`: what to do, as the message says."""
    if not isinstance(value, str):
        raise InputError(argument, f"must be a str; got {type(value).__name__}.")
    if not value:
        raise InputError(argument, f"must not be empty. {if_empty}")
    if re.search(_SURROGATE, value):
        raise InputError(argument, "must not hold a lone surrogate, because UTF-8 cannot encode it.")
    return str.__str__(value)  # the plain text of a str subclass, such as a member of an enumeration


def check_name(argument: str, value: object) -> str:
    """Check the name or SID of a stream. Percent-encoded, it is one segment of a path.

    Rejects dot segments, which a gateway that decodes the path first could take for another place.
    """
    if value == "":
        raise InputError(argument, f"must not be empty. {_WHAT_TO_PASS.get(argument, 'Leave it out for no name.')}")
    text = check_text(argument, value)
    if len(text) > MAX_LENGTH:
        raise InputError(argument, f"must have at most {MAX_LENGTH} characters; got {len(text)}.")
    if not re.fullmatch(_PATTERNS["name"], text):
        raise InputError(argument, "must not hold control characters, because a path cannot carry them.")
    if {".", ".."} & set(re.split(r"[/\\]", text)):
        raise InputError(argument, "must not have a segment '.' or '..', which means another place in a path.")
    if text.endswith(".json"):
        raise InputError(argument, "must not end in '.json', because the API removes it from a path.")
    return text


_WHAT_TO_PASS = {
    "call_sid": "Pass the SID of a call that is in progress.",
    "conference_sid": "Pass the SID of a conference.",
    "sid": "Pass the stream's SID or name.",
}


def check_sid(argument: str, value: object) -> str:
    """Check the SID of a call or a conference."""
    text = check_name(argument, value)
    if not re.fullmatch(SID, text):
        raise InputError(argument, "must not hold a slash or a space. Pass the SID alone, not a path or a URL.")
    return text


def check_choice(argument: str, value: object, choices: Collection[str]) -> str:
    """Check for one of the values that the OpenAPI document lists."""
    text = check_text(argument, value)
    if text not in choices:
        raise InputError(argument, f"must be one of {', '.join(sorted(choices))}; got {quoted(text)}.")
    return text


def check_stream_url(argument: str, value: object) -> str:
    """Check the URL of a WebSocket server."""
    if value == "":
        raise InputError(argument, "must not be empty. Pass the wss:// URL of your WebSocket server.")
    text = check_text(argument, value)
    if re.fullmatch(_PATTERNS["url"], text):
        return text
    authority = _after_scheme(argument, text, ("wss",))
    if "?" in text:
        raise InputError(
            argument, "must not have a query string, because SignalWire does not support it.", instead="parameters"
        )
    if "#" in text:
        raise InputError(argument, "must not have a fragment, because a WebSocket URL cannot. Leave it out.")
    if "@" in authority:
        raise InputError(argument, "must not hold credentials.", instead="authorization_bearer_token")
    raise _malformed(argument)


def check_status_callback(argument: str, value: object) -> str:
    """Check the URL that receives status events."""
    text = check_text(argument, value)
    if re.fullmatch(_PATTERNS["status_callback"], text):
        return text
    _after_scheme(argument, text, ("https", "http"))
    raise _malformed(argument)


def _after_scheme(argument: str, text: str, schemes: tuple[str, ...]) -> str:
    """Return the authority of a URL. Raises InputError for another scheme, or white space or non-ASCII characters."""
    for position, char in enumerate(text):
        if not "!" <= char <= "~":
            raise InputError(
                argument,
                f"must not hold {char!a} (position {position}). Percent-encode white space, control and non-ASCII "
                "characters in the path, and write a host name in its ASCII form.",
            )
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    scheme, separator, rest = text.partition("://")
    if separator and scheme == "ws" and "wss" in schemes:
        raise InputError(
            argument,
            "must start with wss://. SignalWire rejects ws:// because the audio would be unencrypted. "
            f"{TO_TEST_LOCALLY}",
        )
    if not separator or not re.fullmatch(_SCHEME, scheme):
        raise InputError(argument, f"must start with {wanted}, as in {schemes[0]}://example.com/path.")
    if scheme not in schemes:
        raise InputError(
            argument, f"must start with {wanted}, as in {schemes[0]}://example.com/path; got {quoted(scheme)}."
        )
    return re.split("[/?#]", rest, maxsplit=1)[0]


def _malformed(argument: str) -> InputError:
    return InputError(
        argument,
        "must be a valid URL: a host name or address, a port from 1 to 65535 if any, and a path in which all but "
        "letters, digits and -._~!$&'()*+,;=:@/ is percent-encoded.",
    )


_CHECKS: dict[str, Callable[[str, object], str]] = {
    "url": check_stream_url,
    "name": check_name,
    "status_callback": check_status_callback,
}
"""The fields with a check of their own, whose messages know more than the document."""


def check_field(field: Field, value: object) -> str | bool | int:
    """Check the value of a form field by what the OpenAPI document says of it."""
    if field.keyword in _CHECKS:
        return _CHECKS[field.keyword](field.keyword, value)
    if field.type == "bool":
        if not isinstance(value, bool):
            raise InputError(field.keyword, f"must be True or False; got {type(value).__name__}.")
        return value
    if field.type == "int":
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError(field.keyword, f"must be an int; got {type(value).__name__}.")
        return value
    if field.choices:
        return check_choice(field.keyword, value, field.choices)
    text = check_text(field.keyword, value)
    if field.max_length is not None and len(text) > field.max_length:
        raise InputError(field.keyword, f"must have at most {field.max_length} characters; got {len(text)}.")
    if field.pattern is not None and not re.fullmatch(field.pattern, text):
        got = "" if field.is_secret else f"; got {quoted(text)}"
        raise InputError(field.keyword, f"must be {field.summary}{got}.")
    return text


def check_filter(keyword: str, value: object) -> Any:  # noqa: ANN401  text, or a number
    """Check a filter of `list_calls`."""
    if keyword == "status":
        return check_choice(keyword, value, CALL_STATUS_VALUES)
    if keyword == "page_size":
        return check_number(keyword, value, 1, 1000)
    return check_text(keyword, value)


def check_number(argument: str, value: object, lowest: int, highest: int | None = None) -> int:
    """Check for a whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, int) or value < lowest or (highest and value > highest):
        range_of = f"from {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise InputError(argument, f"must be a whole number {range_of}; got {quoted(value)}.")
    return value


def check_seconds(argument: str, value: object, highest: float = math.inf) -> float:
    """Check a duration of zero seconds or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        range_of = "from 0" if highest == math.inf else f"from 0 to {highest}"
        raise InputError(argument, f"must be a number of seconds {range_of}; got {value!r}.")
    return value


def check_timeout(timeout: object) -> httpx.Timeout | None:
    """Check a timeout, and return it as httpx's."""
    if timeout is None or isinstance(timeout, httpx.Timeout):
        return timeout
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
        raise InputError("timeout", f"must be a number of seconds above zero or an httpx.Timeout; got {timeout!r}.")
    return httpx.Timeout(timeout)


def check_retry(retry: object, *, awaits_on_retry: bool) -> RetryPolicy | None:
    """Check a policy for retries. `awaits_on_retry`: whether its `on_retry` may be an async function."""
    if retry is None:
        return None
    if not isinstance(retry, RetryPolicy):
        raise InputError("retry", f"must be a RetryPolicy; got {type(retry).__name__}.")
    call = getattr(retry.on_retry, "__call__", None)  # noqa: B004  an object whose __call__ is async, too
    if not awaits_on_retry and (iscoroutinefunction(retry.on_retry) or iscoroutinefunction(call)):
        raise InputError(
            "retry", "must not have an async on_retry, because StreamsClient cannot await it. Pass a plain function."
        )
    return retry


def check_http(transport: object, transport_kind: type, http_client: object, client_kind: type) -> None:
    """Check for a transport or a client of httpx, not both. Raises SettingsError."""
    if transport is not None and http_client is not None:
        raise SettingsError("transport and http_client are both given. Pass the transport to your http_client.")
    for name, given, kind in (("transport", transport, transport_kind), ("http_client", http_client, client_kind)):
        if given is not None and not isinstance(given, kind):
            raise SettingsError(f"{name} must be an httpx.{kind.__name__}; got {type(given).__name__}.")


def check_keepalive(keepalive: object, transport: object = None, http_client: object = None) -> None:
    """Check how long idle connections stay open, which a transport or a client of the user's decides for itself."""
    if keepalive is None:
        return
    if isinstance(keepalive, bool) or not isinstance(keepalive, int | float) or not 0 < keepalive <= sys.float_info.max:
        raise InputError("keepalive", f"must be a number of seconds above zero; got {keepalive!r}.")
    for name, given in (("transport", transport), ("http_client", http_client)):
        if given is not None:
            raise InputError("keepalive", f"has no effect if you pass {name}. Set it there.")


_P = ParamSpec("_P")
_R = TypeVar("_R")


def suggest_keywords(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Reject an unknown keyword. Suggest the nearest one, and list all."""

    def check(given: Collection[str]) -> None:
        keywords = _keywords(method)
        for keyword in given:
            if keyword not in keywords:
                raise TypeError(_describe_unknown(method.__name__, keyword, keywords))

    @wraps(method)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        check(kwargs)
        return method(*args, **kwargs)

    if not iscoroutinefunction(method):
        return checked

    @wraps(method)
    async def checked_async(*args: _P.args, **kwargs: _P.kwargs) -> Any:  # noqa: ANN401  of the method
        check(kwargs)
        return await method(*args, **kwargs)

    return cast("Callable[_P, _R]", checked_async)  # an async function itself, so that autospec awaits its mock


@cache
def _keywords(method: Callable[..., object]) -> list[str]:
    return [name for name in signature(method).parameters if name != "self"]


def _describe_unknown(method: str, keyword: str, keywords: list[str]) -> str:
    import difflib  # noqa: PLC0415  only for the mistake

    words = {re.sub("[^a-z]", "", name): name for name in keywords}
    word = re.sub("[^a-z]", "", keyword.lower())
    near = difflib.get_close_matches(word, words, n=1)
    if word.startswith("parameter") and "parameters" in keywords:
        meant = " Use parameters={name: value}."
    else:
        meant = f" Did you mean {words[near[0]]!r}?" if near else ""
    return f"{method}() has no argument {keyword!r}.{meant} Its arguments are {', '.join(keywords)}."
