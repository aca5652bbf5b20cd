"""The WAV files that `listen` writes: one for each stream, none ever over another file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from signalwire_streams import InputError
from signalwire_streams._text import quoted
from signalwire_streams.media import Message, Start, WavWriter
from signalwire_streams.receiver import ReceivedStream

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
# Seconds. A gap is silence in the file, and anybody who reaches the port can send a message that is hours ahead.
_MAX_GAP = 60.0


class WavFiles:
    """The files of the streams that run, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[ReceivedStream, tuple[WavWriter, BinaryIO]] = {}

    def write(self, stream: ReceivedStream, message: Message) -> str | None:
        """Write a message of a stream, and return the problem if that cannot be done, after which nothing is tried."""
        try:
            if isinstance(message, Start) and stream.start is message:
                file = self._create(message.stream_sid)
                self._open[stream] = WavWriter(file, max_gap=_MAX_GAP), file
            if stream in self._open:
                self._open[stream][0].write(message)
        except (OSError, InputError) as error:
            self.close(stream)
            return _problem(error)
        return None

    def close(self, stream: ReceivedStream) -> tuple[str | None, str | None]:
        """Finish the file of a stream, and return its path, if it has one, and the problem, if there is one."""
        if stream not in self._open:
            return None, None
        writer, file = self._open.pop(stream)
        try:
            with file:
                writer.close()
        except OSError as error:
            return file.name, _problem(error)
        return file.name, None

    def _create(self, sid: str) -> BinaryIO:
        # The sid is whatever came over the network.
        name = _UNSAFE.sub("_", sid)[:80] or "stream"
        number = 1
        while True:
            path = self._folder / (f"{name}.wav" if number == 1 else f"{name}-{number}.wav")
            try:
                return path.open("xb")
            except FileExistsError:
                number += 1


def _problem(error: OSError | InputError) -> str:
    if isinstance(error, InputError):
        return f"no WAV file is written: its start message {error.problem}"
    where = f" {quoted(str(error.filename), 300)}" if error.filename else ""
    return f"the WAV file{where} cannot be written: {error.strerror}."
