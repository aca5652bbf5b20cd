"""Suggest what to do about a refused request. No suggestion contains the value of a secret."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from urllib.parse import urlsplit

from signalwire_streams._loopback import is_loopback

_MAX_COMPARED = 300
"""The longest text to look for a near miss of, because comparing takes long."""
_MAX_SEGMENTS = 20
_MAX_SEGMENT = 40
_EXAMPLE_HOST = "agent.example.com"
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")
_PARAMETER = re.compile(r"parameter[^A-Za-z0-9]*0*([0-9]+)[^A-Za-z0-9]*(name|value)", re.IGNORECASE | re.ASCII)


def for_stream_url(url: str) -> str | None:
    """Return what to do about the refused URL of a stream; None if the rule of the document is enough.

    Of the URL, it shows the host and the port.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.netloc.rpartition("@")[2].removesuffix(f":{parts.port}"), parts.port
    except ValueError:
        return None
    if parts.scheme not in {"ws", "http", "https"} or not _HOST.fullmatch(host):
        return None
    netloc = host if port is None else f"{host}:{port}"
    if parts.scheme != "ws":
        return f"Use wss:// instead of {parts.scheme}://."
    if is_loopback(host.lower()):
        source, target = f"wss://{_EXAMPLE_HOST}", f"ws://{netloc}"
        start = f"Use your production URL, such as {source}/audio"
    else:
        source, target = f"wss://{netloc}", "ws://127.0.0.1:PORT"
        start = f"Keep your production URL, which starts with {source}"
    return f'{start}, and add a route: --route {source}={target}, or mock.route("{source}", "{target}") in Python.'


def for_field(name: str, known: Collection[str]) -> str | None:
    """Return the field to use in place of an unknown one; None if nothing looks alike.

    `known`: the names of the fields that the operation has. Those of custom parameters are `Parameter1.Name` and
    `Parameter1.Value`, whatever their number.
    """
    if len(name) > _MAX_COMPARED:
        return None
    parameter = _PARAMETER.fullmatch(name)
    if parameter:
        kind = parameter[2].title()
        if f"Parameter1.{kind}" in known and 1 <= int(parameter[1][:3]) <= 99:
            return f"Use Parameter{parameter[1]}.{kind} instead."
        return None
    plain = {_plain(each): each for each in known}
    near = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=0.75)
    return f"Use {plain[near[0]]} instead." if near else None


def for_value(value: str, allowed: Iterable[object]) -> str | None:
    """Return the allowed value that looks like the given one."""
    plain = {_plain(str(each)): str(each) for each in allowed}
    near = difflib.get_close_matches(_plain(value[:_MAX_COMPARED]), plain, n=1, cutoff=0.5)
    return f"Use {plain[near[0]]} instead." if near else None


def for_path(path: str, operations: Iterable[tuple[str, str]]) -> str | None:
    """Return the operation that a path looks like.

    `operations`: the method and the path of each, such as `POST` and `/Accounts/{AccountSid}/Calls`.
    """
    sent = path.split("/")
    if len(sent) > _MAX_SEGMENTS:
        return None
    likeness, method, nearest = max(
        (max(_likeness(sent, known.split("/"), is_end) for is_end in (False, True)), method, known)
        for method, known in operations
    )
    return f"Use {method} {nearest} instead." if likeness > 0.5 else None


def _likeness(sent: Sequence[str], known: Sequence[str], is_end: bool) -> float:
    """Return how much of two paths agrees, from 0 to 1. Anything can stand for a parameter.

    `is_end`: compare them from the end, because the start of the path may be missing.
    """
    shift = len(sent) - len(known) if is_end else 0
    pairs = [(sent[at + shift], piece) for at, piece in enumerate(known) if 0 <= at + shift < len(sent)]
    alike = sum(
        text != "" if piece.startswith("{") else difflib.SequenceMatcher(None, text[:_MAX_SEGMENT], piece).ratio()
        for text, piece in pairs
    )
    return alike / max(len(sent), len(known))


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
