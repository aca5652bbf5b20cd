"""What `listen` tells: an event for each thing that happens to a stream, in words and as JSON."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs

from signalwire_streams._text import shown
from signalwire_streams.cli._listen_wav import WavFiles
from signalwire_streams.media import Dtmf, Mark, Message, Start, Track
from signalwire_streams.receiver import ReceivedStream

_MAX_PROBLEMS = 10  # of a stream; the rest are counted


@attrs.frozen
class Event:
    """Something that happened. `text` is harmless in a terminal, and `fields` are as they came."""

    name: str
    text: str
    fields: dict[str, Any]
    time: datetime = attrs.field(factory=lambda: datetime.now(UTC))

    def as_json(self) -> str:
        """Return a line of JSON, all ASCII."""
        return json.dumps({"event": self.name, "time": self.time.isoformat(timespec="milliseconds"), **self.fields})


class Recorder:
    """Makes events of what a receiver calls it with, and has WAV files written. It runs in the receiver's thread."""

    def __init__(self, tell: Callable[[Event], None], wav_files: WavFiles | None, on_end: Callable[[], None]) -> None:
        self.outcome: str | None = None
        """The state that the first stream ended in."""
        self.has_failed = False
        """Whether a WAV file could not be written."""
        self._tell = tell
        self._wav_files = wav_files
        self._on_end = on_end
        self._problems: Counter[int] = Counter()

    def add_message(self, stream: ReceivedStream, message: Message) -> None:
        """Take a message that a stream has got."""
        if isinstance(message, Start):
            self._tell(_started(stream, message))
        elif isinstance(message, Dtmf):
            self._add("dtmf", stream, f"key {shown(message.digit)}", digit=message.digit)
        elif isinstance(message, Mark):
            self._add("mark", stream, f"mark {shown(message.name)}", mark=message.name)
        if self._wav_files is not None and (problem := self._wav_files.write(stream, message)):
            self._fail(stream, problem)

    def add_end(self, stream: ReceivedStream) -> None:
        """Take the end of a stream's connection."""
        wav = problem = None
        if self._wav_files is not None:
            wav, problem = self._wav_files.close(stream)
        if problem:
            self._fail(stream, problem)
        self._problems.pop(id(stream), None)
        self._tell(_ended(stream, wav))
        self.outcome = self.outcome or stream.state
        self._on_end()

    def add_problem(self, stream: ReceivedStream | None, problem: str) -> None:
        """Take what is no message of a stream, or no stream."""
        self._problems[id(stream)] += 1
        if stream is None or self._problems[id(stream)] <= _MAX_PROBLEMS:
            self._add("problem", stream, problem, problem=shown(problem, 1000))

    def _fail(self, stream: ReceivedStream, problem: str) -> None:
        self.has_failed = True
        self._add("problem", stream, problem, problem=problem)

    def _add(self, name: str, stream: ReceivedStream | None, text: str, **fields: object) -> None:
        sid = {} if stream is None else {"stream_sid": stream.stream_sid}
        who = "" if stream is None else f"{title(stream)}: "
        self._tell(Event(name, who + shown(text, 1000), {**sid, **fields}))


def title(stream: ReceivedStream) -> str:
    """Return what a stream is called."""
    return f"stream {shown(stream.stream_sid or '(not started)', 60)}"


def decibels(level: float) -> str:
    """Return a level in words."""
    return "silent" if level == -math.inf else f"{level:.1f} dBFS"


def _started(stream: ReceivedStream, start: Start) -> Event:
    audio = start.media_format
    parameters = ", ".join(f"{shown(name)}={shown(value)}" for name, value in start.custom_parameters.items())
    tracks = " and ".join(start.tracks) or "no track"
    return Event(
        "start",
        f"{title(stream)}: started by call {shown(start.call_sid, 60)}, {tracks}, "
        f"{shown(audio.encoding, 40)} at {audio.sample_rate} Hz"
        + (f", with {shown(parameters, 2000)}" if parameters else ""),
        {
            "stream_sid": start.stream_sid,
            "call_sid": start.call_sid,
            "account_sid": start.account_sid,
            "tracks": start.tracks,
            "encoding": audio.encoding,
            "sample_rate": audio.sample_rate,
            "parameters": start.custom_parameters,
        },
    )


def _ended(stream: ReceivedStream, wav: str | None) -> Event:
    heard = [
        f"{track} {stream.audio[track].seconds or 0:.2f} s at {decibels(stream.levels[track].mean)}"
        for track in stream.tracks
    ]
    odd = [f"{count} {kind}" for kind, count in stream.irregularity_counts.items()]
    odd += [f"{stream.bad_messages} that were none"] if stream.bad_messages else []
    facts = [", ".join(heard) or "no audio", *(["irregular messages: " + ", ".join(odd)] if odd else [])]
    facts += [f"written to {shown(wav, 1000)}"] if wav else []
    return Event(
        "end",
        f"{title(stream)}: {stream.state}; {'; '.join(facts)}",
        {
            "stream_sid": stream.stream_sid,
            "state": stream.state,
            "close_code": stream.close_code,
            "seconds": {track: stream.audio[track].seconds for track in stream.tracks},
            "mean_dbfs": {track: _finite(stream, track, "mean") for track in stream.tracks},
            "peak_dbfs": {track: _finite(stream, track, "peak") for track in stream.tracks},
            "irregularities": dict(stream.irregularity_counts),
            "bad_messages": stream.bad_messages,
            "wav": wav,
        },
    )


def _finite(stream: ReceivedStream, track: Track, name: str) -> float | None:
    level: float = getattr(stream.levels[track], name)
    return None if level == -math.inf else round(level, 2)
