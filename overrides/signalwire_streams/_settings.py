"""Resolve the settings: project, token and host, from arguments or the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import attrs
import httpx

from signalwire_streams._checks import MAX_LENGTH
from signalwire_streams._errors import SettingsError
from signalwire_streams._loopback import is_loopback

# The newest name first. SignalWire's older SDKs read the second.
_VARIABLES = {
    "project": ("SIGNALWIRE_PROJECT_ID",),
    "token": ("SIGNALWIRE_API_TOKEN",),
    "host": ("SIGNALWIRE_SPACE", "SIGNALWIRE_SPACE_URL"),
    "signing_key": ("SIGNALWIRE_SIGNING_KEY",),
}
_HOST = (
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
    r"(?P<name>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])"
    r"(?P<port>:[0-9]{1,5})?/?"
)
_API_PATH = "/api/laml/2010-04-01"


class Secret:
    """A value that its `repr` does not show."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Secret(…)"


@attrs.frozen
class Settings:
    """The account, and where it is."""

    project: str
    """The Project ID, which is the AccountSid and the user name of Basic authentication."""
    token: Secret
    """The API token, with the Voice scope: the password."""
    base_url: str
    """The URL that the paths of the OpenAPI document follow, without a slash at its end."""

    @classmethod
    def resolve(cls, project: str | None, token: str | None, host: str | None) -> Settings:
        """Take each setting from its argument, or else from the environment. Raises SettingsError."""
        given = {"project": project, "token": token, "host": host}
        missing = tuple(setting for setting, value in given.items() if value is None and not _variable(setting))
        if missing:
            raise SettingsError(
                f"No {_join(missing, 'or')} set. Pass {_join([f'{setting}=…' for setting in missing], 'and')}, or set "
                f"{_join([_VARIABLES[setting][0] for setting in missing], 'and')}. "
                'To try it without an account, run "signalwire-streams mock".',
                missing=missing,
            )
        project = resolve_setting("project", project)
        if ":" in project or "/" in project or project in {".", ".."}:
            raise SettingsError(
                "project must be a Project ID, which has no colon and no slash and is not made of dots."
            )
        if len(project) > MAX_LENGTH:
            raise SettingsError(f"project must have at most {MAX_LENGTH} characters.")
        base_url = _origin(resolve_setting("host", host)) + _API_PATH
        return cls(project=project, token=Secret(resolve_setting("token", token)), base_url=base_url)


def resolve_setting(setting: str, given: str | None) -> str:
    """Take a setting from its argument, or else from the environment. Raises SettingsError."""
    value, origin = given, setting
    if value is None:
        variable = _variable(setting)
        if variable is None:
            raise SettingsError(
                f"No {setting} set. Pass {setting}=… or set {_VARIABLES[setting][0]}.", missing=(setting,)
            )
        value, origin = os.environ[variable], variable
    if not isinstance(value, str):
        raise SettingsError(f"{origin} must be a str; got {type(value).__name__}.")
    if not value:
        raise SettingsError(f"{origin} must not be empty.")
    if any(not char.isprintable() or char.isspace() for char in value):
        raise SettingsError(f"{origin} must not hold white space or control characters.")
    return value


def _variable(setting: str) -> str | None:
    """Return the environment variable that holds the setting, or None."""
    return next((variable for variable in _VARIABLES[setting] if os.environ.get(variable)), None)


def _join(words: Sequence[str], conjunction: str) -> str:
    *others, last = words
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def _origin(host: str) -> str:
    match = re.fullmatch(_HOST, host)
    if match is None:
        raise SettingsError(
            "host must be 'example', 'example.signalwire.com' or 'https://example.signalwire.com', without "
            "credentials, path or query."
        )
    scheme = (match["scheme"] or "https").lower()
    name, port = match["name"].lower(), match["port"] or ""
    if scheme not in {"https", "http"}:
        raise SettingsError("host must start with https://, or be a host name alone.")
    if scheme == "http" and not is_loopback(name):
        raise SettingsError(
            "host must start with https://, because http:// would expose the token. "
            "http:// works only for a loopback address, such as a mock's."
        )
    if port and not 0 < int(port[1:]) < 65536:
        raise SettingsError("host must have a port between 1 and 65535.")
    if match["scheme"] is None and not port and "." not in name and name != "localhost" and name[0] != "[":
        name += ".signalwire.com"
    origin = f"{scheme}://{name}{port}"
    try:
        _ = httpx.URL(origin).host
        name.encode("idna")  # as the resolver will
    except (httpx.InvalidURL, UnicodeError):
        raise SettingsError("host must be a valid host name or IP address.") from None
    return origin
