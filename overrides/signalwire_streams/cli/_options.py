"""What options of several commands hold."""

from __future__ import annotations

import argparse
import os

from signalwire_streams import SettingsError


def port(text: str) -> int:
    """Read a port to listen on."""
    if not (text.isascii() and text.isdecimal()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: expected 0 to 65535, where 0 takes a free one")
    return int(text)


def bearer_token(variable: str | None) -> str | None:
    """Return the value of the environment variable that an option names. Raises SettingsError."""
    if variable is None:
        return None
    if not os.environ.get(variable):
        raise SettingsError(f"--bearer-token-env: the environment variable {variable!r} is not set, or empty.")
    return os.environ[variable]
