"""Take the README's picture of the mock's page: `make picture`. It waits for half a minute of audio."""

import math
import random
import tempfile
import time
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path

from signalwire_streams.mock import MockServer
from support.browser import browsing
from support.pages import ROOT
from support.scene import scene

PICTURE = ROOT / "docs" / "static" / "mock-page.png"
PORT = 8080
RATE = 8000
TURNS = {
    "inbound": [(0.5, 4.5), (10, 14), (16.5, 18), (24.5, 27.5), (31, 40)],
    "outbound": [(5.2, 9.4), (18.5, 23.5), (28, 30.5)],
}
"""The seconds in which each side of the conversation speaks."""
KEYS = [(12.0, "5"), (20.0, "#")]
SECONDS = 32.0


def write_turns(path: Path, turns: Sequence[tuple[float, float]], pitch: float) -> None:
    """Write a track on which somebody speaks, one syllable after another."""
    chance = random.Random(pitch)
    samples = array("h", bytes(2 * 60 * RATE))
    for start, end in turns:
        at = round(start * RATE)
        while at < end * RATE:
            length, loudness, tone = chance.randrange(800, 2400), chance.uniform(0.1, 0.8), pitch * chance.uniform(1, 2)
            for index in range(length):
                swell = math.sin(math.pi * index / length) ** 2
                samples[at + index] = round(32767 * loudness * swell * math.sin(2 * math.pi * tone * index / RATE))
            at += length + chance.randrange(0, 500)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, len(samples), "NONE", ""))
        file.writeframes(samples.tobytes())


def take_picture(folder: Path) -> None:
    audio = {track: folder / f"{track}.wav" for track in TURNS}
    for (track, path), pitch in zip(audio.items(), (110, 180), strict=True):
        write_turns(path, TURNS[track], pitch)
    with MockServer(PORT, page=True, audio=audio) as mock, browsing() as browser, scene(mock) as stream:
        begun = time.monotonic()
        browser.open(mock.url)
        browser.ask("fonts")
        for seconds, key in KEYS:
            time.sleep(begun + seconds - time.monotonic())
            mock.press(stream, key)
        browser.click(".sum >> text=Callback stream-started")
        browser.click(".row >> text=support-line")
        time.sleep(begun + SECONDS - time.monotonic())
        browser.ask("screenshot", {"path": str(PICTURE)})
    print(f"{PICTURE.relative_to(ROOT)} has {PICTURE.stat().st_size // 1000} kB.")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        take_picture(Path(folder))
