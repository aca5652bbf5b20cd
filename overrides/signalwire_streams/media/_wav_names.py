"""Create a WAV file with a safe name of its own for each stream."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_MAX_LENGTH = 60  # characters of each SID; SignalWire's have 36
_WINDOWS_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|COM\d|LPT\d)", re.IGNORECASE)


def create_wav_file(folder: Path, *sids: str) -> tuple[Path, BinaryIO]:
    """Create a file that is named after a stream, and return its path and the open file.

    - `sids`: the SIDs from the start message. The sender chooses them.

    Raises OSError.
    """
    name = _safe_name(sids)
    while True:
        path = _free_path(folder, name)
        try:
            return path, path.open("xb")
        except FileExistsError:  # created since
            continue


def _safe_name(sids: tuple[str, ...]) -> str:
    """Make a file name that does not lead out of the folder, and is neither an option nor a Windows device."""
    name = "_".join(_UNSAFE.sub("_", sid)[:_MAX_LENGTH] for sid in sids if sid) or "stream"
    return f"_{name}" if name.startswith("-") or _WINDOWS_DEVICE.fullmatch(name) else name


def _free_path(folder: Path, name: str) -> Path:
    """Return a path that does not exist, after few looks even if there are thousands of the same name."""

    def path(number: int) -> Path:
        return folder / (f"{name}.wav" if number == 1 else f"{name}-{number}.wav")

    taken, free = 0, 1
    while os.path.lexists(path(free)):
        taken, free = free, 2 * free
    while free - taken > 1:
        middle = (taken + free) // 2
        if os.path.lexists(path(middle)):
            taken = middle
        else:
            free = middle
    return path(free)
