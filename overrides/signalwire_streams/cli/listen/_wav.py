"""WAV files of received streams, one for each stream."""

from __future__ import annotations

from pathlib import Path

from signalwire_streams import InputError
from signalwire_streams._text import quoted
from signalwire_streams.media import Message, Start, WavWriter
from signalwire_streams.receiver import ReceivedStream

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
        self._open: dict[ReceivedStream, WavWriter] = {}

    def write(self, stream: ReceivedStream, message: Message) -> str | None:
        """Write a message to the stream's file. If that fails, close the file and return the problem."""
        try:
            if isinstance(message, Start) and stream.start is message:
                if self._total + _FILE_COST > self._total_limit * _MB:
                    return f"not written to a WAV file: the files have {self._total_limit} MB, see --wav-total-limit."
                self._open[stream] = WavWriter.in_folder(self._folder)
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
        writer = self._open.pop(stream)
        path = str(writer.path) if writer.path else None
        try:
            writer.close()
        except OSError as error:
            return path, _describe(error)
        return path, None

    def _add(self, stream: ReceivedStream, message: Message) -> str | None:
        writer = self._open[stream]
        if writer.is_full:
            return None
        before = writer.size
        writer.max_bytes = min(self._file_limit * _MB, before + self._total_limit * _MB - self._total)
        writer.write(message)
        self._total += writer.size - before
        if not writer.is_full:
            return None
        writer.close()
        reached = f"{self._file_limit} MB, see --wav-file-limit"
        if writer.max_bytes < self._file_limit * _MB:
            self._total = self._total_limit * _MB  # no further file for what little may be left
            reached = f"all files together have {self._total_limit} MB, see --wav-total-limit"
        return f"the WAV file {quoted(str(writer.path), 300)} ends here: {reached}."


def _describe(error: OSError | InputError) -> str:
    if isinstance(error, InputError):
        return f"cannot write a WAV file: {error}"
    path = f" {quoted(str(error.filename), 300)}" if error.filename else ""
    return f"cannot write the WAV file{path}: {error.strerror}."
