"""Make streams whose messages are damaged at random, as a broken or hostile sender would."""

import json
import random
from collections.abc import Callable
from typing import Any

from support import messages

CANARY = "c4nary"  # in values only, and so in no error
VALUES: list[Any] = [
    None, True, [], {}, "", CANARY, [CANARY], {"event": CANARY}, "inbound", "outbound", "media", "stop",
    0, -0.0, 5.0, 1.5, -1, 1e300, 10**15, 2**63, 2**64, 10**400, float("nan"), float("inf"),
    "0", "-0", "007", "5.0", "1e2", "-1", "+1", " 5", "5 ", "1_0", "0x1", "٥", "²", "null", "nan", "9" * 15, "9" * 16, "9" * 5000,
    "YQ==", "YR==", "YWJj=", "YWJj====", "YQ=", "=YQ=", "YWJ\n", "YW-_", "é", "\ud800", "\udfff\ud800", "\x00", "\U0001f4de",
    ["inbound"] * 3, [[]], ["inbound", CANARY],
]  # fmt: skip
PIECES = [
    "{", "}", "[", "]", ",", ":", '"', "\\", "\\u", "\\ud800", "\\udc00", "null", "NaN", "-Infinity", "1e999", "-", "0", "9" * 5000,
    " ", "\n", "\x00", "\x1f", "\ufeff", "\ud800", "é", "//", '"event":', '"event":"stop",', '"media":{},', "[" * 3000, '{"a":' * 3000,
]  # fmt: skip


class Text(str):
    __slots__ = ()


FORMS: list[Callable[[bytes], Any]] = [
    bytes,
    bytearray,
    memoryview,
    lambda raw: memoryview(raw + raw)[::2],
    lambda raw: raw.decode(errors="replace").encode("utf-16"),
    lambda raw: Text(raw.decode(errors="surrogateescape")),
]


def mutated_stream(seed: int, length: int = 40) -> list[Any]:
    """Return the messages of one stream, from the connected to the stop message, most of them damaged."""
    chance = random.Random(seed)
    encoding, rate = chance.choice([("audio/x-mulaw", 8000), ("audio/x-L16", 16000), ("audio/x-L16", 24000)])
    stream = [
        messages.connected(),
        messages.start(mediaFormat={"encoding": encoding, "sampleRate": rate, "channels": 1}),
    ]
    for number in range(2, length):
        chunk = number // 2
        stream.append(
            messages.media(
                number,
                chance.randbytes(chance.choice([0, 1, 160, 160, 640])),
                chunk=chunk,
                timestamp=20 * chunk,
                track=chance.choice(["inbound", "outbound"]),
                **chance.choice([{}, {"streamSid": "ST1"}]),
            )
        )
    stream.insert(chance.randrange(length), messages.dtmf("5"))
    stream.insert(chance.randrange(length), json.dumps({"event": "mark", "mark": {"name": "m"}, "sequenceNumber": "7"}))
    stream += [messages.stop(length), json.dumps({"event": "new", "new": {"a": "b"}})]
    return [_damage(text, chance) if chance.random() < 0.8 else text for text in stream]


def _damage(text: str, chance: random.Random) -> Any:
    for _ in range(chance.choice([1, 1, 1, 2])):
        damage = chance.choice([_change_a_value, _change_a_value, _change_a_value, _remove_a_field, _change_a_piece])
        text = damage(text, chance)
    if chance.random() < 0.8:
        return text
    raw = text.encode(errors="surrogatepass")
    if chance.random() < 0.3:
        position = chance.randrange(len(raw) + 1)
        raw = raw[:position] + chance.randbytes(1) + raw[position:]
    return chance.choice(FORMS)(raw)


def _change_a_value(text: str, chance: random.Random) -> str:
    def change(place: dict[str, Any], field: str) -> None:
        place[field] = chance.choice([*VALUES, chance.randrange(10**16), str(chance.randrange(10**16)), place[field]])

    return _with_a_field(text, chance, change)


def _remove_a_field(text: str, chance: random.Random) -> str:
    return _with_a_field(text, chance, lambda place, field: place.pop(field))


def _with_a_field(text: str, chance: random.Random, do: Callable[[dict[str, Any], str], Any]) -> str:
    try:
        place = message = json.loads(text)
        fields = list(place)
        while fields:
            field = chance.choice(fields)
            if not isinstance(place[field], dict) or chance.random() < 0.2:
                do(place, field)
                break
            place = place[field]
            fields = list(place)
    except (ValueError, TypeError, RecursionError):
        return text  # an earlier change has left no JSON object
    return json.dumps(message, ensure_ascii=chance.random() < 0.5)


def _change_a_piece(text: str, chance: random.Random) -> str:
    """Put a piece of JSON, or a part of the text, in the place of another part."""
    start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    if chance.random() < 0.7:
        end = min(end, start + 2)
    position = chance.randrange(len(text) + 1)
    return text[:start] + chance.choice([*PIECES, "", text[position : position + 20], text]) + text[end:]
