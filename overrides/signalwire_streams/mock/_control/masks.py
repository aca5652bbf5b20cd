"""Mask secrets: bearer tokens, credentials in URLs, and what the user gave the mock to keep."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from urllib.parse import quote, unquote_plus

MASK = "***"
MAX_TEXT = 2000
"""The most characters of a text that a record shows."""
MAX_PAIRS = 300
"""The most fields, headers or custom parameters that a record shows."""

_SECRET_FIELD = re.compile("authorization|bearer|password|secret", re.IGNORECASE)
_SECRET_HEADER = re.compile("authorization|cookie|token|api-?key|password|secret", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")
_SHORTEST_PART = 8
"""The length of a secret that is masked within other text, too. A shorter one would mask common words."""


class Masks:
    """Masks secrets in texts, and shortens texts that are too long to show.

    `secrets`: the credentials that the user gave the mock.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = frozenset(secrets)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        if text in self._secrets:
            return MASK
        for secret in self._secrets:
            if len(secret) >= _SHORTEST_PART:
                text = text.replace(secret, MASK)
        text = _CREDENTIALS.sub(f"{MASK}@", text)
        return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"

    def optional(self, text: str | None) -> str | None:
        """Return a text without secrets, or None."""
        return None if text is None else self.text(text)

    def fields(self, pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
        """Return form fields without secrets."""
        return [[self.text(name), self._value(name, value)] for name, value in islice(pairs, MAX_PAIRS)]

    def parameters(self, pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
        """Return custom parameters without what the user gave the mock to keep."""
        return [[self.text(name), self.text(value)] for name, value in islice(pairs, MAX_PAIRS)]

    def headers(self, pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
        """Return headers without those that hold credentials."""
        return self.parameters((name, value) for name, value in pairs if not _SECRET_HEADER.search(name))

    def query(self, query: str) -> str:
        """Return a percent-encoded query without secrets."""
        return self.text("&".join(map(self._field, query.split("&")[:MAX_PAIRS])))

    def _field(self, field: str) -> str:
        name, sign, encoded = field.partition("=")
        value = unquote_plus(encoded)
        shown = self._value(unquote_plus(name), value)
        return field if shown == value else f"{name}{sign}{quote(shown, safe='*')}"

    def _value(self, name: str, value: str) -> str:
        return MASK if _SECRET_FIELD.search(name) else self.text(value)
