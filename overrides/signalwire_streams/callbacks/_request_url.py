"""The URL of a callback request, and the equivalent URLs that SignalWire may have signed instead."""

from __future__ import annotations

import re
from urllib.parse import quote

import attrs

from signalwire_streams._errors import InputError
from signalwire_streams._text import shown

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>[^#]*)(?P<fragment>.*)",
    re.IGNORECASE | re.DOTALL,
)
_PORT = re.compile(r":[0-9]*$")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_UNQUOTED = "!$%&'()*+,/:;=?@[]~"


@attrs.frozen
class RequestURL:
    """The URL of a request.

    - `query`: the query string with its question mark.
    - `fragment`: the fragment with its number sign. It is never sent, but SignalWire may have signed it.
    """

    scheme: str
    authority: str
    path: str
    query: str
    fragment: str = ""

    @classmethod
    def parse(cls, url: object, public_url: str | None = None) -> RequestURL:
        """Parse a URL.

        - `public_url`: the origin that SignalWire calls, which replaces the one in `url`. It may end in a path, which
          is put before the path of `url`.

        Raises InputError for an invalid URL.
        """
        request_url = cls._parse("url", url)
        if public_url is None:
            return request_url
        public = cls._parse("public_url", public_url)
        if public.query or str(public) != public_url or not public.authority:
            raise InputError("public_url", "must be the start of a URL, such as 'https://app.example.com'.")
        return attrs.evolve(
            request_url,
            scheme=public.scheme,
            authority=public.authority,
            path=public.path.rstrip("/") + request_url.path,
        )

    @classmethod
    def _parse(cls, argument: str, url: object) -> RequestURL:
        if not isinstance(url, str):
            raise InputError(argument, f"must be text, such as str(request.url); got {type(url).__name__}.")
        match = _URL.fullmatch(url)
        if match is None:
            raise InputError(argument, "must be an absolute URL, such as 'https://app.example.com/path'.")
        return cls(match["scheme"], match["authority"], match["path"], match["query"], match["fragment"])

    def __str__(self) -> str:
        """Return the URL as it is sent: without its fragment."""
        return f"{self.scheme}://{self.authority}{self.path}{self.query}"

    @property
    def redacted(self) -> str:
        """The URL without credentials and query, which may hold secrets."""
        return shown(f"{self.scheme}://{self.authority.rpartition('@')[2]}{self.path}")

    def equivalents(self) -> list[str]:
        """Return this URL, followed by the other ways in which senders and web frameworks write it.

        They differ in the port, in the slash of an empty path, in the question mark of an empty query, in
        percent-encoding that a framework has decoded, and in the fragment. A port is left out, or the default one is
        added where there is none: no request tells which other port its sender may have signed.
        """
        without_port = _PORT.sub("", self.authority)
        default_port = _DEFAULT_PORTS[self.scheme.lower()]
        has_port = without_port != self.authority
        authorities = [self.authority, without_port if has_port else self.authority + default_port]
        paths = ["/", ""] if self.path in {"", "/"} else [self.path]
        queries = ["?", ""] if self.query == "?" else [self.query]
        targets = [path + query for path in paths for query in queries]
        targets += [quote(target, safe=_UNQUOTED, errors="surrogatepass") for target in targets]
        targets += [target + self.fragment for target in targets]
        urls = [f"{self.scheme}://{authority}{target}" for authority in authorities for target in targets]
        return list(dict.fromkeys([str(self), *urls]))
