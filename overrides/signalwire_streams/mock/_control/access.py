"""Admit requests of this machine only, and none that a web page of elsewhere sent.

A browser names the sender of a request in `Origin` and `Sec-Fetch-Site`. Other clients send neither. Reading is
refused as well, because not every browser keeps a response from the page that asked for it.
"""

from __future__ import annotations

from starlette.datastructures import Headers

from signalwire_streams._loopback import is_loopback_host, is_own_origin
from signalwire_streams.mock._control.errors import ControlError

_OWN_SITES = {"same-origin", "none"}
"""`none` is the user's own doing, such as a URL typed into the address bar."""


def require_this_machine(headers: Headers) -> None:
    """Raise ControlError unless the `Host` header names this machine, because of DNS rebinding."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not is_loopback_host(hosts[0]):
        raise ControlError(421, "The Host header must name this machine. Use the URL that the mock printed.")


def require_own_page(headers: Headers) -> None:
    """Raise ControlError if a web page of another origin sent the request."""
    sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if not _OWN_SITES.issuperset(sites) or not all(is_own_origin(each, headers.get("host", "")) for each in origins):
        raise ControlError(403, "A web page of another origin cannot use the mock. Send no Origin header.")


def require_json(headers: Headers) -> None:
    """Raise ControlError unless the body is JSON, which no form of a web page can send."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ControlError(415, "The Content-Type must be application/json. Send {} if the request needs no fields.")
