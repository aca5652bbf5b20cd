"""Signatures compared with twilio-python's, an independent implementation."""

import json
import random
import subprocess
from typing import Any
from urllib.parse import urlencode

import pytest
from signalwire_streams import SignatureError
from signalwire_streams.callbacks import compute_signature, verify_signature
from support.peers import LOCKS, peer_python

CASES = 1500
CHARACTERS = "abcXYZ0189-._~ &=+%/?#'\"<>é☎\U0001f4de\u0301\x00\n"
NAMES = ["CallSid", "StreamSid", "StreamEvent", "Unique-ID", "a", "A", "ab", "b", ""]
DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def some_text(dice: random.Random, longest: int) -> str:
    return "".join(dice.choices(CHARACTERS, k=dice.randrange(longest)))


def some_case(dice: random.Random) -> tuple[str, str, str, list[tuple[str, str]]]:
    """Draw a key, the URL that was signed, the URL that the server sees, and the pairs of a form."""
    scheme = dice.choice(["https", "http"])
    port = dice.choice(["", "", DEFAULT_PORTS[scheme], ":8443", ":1", ":65535"])
    seen_port = dice.choice(["", DEFAULT_PORTS[scheme]]) if port in {"", DEFAULT_PORTS[scheme]} else port
    host = dice.choice(["example.com", "127.0.0.1", "a-b.example.co.uk", "EXAMPLE.com"])
    path = dice.choice(["/", "/events", "/a/b;c=d/", "/caf%C3%A9%20(1)", "/%2e%2E/x", "/café"])
    query = [(some_text(dice, 5) or "q", some_text(dice, 8)) for _ in range(dice.choice([0, 0, 1, 3]))]
    rest = path + ("?" + urlencode(query) if query else "")
    pairs = [(dice.choice(NAMES) or some_text(dice, 4), some_text(dice, 12)) for _ in range(dice.choice([0, 1, 5, 12]))]
    pairs += [(name, dice.choice([text, text + "x", ""])) for name, text in pairs if dice.random() < 0.3]
    dice.shuffle(pairs)
    key = "".join(dice.choices("abcXYZ0189-_+/=é", k=dice.randrange(1, 40)))
    return key, f"{scheme}://{host}{port}{rest}", f"{scheme}://{host}{seen_port}{rest}", pairs


def accepts(key: str, url: str, pairs: Any, signature: str) -> bool:
    try:
        verify_signature(url, form=pairs, signature=signature, signing_key=key)
    except SignatureError:
        return False
    return True


def test_each_side_accepts_the_signatures_of_the_other(request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed")
    print(f"To repeat this run, pass --seed {seed}.")
    dice = random.Random(seed)
    cases = [some_case(dice) for _ in range(CASES)]
    questions = [
        (key, signed, seen, pairs, compute_signature(signed, form=pairs, signing_key=key))
        for key, signed, seen, pairs in cases
    ]
    answers = subprocess.run(
        [peer_python("twilio"), LOCKS / "twilio_signatures.py"],
        input=json.dumps(questions), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for (key, signed, seen, pairs, ours), (theirs, taken) in zip(questions, json.loads(answers), strict=True):
        case = f"{key=} {signed=} {seen=} {pairs=} {ours=} {theirs=}"
        assert theirs == ours, case
        assert taken, case
        assert accepts(key, seen, pairs, theirs), case
        assert accepts(key, seen, urlencode(pairs).encode(), theirs), case
        place = dice.randrange(len(theirs))
        changed = theirs[:place] + ("A" if theirs[place] != "A" else "B") + theirs[place + 1 :]
        assert not accepts(key, seen, pairs, changed), f"{case} {changed=}"
        assert not accepts(key + "x", seen, pairs, theirs), case
        assert not accepts(key, seen + "x", pairs, theirs), case
        assert not accepts(key, seen, [*pairs, ("More", "x")], theirs), case
    assert len({signed == seen for _, signed, seen, _ in cases}) == 2
