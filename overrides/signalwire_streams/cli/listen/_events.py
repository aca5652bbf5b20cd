"""Events of received streams, as text and as JSON."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from signalwire_streams._text import shown
from signalwire_streams.cli.listen._wav import WavFiles
from signalwire_streams.media import Dtmf, Mark, Media, Message, Start, Track
from signalwire_streams.receiver import ReceivedStream

_MAX_PROBLEMS = 10  # shown for each stream; the rest are only counted
_LEVELS_INTERVAL = 1.0  # seconds between the level events of a stream; ten a second would drown a log


@attrs.frozen
class Event:
    """An event to show. `text` is safe to print on a terminal; `fields` hold the values as received."""

    name: str
    text: str
    fields: dict[str, Any]
    time: datetime = attrs.field(factory=lambda: datetime.now(UTC))

    def as_json(self) -> str:
        """Return the event as one line of ASCII JSON."""
        return json.dumps({"event": self.name, "time": self.time.isoformat(timespec="milliseconds"), **self.fields})


class StreamReporter:
    """Turn the receiver's callbacks into events, and write WAV files. Runs in the receiver's thread.

    - `with_levels`: report the levels of each stream once a second while audio arrives.
    """

    def __init__(
        self,
        emit: Callable[[Event], None],
        wav_files: WavFiles | None,
        on_stream_end: Callable[[], None],
        *,
        with_levels: bool = False,
    ) -> None:
        self.first_state: str | None = None
        """The final state of the first stream that ended."""
        self.has_failed = False
        """True if a WAV file could not be written."""
        self.is_stopping = False
        """Set it before the receiver stops, which ends the streams that still run."""
        self._emit = emit
        self._wav_files = wav_files
        self._on_stream_end = on_stream_end
        self._with_levels = with_levels
        self._problems: WeakKeyDictionary[ReceivedStream, int] = WeakKeyDictionary()
        self._levels_reported: WeakKeyDictionary[ReceivedStream, float] = WeakKeyDictionary()

    def on_message(self, stream: ReceivedStream, message: Message) -> None:
        """Report a message that a stream received."""
        if isinstance(message, Media):
            self._report_levels(stream)
        elif isinstance(message, Start):
            self._emit(_start_event(stream, message))
        elif isinstance(message, Dtmf):
            self._report("dtmf", stream, f"key {shown(message.digit)}", digit=message.digit)
        elif isinstance(message, Mark):
            self._report("mark", stream, f"mark {shown(message.name)}", mark=message.name)
        if self._wav_files is not None and (problem := self._wav_files.write(stream, message)):
            self._report_failure(stream, problem)

    def on_end(self, stream: ReceivedStream) -> None:
        """Report that a stream's connection was closed."""
        wav = problem = None
        if self._wav_files is not None:
            wav, problem = self._wav_files.close(stream)
        if problem:
            self._report_failure(stream, problem)
        is_cut_off = self.is_stopping and stream.state != "stopped"
        self._emit(_end_event(stream, wav, "interrupted" if is_cut_off else stream.state))
        self.first_state = self.first_state or stream.state
        self._on_stream_end()

    def on_problem(self, stream: ReceivedStream | None, problem: str) -> None:
        """Report an invalid message, or a connection that never became a stream."""
        if stream is not None:
            self._problems[stream] = count = self._problems.get(stream, 0) + 1
            if count > _MAX_PROBLEMS:
                return
        self._report("problem", stream, problem, problem=shown(problem, 1000))

    def _report_levels(self, stream: ReceivedStream) -> None:
        if not self._with_levels:
            return
        now = time.monotonic()
        if now - self._levels_reported.setdefault(stream, now) < _LEVELS_INTERVAL:
            return
        self._levels_reported[stream] = now
        seconds = {track: stream.audio[track].seconds for track in stream.tracks}
        levels = {track: _json_level(stream, track, "recent") for track in stream.tracks}
        self._report("levels", stream, "levels", seconds=seconds, recent_dbfs=levels)

    def _report_failure(self, stream: ReceivedStream, problem: str) -> None:
        self.has_failed = True
        self._report("problem", stream, problem, problem=problem)

    def _report(self, name: str, stream: ReceivedStream | None, text: str, **fields: object) -> None:
        sid = {} if stream is None else {"stream_sid": stream.stream_sid}
        prefix = "" if stream is None else f"{stream_title(stream)}: "
        self._emit(Event(name, prefix + shown(text, 1000), {**sid, **fields}))


def stream_title(stream: ReceivedStream) -> str:
    """Return the name of a stream in events and beside its meters."""
    return f"stream {shown(stream.stream_sid or '(not started)', 60)}"


def format_level(level: float) -> str:
    """Return a level with its unit; minus infinity is "silent"."""
    return "silent" if level == -math.inf else f"{level:.1f} dBFS"


def _start_event(stream: ReceivedStream, start: Start) -> Event:
    audio = start.media_format
    parameters = ", ".join(f"{shown(name)}={shown(value)}" for name, value in start.custom_parameters.items())
    facts = [
        f"started on call {shown(start.call_sid, 60)}",
        f"{' and '.join(start.tracks) or 'no'} audio",
        f"{shown(audio.encoding, 40)} at {audio.sample_rate} Hz",
        *([f"parameters {shown(parameters, 2000)}"] if parameters else []),
    ]
    return Event(
        "start",
        f"{stream_title(stream)}: {'; '.join(facts)}",
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


def _end_event(stream: ReceivedStream, wav: str | None, state: str) -> Event:
    tracks = [
        f"{track} {stream.audio[track].seconds or 0:.2f} s ({format_level(stream.levels[track].mean)})"
        for track in stream.tracks
    ]
    irregularities = [f"{count} {kind}" for kind, count in stream.irregularity_counts.items()]
    facts = [
        "ended because listen stopped" if state == "interrupted" else state,
        ", ".join(tracks) or "no audio",
        *([f"irregularities: {', '.join(irregularities)}"] if irregularities else []),
        *([f"invalid messages: {stream.bad_messages}"] if stream.bad_messages else []),
        *([f"written to {shown(wav, 1000)}"] if wav else []),
    ]
    return Event(
        "end",
        f"{stream_title(stream)}: {'; '.join(facts)}",
        {
            "stream_sid": stream.stream_sid,
            "state": state,
            "close_code": stream.close_code,
            "seconds": {track: stream.audio[track].seconds for track in stream.tracks},
            "mean_dbfs": {track: _json_level(stream, track, "mean") for track in stream.tracks},
            "peak_dbfs": {track: _json_level(stream, track, "peak") for track in stream.tracks},
            "irregularities": dict(stream.irregularity_counts),
            "bad_messages": stream.bad_messages,
            "wav": wav,
        },
    )


def _json_level(stream: ReceivedStream, track: Track, name: str) -> float | None:
    level: float = getattr(stream.levels[track], name)
    return None if level == -math.inf else round(level, 2)
