"""WAV files of received streams, one for each stream."""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from signalwire_streams import InputError
from signalwire_streams._text import quoted
from signalwire_streams.media import Message, Start, WavWriter
from signalwire_streams.receiver import ReceivedStream

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_WINDOWS_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|COM\d|LPT\d)", re.IGNORECASE)
_MB = 1_000_000
_FILE_COST = 4096  # bytes that even an empty file takes on the disk


class WavFiles:
    """The WAV files of the running streams. Existing files are never overwritten.

    - `file_limit`: the largest size of one file, in MB. Its stream goes on without a file.
    - `total_limit`: the largest size of all files together, in MB.
    """

    def __init__(self, folder: Path, file_limit: int, total_limit: int) -> None:
        self._folder = folder
        self._file_limit = file_limit
        self._total_limit = total_limit
        self._total = 0  # bytes
        self._open: dict[ReceivedStream, tuple[WavWriter, BinaryIO]] = {}

    def write(self, stream: ReceivedStream, message: Message) -> str | None:
        """Write a message to the stream's file. If that fails, close the file and return the problem."""
        try:
            if isinstance(message, Start) and stream.start is message:
                if self._total + _FILE_COST > self._total_limit * _MB:
                    return f"not written to a WAV file: the files have {self._total_limit} MB, see --wav-total-limit."
                file = self._create(message.stream_sid)
                self._open[stream] = WavWriter(file), file
                self._total += _FILE_COST
            if stream in self._open:
                return self._add(stream, message)
        except (OSError, InputError) as error:
            self.close(stream)
            return _describe(error)
        return None

    def close(self, stream: ReceivedStream) -> tuple[str | None, str | None]:
        """Finish the stream's file, and return its path and the problem, each None if there is none."""
        if stream not in self._open:
            return None, None
        writer, file = self._open.pop(stream)
        try:
            _finish(writer, file)
        except OSError as error:
            return file.name, _describe(error)
        return file.name, None

    def _add(self, stream: ReceivedStream, message: Message) -> str | None:
        writer, file = self._open[stream]
        if writer.is_full:
            return None
        before = writer.size
        writer.max_bytes = min(self._file_limit * _MB, before + self._total_limit * _MB - self._total)
        writer.write(message)
        self._total += writer.size - before
        if not writer.is_full:
            return None
        _finish(writer, file)
        reached = f"{self._file_limit} MB, see --wav-file-limit"
        if writer.max_bytes < self._file_limit * _MB:
            self._total = self._total_limit * _MB  # no further file for what little may be left
            reached = f"all files together have {self._total_limit} MB, see --wav-total-limit"
        return f"the WAV file {quoted(file.name, 300)} ends here: {reached}."

    def _create(self, sid: str) -> BinaryIO:
        name = _safe_name(sid)
        while True:
            try:
                return self._free_path(name).open("xb")
            except FileExistsError:  # created since
                continue

    def _free_path(self, name: str) -> Path:
        """Return a path that does not exist, after few looks even if there are thousands of the same name."""

        def path(number: int) -> Path:
            return self._folder / (f"{name}.wav" if number == 1 else f"{name}-{number}.wav")

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


def _safe_name(sid: str) -> str:
    """Make a file name of a SID. The sender chooses it, so it must not lead out of the folder or be an option."""
    name = _UNSAFE.sub("_", sid)[:80] or "stream"
    return f"_{name}" if name.startswith("-") or _WINDOWS_DEVICE.fullmatch(name) else name


def _finish(writer: WavWriter, file: BinaryIO) -> None:
    with closing(file):
        writer.close()


def _describe(error: OSError | InputError) -> str:
    if isinstance(error, InputError):
        return f"cannot write a WAV file: {error}"
    path = f" {quoted(str(error.filename), 300)}" if error.filename else ""
    return f"cannot write the WAV file{path}: {error.strerror}."
