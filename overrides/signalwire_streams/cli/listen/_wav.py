"""WAV files of received streams, one for each stream."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from signalwire_streams import InputError
from signalwire_streams._text import quoted
from signalwire_streams.media import Message, Start, WavWriter
from signalwire_streams.receiver import ReceivedStream

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
# Seconds. A gap becomes silence in the file, and anyone who can connect can send a timestamp that is hours ahead.
_MAX_GAP = 60.0


class WavFiles:
    """The WAV files of the running streams. Existing files are never overwritten."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[ReceivedStream, tuple[WavWriter, BinaryIO]] = {}

    def write(self, stream: ReceivedStream, message: Message) -> str | None:
        """Write a message to the stream's file. If that fails, close the file and return the problem."""
        try:
            if isinstance(message, Start) and stream.start is message:
                file = self._create(message.stream_sid)
                self._open[stream] = WavWriter(file, max_gap=_MAX_GAP), file
            if stream in self._open:
                self._open[stream][0].write(message)
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
            with file:
                writer.close()
        except OSError as error:
            return file.name, _describe(error)
        return file.name, None

    def _create(self, sid: str) -> BinaryIO:
        # The sender chooses the SID, so it must not lead out of the folder.
        name = _UNSAFE.sub("_", sid)[:80] or "stream"
        number = 1
        while True:
            path = self._folder / (f"{name}.wav" if number == 1 else f"{name}-{number}.wav")
            try:
                return path.open("xb")
            except FileExistsError:
                number += 1


def _describe(error: OSError | InputError) -> str:
    if isinstance(error, InputError):
        return f"cannot write a WAV file: {error}"
    path = f" {quoted(str(error.filename), 300)}" if error.filename else ""
    return f"cannot write the WAV file{path}: {error.strerror}."
