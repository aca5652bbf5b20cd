"""Forgeries that keep a captured signature valid: its text is cut at other places."""

import random
import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from urllib.parse import urlencode

import pytest
from signalwire_streams import MessageError, SignatureError
from signalwire_streams.callbacks import StatusCallback, compute_signature, parse_status_callback, verify_signature
from support.document import DOCUMENT, STATUS_CALLBACK

KEY = "a-signing-key"
URL = "https://app.example.com/events?tenant=7"
PARAMETERS = re.compile("|".join(STATUS_CALLBACK["properties"]))
FORM = {
    "AccountSid": "b3877c40-da60-4998-90ad-b792e98472af",
    "CallSid": "b3877c40-da60-4998-90ad-b792e98472ca",
    "StreamSid": "b3877c40-da60-4998-90ad-b792e98472st",
    "StreamName": "agent",
    "StreamEvent": "stream-started",
    "StreamTrack": "both_tracks",
    "Timestamp": "2026-11-22T10:20:30.456Z",
    "Unique-ID": "b3877c40-da60-4998-90ad-b792e98472ca",
}

Pairs = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def signing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALWIRE_SIGNING_KEY", KEY)


def parse(form: Pairs | dict[str, str], url: str = URL) -> StatusCallback:
    return parse_status_callback(url, form=form, signature=compute_signature(url, form=form))


def some_callback(dice: random.Random) -> dict[str, str]:
    """Draw the form of a callback, with SIDs of both kinds."""

    def sid(prefix: str) -> str:
        digits = "".join(dice.choices("0123456789abcdef", k=32))
        if dice.random() < 0.5:
            return prefix + digits
        return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])

    call, stream = sid("CA"), sid("ST")
    fields = {"AccountSid": sid("PR"), "CallSid": call, "StreamSid": stream}
    fields["StreamName"] = dice.choice([stream, "agent", "my first ☎", "Stream 7", "a&b=c", "callsid"])
    fields["StreamEvent"] = dice.choice(["stream-started", "stream-stopped", "stream-error"])
    fields["StreamTrack"] = dice.choice(["inbound_track", "outbound_track", "both_tracks", ""])
    fields["Timestamp"] = dice.choice(["2026-11-22T10:20:30.456Z", "2026-11-22T10:20:30Z", "2026-11-22T10:20:30+00:00"])
    fields["Unique-ID"] = dice.choice([call, sid("CA"), ""])
    fields["ConferenceSid"] = dice.choice([sid("CF"), sid("CF"), ""])
    if fields["StreamEvent"] == "stream-error":
        fields["StreamError"] = dice.choice(["codec_error", "Duplicated stream ID", "Duplicated stream name"])
    return {name: value for name, value in fields.items() if value}


def signed_text(pairs: Pairs) -> str:
    return "".join(name + value for name, value in sorted(set(pairs)))


def is_signed_in_order(pairs: Pairs) -> bool:
    return all(one < other for one, other in pairwise(pairs))


def cuts(text: str, dice: random.Random) -> Iterator[Pairs]:
    """Cut a text into pairs: at the names of parameters, some of them left out, and at up to two other places."""
    names = {match.start(): match[0] for match in PARAMETERS.finditer(text)}
    other = [(place, length) for place in range(len(text)) for length in range(6)]
    for count in range(len(names)):
        for left_out in combinations(names, count):
            kept = {place: len(name) for place, name in names.items() if place not in left_out}
            yield pairs_of(text, kept)
            if count <= 1:
                for place, length in other:
                    yield pairs_of(text, {**kept, place: length})
            else:
                for _ in range(2):
                    yield pairs_of(text, kept | dict(dice.sample(other, 2)))


def pairs_of(text: str, lengths: dict[int, int]) -> Pairs:
    """Cut a text into pairs, each of which begins at a place and has a name of a length."""
    places = sorted({0, *lengths})
    ends = [*places[1:], len(text)]
    pairs: Pairs = []
    for place, end in zip(places, ends, strict=True):
        middle = min(place + lengths.get(place, 0), end)
        pairs.append((text[place:middle], text[middle:end]))
    return pairs


def forgeries(url: str, form: Pairs, dice: random.Random) -> Iterator[tuple[str, Pairs]]:
    """Yield the other requests that have the signature of a form, with a part of the URL moved into it, too."""
    form, text = sorted(form), signed_text(form)
    for moved in range(12):
        rest = url[len(url) - moved :] + text
        names = {match.start(): len(match[0]) for match in PARAMETERS.finditer(rest)}
        found = [pairs_of(rest, {0: length, **names}) for length in range(1, moved + 1)] if moved else cuts(rest, dice)
        for pairs in found:
            if pairs != form and is_signed_in_order(pairs):
                yield url[: len(url) - moved], pairs


def starts(text: str) -> list[int]:
    return [match.start() for match in PARAMETERS.finditer(text)]


def test_no_other_cut_of_a_captured_form_is_another_event(request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed")
    print(f"To repeat this run, pass --seed {seed}.")
    dice = random.Random(seed)
    examples: list[dict[str, str]] = [DOCUMENT["components"]["examples"][name]["value"] for name in
                                      ("StreamStarted", "StreamStopped", "StreamFailed")]  # fmt: skip
    tried = 0
    for form in [*examples, FORM, *(some_callback(dice) for _ in range(4))]:
        signature = compute_signature(URL, form=form)
        original = parse_status_callback(URL, form=form, signature=signature)
        for url, pairs in forgeries(URL, [*form.items()], dice):
            tried += 1
            try:
                event = parse_status_callback(url, form=pairs, signature=signature)
            except MessageError:  # not a SignatureError, as the signature fits
                continue
            assert (event, url) == (original, URL), f"{form=} {url=} {pairs=}"
    print(f"{tried} forgeries")
    assert tried > 1000


def test_no_cut_of_a_captured_query_is_an_event_in_a_form(request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed")
    print(f"To repeat this run, pass --seed {seed}.")
    dice = random.Random(seed)
    tried = 0
    for form in (FORM, some_callback(dice)):
        url = f"https://app.example.com/events?{urlencode(sorted(form.items()))}"
        signature = compute_signature(url)
        for place in starts(url)[:3]:
            for pairs in cuts(url[place:], dice):
                if is_signed_in_order(pairs):
                    tried += 1
                    with pytest.raises(MessageError):
                        parse_status_callback(url[:place], form=pairs, signature=signature)
    print(f"{tried} forgeries")
    assert tried > 1000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"StreamEvent": "stream-startedStreamNameagent", "StreamName": None}, "StreamEvent"),
        ({"StreamSid": f"{FORM['StreamSid']}StreamTrackboth_tracks", "StreamTrack": None}, "StreamSid"),
        ({"StreamTrack": None, "StreamTra": "ckboth_tracks"}, "'StreamTra'"),
        ({"Timestamp": f"{FORM['Timestamp']}Unique-ID1", "Unique-ID": None}, "Timestamp"),
    ],
)
def test_a_signed_value_that_a_parameter_follows_is_refused(changes: dict[str, str | None], field: str) -> None:
    form = {name: value for name, value in (FORM | changes).items() if value is not None}
    with pytest.raises(MessageError, match="contains '.*', the name of a parameter") as caught:
        parse(form)
    assert caught.value.field == field


@pytest.mark.parametrize("name", STATUS_CALLBACK["properties"])
def test_a_stream_name_that_contains_a_parameters_name_is_refused_unless_verify_is_false(name: str) -> None:
    form = FORM | {"StreamName": f"my {name} 7"}
    with pytest.raises(MessageError, match=f"^StreamName contains '{name}', .* Give the stream another name"):
        parse(form)
    assert parse_status_callback(URL, form=form, verify=False).stream_name == f"my {name} 7"


def test_a_form_that_was_moved_into_a_query_is_refused() -> None:
    fake = urlencode({**FORM, "StreamEvent": "stream-stopped"})
    captured = FORM | {"StreamName": f"&{fake}&x="}
    signature = compute_signature(URL, form=captured)
    url = URL + signed_text([*captured.items()])
    verify_signature(url, signature=signature)
    with pytest.raises(MessageError, match="contains '.*', the name of a parameter"):
        parse_status_callback(url, signature=signature)


@pytest.mark.parametrize("name", ["", "7", "ab12", "-b792", "Fab12", "T", "Tab", "☎"])
def test_an_unknown_name_that_may_be_the_end_of_a_value_is_refused(name: str) -> None:
    with pytest.raises(MessageError, match="is not the name of a parameter"):
        parse(FORM | {name: "x"})
    url = f"{URL}&{urlencode({**FORM, name: 'x'})}"
    assert parse_status_callback(url, signature=compute_signature(url)).raw.get(name) == "x"


@pytest.mark.parametrize("name", ["Direction", "direction", "Codec", "CallerName", "URL", "Sip-Header_X"])
def test_other_unknown_names_are_passed_through(name: str) -> None:
    assert parse(FORM | {name: "x"}).raw[name] == "x"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("StreamEvent", "=stream-started&"),
        ("StreamEvent", "stream-started7"),
        ("StreamTrack", "both"),
        ("StreamTrack", "both_tracks\x1b"),
    ],
)
def test_an_event_or_track_that_no_stream_sends_is_refused_unless_verify_is_false(field: str, value: str) -> None:
    form = FORM | {field: value}
    with pytest.raises(MessageError, match=f"^{field} is '.*', which no stream sends.$"):
        parse(form)
    assert parse_status_callback(URL, form=form, verify=False).raw[field] == value


def test_a_wrong_signature_is_reported_before_its_text() -> None:
    with pytest.raises(SignatureError):
        parse_status_callback(URL, form=FORM | {"StreamEvent": "x"}, signature=compute_signature(URL, form=FORM))
