"""Showing text that came from elsewhere: cut short, and harmless in a terminal or a log."""

from __future__ import annotations


def shown(text: str, limit: int = 200) -> str:
    """Return `text` on one line, with what is not printable escaped, cut to `limit` characters."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    if cut.isprintable():
        return cut
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)


def quoted(value: object, limit: int = 80) -> str:
    """Return `value` as it would be written in Python, fit to be shown; no value that is a secret may come here."""
    return shown(repr(value), limit)
