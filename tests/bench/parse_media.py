"""What parse_message costs beside json.loads and base64.b64decode by hand, as a line of JSON for each kind of audio.

The two are timed in turn, in short rounds, and the best round of each is taken: so a busy machine slows both or neither.
"""

import base64
import json
import os
import timeit
from collections.abc import Callable, Iterator
from typing import Any

from signalwire_streams.media import parse_message

LIMIT = 1.5
FRAMES = {"PCMU, 20 ms at 8 kHz": 160, "L16, 20 ms at 16 kHz": 640, "L16, 20 ms at 24 kHz": 960}


def media_message(size: int) -> str:
    payload = base64.b64encode(os.urandom(size)).decode()
    media = {"track": "inbound", "chunk": "1001", "timestamp": "20041", "payload": payload}
    return json.dumps({"event": "media", "sequenceNumber": "1002", "media": media})


def by_hand(text: str) -> bytes:
    return base64.b64decode(json.loads(text)["media"]["payload"])


def measure(text: str, rounds: int = 300, calls: int = 200) -> tuple[float, float]:
    """Return the microseconds that one message takes, by hand and with parse_message."""

    def microseconds(parse: Callable[[str], object]) -> float:
        return timeit.timeit(lambda: parse(text), number=calls) / calls * 1e6

    timed = [(microseconds(by_hand), microseconds(parse_message)) for _ in range(rounds)]
    return min(hand for hand, _ in timed), min(ours for _, ours in timed)


def results() -> Iterator[dict[str, Any]]:
    for name, size in FRAMES.items():
        hand, ours = measure(media_message(size))
        yield {
            "audio": name,
            "by_hand_us": round(hand, 2),
            "parse_message_us": round(ours, 2),
            "ratio": round(ours / hand, 2),
            "limit": LIMIT,
        }


if __name__ == "__main__":
    for row in results():
        print(json.dumps(row))
