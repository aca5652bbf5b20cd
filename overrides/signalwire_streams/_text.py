"""Make text from elsewhere safe to print."""

from __future__ import annotations


def shown(text: str, limit: int = 200) -> str:
    """Cut `text` to `limit` characters, and escape what is not printable."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    if cut.isprintable():
        return cut
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)


def quoted(value: object, limit: int = 80) -> str:
    """Return the `repr` of `value`, safe to print. Never pass a secret."""
    return shown(repr(value), limit)
