"""The URL that was signed, as one of the ways to write the URL that was seen."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote

import attrs

from signalwire_streams._errors import InputError
from signalwire_streams._text import shown

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>[^#]*)(?P<fragment>.*)",
    re.IGNORECASE | re.DOTALL,
)
_PORT = re.compile(r":[0-9]*$")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_ALLOWED = "!$%&'()*+,/:;=?@[]~"


@attrs.frozen
class SeenURL:
    """A URL as a web framework gives it, without its fragment, which is never sent."""

    scheme: str
    authority: str
    path: str
    query: str
    """With its question mark."""

    @classmethod
    def read(cls, url: object, public_url: str | None = None) -> SeenURL:
        """Read the URL that was requested, with the service's view of its beginning. Raises InputError."""
        seen = cls._read("url", url)
        if public_url is None:
            return seen
        told = cls._read("public_url", public_url)
        if told.query or str(told) != public_url or not told.authority:
            raise InputError("public_url", "is not the beginning of a URL, such as 'https://app.example.com'.")
        return attrs.evolve(told, path=told.path.rstrip("/") + seen.path, query=seen.query)

    @classmethod
    def _read(cls, argument: str, url: object) -> SeenURL:
        if not isinstance(url, str):
            raise InputError(argument, f"is of type {type(url).__name__}; expected text, as str(request.url) gives it.")
        match = _URL.fullmatch(url)
        if match is None:
            raise InputError(argument, "is not an absolute URL; expected 'https://app.example.com/path'.")
        return cls(match["scheme"], match["authority"], match["path"], match["query"])

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}{self.query}"

    @property
    def shown(self) -> str:
        """The URL without what may be secret in it: credentials and query."""
        return shown(f"{self.scheme}://{self.authority.rpartition('@')[2]}{self.path}")

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The names and values of the query."""
        return parse_qsl(self.query[1:], keep_blank_values=True)

    def spellings(self) -> list[str]:
        """Return the ways to write this URL that senders and frameworks differ in; the one given is the first.

        The default port may be there or not, the slash of an empty path and the question mark of an empty query too,
        and what a framework has decoded is encoded. Any other port stays as it is.
        """
        authorities = [self.authority]
        default = _DEFAULT_PORTS[self.scheme.lower()]
        if self.authority.endswith(default):
            authorities.append(self.authority.removesuffix(default))
        elif not _PORT.search(self.authority):
            authorities.append(self.authority + default)
        paths = ["/", ""] if self.path in {"", "/"} else [self.path]
        queries = ["?", ""] if self.query == "?" else [self.query]
        rests = [path + query for path in paths for query in queries]
        rests += [quote(rest, safe=_ALLOWED, errors="surrogatepass") for rest in rests]
        urls = [f"{self.scheme}://{authority}{rest}" for authority in authorities for rest in rests]
        return list(dict.fromkeys([str(self), *urls]))
