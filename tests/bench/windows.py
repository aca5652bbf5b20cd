"""What 200 streams of both tracks cost, from the text of a message to windows of 16 kHz: a line of JSON for each way.

    python windows.py SECONDS    (of audio)

The messages arrive as in 200 live calls, in turn, but as fast as they are taken. Cores are seconds of processor time for
each second of audio.
"""

from __future__ import annotations

import json
import os
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from signalwire_streams.media import AudioWindows, StreamSession

STREAMS = 200
START: dict[str, Any] = {
    "streamSid": "ST1",
    "accountSid": "AC1",
    "callSid": "CA1",
    "tracks": ["inbound", "outbound"],
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
}
WAYS: dict[str, dict[str, Any] | None] = {
    "StreamSession.feed alone": None,
    "windows at 8 kHz, nothing to resample": {"sample_rate": 8000, "samples": 256},
    **{
        f"windows at 16 kHz, {quality}": {"sample_rate": 16_000, "samples": 512, "quality": quality}
        for quality in ("low", "medium", "high")
    },
    "windows at 16 kHz, medium, stereo": {"sample_rate": 16_000, "samples": 512, "channels": "stereo"},
}


def texts(seconds: int) -> list[str]:
    """Return the messages of one call."""
    found = [json.dumps({"event": "start", "sequenceNumber": "1", "start": START})]
    for chunk in range(1, 50 * seconds + 1):
        for track in ("inbound", "outbound"):
            media = {"track": track, "chunk": str(chunk), "timestamp": str(20 * (chunk - 1))}
            media["payload"] = b64encode(os.urandom(160)).decode()
            found.append(json.dumps({"event": "media", "sequenceNumber": str(len(found) + 1), "media": media}))
    return found


def new_stream(options: dict[str, Any] | None) -> Callable[[str], None]:
    """Return the function that takes the texts of one call."""
    session = StreamSession()
    if options is None:
        return lambda text: void(session.feed(text))
    audio = AudioWindows(**options)

    def feed(text: str) -> None:
        for window in audio.feed(session.feed(text)):
            void(window.samples)

    return feed


def void(_: object) -> None:
    """Take what a model would take."""


def cores(options: dict[str, Any] | None, call: list[str], seconds: int) -> float:
    streams = [new_stream(options) for _ in range(STREAMS)]
    began = time.process_time()
    for text in call:
        for feed in streams:
            feed(text)
    return (time.process_time() - began) / seconds


if __name__ == "__main__":
    length = int(sys.argv[1])
    call = texts(length)
    for name, options in WAYS.items():
        print(json.dumps({"name": name, "cores": cores(options, call, length)}), flush=True)
