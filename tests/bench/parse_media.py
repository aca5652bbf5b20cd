"""What parse_message and StreamSession.feed cost beside json.loads and base64.b64decode by hand, as a line of JSON for each kind of audio.

They are timed in turn, in short rounds, and the best round of each is taken: so a busy machine slows all or none.
"""

import base64
import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from signalwire_streams.media import MediaFormat, Start, StreamSession, parse_message

FRAMES = {"PCMU, 20 ms at 8 kHz": 160, "L16, 20 ms at 16 kHz": 640, "L16, 20 ms at 24 kHz": 960}
START = Start(1, "ST1", "AC1", "CA1", ("inbound",), MediaFormat("audio/x-mulaw", 8000, 1))


def media_message(size: int, number: int) -> str:
    payload = base64.b64encode(os.urandom(size)).decode()
    media = {"track": "inbound", "chunk": str(number), "timestamp": str(20 * number), "payload": payload}
    return json.dumps({"event": "media", "sequenceNumber": str(number + 1), "media": media})


def by_hand(text: str) -> bytes:
    return base64.b64decode(json.loads(text)["media"]["payload"])


def measure(texts: list[str], rounds: int = 300) -> list[float]:
    """Return the microseconds that one message takes: by hand, with parse_message, and with a session."""

    def microseconds(read: Callable[[str], object]) -> float:
        began = time.perf_counter()
        for text in texts:
            read(text)
        return (time.perf_counter() - began) / len(texts) * 1e6

    def session() -> StreamSession:
        session = StreamSession()
        session.feed(START)
        return session

    timed = [[microseconds(read) for read in (by_hand, parse_message, session().feed)] for _ in range(rounds)]
    return [min(times) for times in zip(*timed, strict=True)]


def results() -> Iterator[dict[str, Any]]:
    for name, size in FRAMES.items():
        hand, parse, feed = measure([media_message(size, number) for number in range(1, 201)])
        yield {
            "audio": name,
            "by_hand_us": round(hand, 2),
            "parse_message_us": round(parse, 2),
            "parse_message_ratio": round(parse / hand, 2),
            "feed_us": round(feed, 2),
            "feed_ratio": round(feed / hand, 2),
        }


if __name__ == "__main__":
    for row in results():
        print(json.dumps(row))
