"""Who asks, and whom: project, token and host, resolved once."""

from __future__ import annotations

import ipaddress
import os
import re
from typing import Any

import attrs
import httpx

from signalwire_streams._checks import MAX_LENGTH
from signalwire_streams._errors import SettingsError

# Newest name first; the second is what the vendor's older SDKs read.
_VARIABLES = {
    "project": ("SIGNALWIRE_PROJECT_ID",),
    "token": ("SIGNALWIRE_API_TOKEN",),
    "host": ("SIGNALWIRE_SPACE", "SIGNALWIRE_SPACE_URL"),
    "signing_key": ("SIGNALWIRE_SIGNING_KEY",),
}
_HOST = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
    r"(?P<name>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])"
    r"(?P<port>:[0-9]{1,5})?/?"
)
_API_PATH = "/api/laml/2010-04-01"


class Secret:
    """A value that no `repr` shows: not in a traceback with locals, and not in a log."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:  # noqa: ANN401  it is checked by whoever takes it out
        self.value: Any = value

    def __repr__(self) -> str:
        return "Secret(…)"


@attrs.frozen
class Settings:
    """What a client needs to know of its account."""

    project: str
    """The Project ID, which is the AccountSid and the user name of Basic authentication."""
    token: Secret
    """The API token, with the Voice scope: the password."""
    base_url: str
    """The URL that the document's paths follow, without a slash at its end."""

    @classmethod
    def resolve(cls, project: str | None, token: Secret, host: str | None) -> Settings:
        """Take each setting from its argument, else from the environment. Raises SettingsError."""
        given = {"project": Secret(project), "token": token, "host": Secret(host)}
        if missing := tuple(setting for setting, value in given.items() if _is_missing(setting, value)):
            variables = ", ".join(_VARIABLES[setting][0] for setting in missing)
            raise SettingsError(f"No {', '.join(missing)} set. Pass them, or set {variables}.", missing=missing)
        project_id: str = resolve_setting("project", Secret(project)).value
        if ":" in project_id or "/" in project_id or project_id in {".", ".."}:
            raise SettingsError("project is not a Project ID: it holds a colon or a slash, or is made of dots.")
        if len(project_id) > MAX_LENGTH:
            raise SettingsError(f"project is longer than {MAX_LENGTH} characters.")
        base_url = _origin(resolve_setting("host", Secret(host)).value) + _API_PATH
        return cls(project=project_id, token=resolve_setting("token", token), base_url=base_url)


def resolve_setting(setting: str, given: Secret) -> Secret:
    """Take a setting from its argument, else from the environment. Raises SettingsError."""
    origin = f"the argument {setting}"
    if given.value is None:
        for variable in _VARIABLES[setting]:
            given, origin = Secret(os.environ.get(variable) or None), f"the environment variable {variable}"
            if given.value is not None:
                break
        else:
            raise SettingsError(
                f"{setting} is missing: give the argument {setting}, "
                f"or set the environment variable {_VARIABLES[setting][0]}."
            )
    if not isinstance(given.value, str):
        raise SettingsError(f"{setting} is of type {type(given.value).__name__}, not text: see {origin}.")
    if not given.value:
        raise SettingsError(f"{setting} is empty: see {origin}.")
    if any(not char.isprintable() or char.isspace() for char in given.value):
        raise SettingsError(f"{setting} holds white space or control characters: see {origin}.")
    return given


def _is_missing(setting: str, given: Secret) -> bool:
    return given.value is None and not any(os.environ.get(variable) for variable in _VARIABLES[setting])


def _origin(host: str) -> str:
    match = _HOST.fullmatch(host)
    if match is None:
        raise SettingsError(
            "host is not a space or a host name: expected 'example', 'example.signalwire.com' or "
            "'https://example.signalwire.com', without credentials, path or query."
        )
    scheme = (match["scheme"] or "https").lower()
    name, port = match["name"].lower(), match["port"] or ""
    if scheme not in {"https", "http"}:
        raise SettingsError("host has a scheme that is not https: write 'https://…', or the host name alone.")
    if scheme == "http" and not _is_loopback(name):
        raise SettingsError(
            "host asks for cleartext HTTP, which would show the token to the network: "
            "write 'https://…'. Only a loopback address, such as a mock's, is reached by http."
        )
    if port and not 0 < int(port[1:]) < 65536:
        raise SettingsError("host has a port that is not between 1 and 65535.")
    if match["scheme"] is None and not port and "." not in name and name != "localhost" and name[0] != "[":
        name += ".signalwire.com"
    origin = f"{scheme}://{name}{port}"
    try:
        _ = httpx.URL(origin).host
        name.encode("idna")  # as the resolver will
    except (httpx.InvalidURL, UnicodeError):
        raise SettingsError("host is neither a host name nor an address of the internet.") from None
    return origin


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
