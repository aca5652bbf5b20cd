"""The mock's page, in a real browser."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from signalwire_streams import StreamsClient
from signalwire_streams.callbacks import SIGNATURE_HEADER
from signalwire_streams.mock import Audio, MockServer
from support.browser import Browser, browsing
from support.control import Control
from support.pages import ROOT
from support.scene import client_of, scene, start_unchecked
from support.sockets import Heard, Listener, listening, taking_callbacks
from websockets.sync.server import ServerConnection

FOLDER = ROOT / "overrides" / "signalwire_streams" / "mock" / "_page"
REPORTS = ROOT / "reports" / "page"
URL = "wss://agent.example.com/audio"
TOO_SMALL = """[...document.querySelectorAll('button, a:not(.skip), label, input:not([type=checkbox])')].filter((each) => {
    const { width, height } = each.getBoundingClientRect();
    return width > 1 && Math.min(width, height) < 44;
}).map((each) => each.outerHTML)"""
LISTENING = 'role=button[name="Listening L"]'
HEARD = "(document.querySelector('#listen').dataset.peak || 0) > {}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, paged_mock: MockServer) -> Iterator[Browser]:
    """The page of a mock that is as if it were new. No test may leave an error in its console."""
    browser.open(paged_mock.url)
    yield browser
    assert browser.problems() == []


@pytest.fixture
def agent(paged_mock: MockServer) -> Iterator[Listener]:
    with listening() as agent:
        paged_mock.route("wss://agent.example.com", agent.url)
        yield agent


@pytest.fixture
def client(paged_mock: MockServer) -> Iterator[StreamsClient]:
    with client_of(paged_mock) as client:
        yield client


def in_a_shell(code: str) -> None:
    """Run code in bash, with nothing of this process's settings but the way to the commands."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(["bash", "-euc", code], env={"PATH": path}, check=True, capture_output=True, timeout=30)


def test_all_that_the_page_loads_is_under_100_kilobytes() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".txt"}
    assert sum(sizes.values()) < 100_000, sizes


def test_the_picture_in_the_readme_is_under_300_kilobytes() -> None:
    assert (ROOT / "docs" / "static" / "mock-page.png").stat().st_size < 300_000


# An empty mock.


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_what_an_empty_page_shows_can_be_pasted_and_starts_a_stream(
    page: Browser, paged_mock: MockServer, agent: Listener
) -> None:
    page.wait("text=Waiting for your first stream")
    settings = page.text(".cmd >> nth=0")
    starts = {}
    for language in ("Python", "Command", "curl"):
        page.click(f'role=button[name="{language}"]')
        page.wait(f'role=button[name="{language}"][pressed]')
        starts[language] = page.text(".cmd >> nth=1")
    starts["Python"] = f"python - <<'END'\n{starts['Python']}\nEND"
    for count, start in enumerate(starts.values(), 1):
        in_a_shell(f"{settings}\n{start}")
        page.wait("#stream-name >> text=first")
        (stream,) = paged_mock.streams
        assert (stream.call_sid, stream.url, dict(stream.parameters)) == ("CA123", URL, {"FirstName": "Jane"})
        assert len(agent.wait(count)) == count
        paged_mock.reset()
        paged_mock.route("wss://agent.example.com", agent.url)


def test_settings_are_shown_for_other_shells(page: Browser, paged_mock: MockServer) -> None:
    page.click('role=button[name="PowerShell"]')
    page.wait(f".cmd >> text=$env:SIGNALWIRE_SPACE = '{paged_mock.url}'")
    page.click('role=button[name=".env"]')
    page.wait(f".cmd >> text=/^SIGNALWIRE_SPACE={paged_mock.url}/")
    page.click('role=button[name="Copy"] >> nth=0')
    page.wait('role=button[name="Copied"]')
    assert page.evaluate("navigator.clipboard.readText()") == page.text(".cmd >> nth=0").strip()


def test_given_secrets_are_not_on_the_page(browser: Browser) -> None:
    with MockServer(page=True, token="hunter2", signing_key="hunter3") as mock:
        browser.open(mock.url)
        assert "<the token that you gave to the mock>" in browser.text(".cmd >> nth=0")
        assert not re.search("hunter[23]", browser.evaluate("document.documentElement.outerHTML"))


def test_a_demo_stream_can_be_seen_without_a_server(page: Browser) -> None:
    page.click('role=button[name="Start a demo stream"]')
    page.wait("#stream-name >> text=demo-1")
    page.until("+document.querySelector('main [role=meter]').getAttribute('aria-valuenow') > -50")


# A running stream.


@pytest.mark.usefixtures("agent")
def test_a_stream_that_curl_has_started_appears_and_its_meters_move(page: Browser, paged_mock: MockServer) -> None:
    start_unchecked(paged_mock, Url=URL, Name="mine", Track="both_tracks")
    assert page.text(".row strong") == "mine"
    shown = page.until(
        """[...document.querySelectorAll('.row [role=meter]')].map((meter) => meter.getAttribute('aria-valuetext'))
        .filter((text) => text?.endsWith('dBFS')).length === 2"""
    )
    assert shown
    assert page.evaluate("document.querySelector('.row .meter i').style.getPropertyValue('--w')") > "0"
    assert page.text(".acts") == "Stop\nDrop\nHang up"


@pytest.mark.usefixtures("agent")
def test_the_waveform_is_drawn_also_for_the_time_before_the_page_was_open(
    browser: Browser, paged_mock: MockServer, client: StreamsClient
) -> None:
    stream = client.start_stream("CA1", URL)
    while paged_mock.wait_for(stream, "in-progress").sent.counts["media"] < 120:
        time.sleep(0.05)
    browser.open(paged_mock.url)
    drawn = """(() => {
        const canvas = document.querySelector('canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height >> 2);
        let left = canvas.width;
        for (let at = 3; at < data.length; at += 4) if (data[at]) left = Math.min(left, ((at - 3) / 4) % canvas.width);
        return (1 - left / canvas.width) * 30;
    })()"""
    assert browser.until(f"document.querySelector('canvas')?.width > 300 && {drawn} > performance.now() / 1000 + 0.4")
    assert browser.problems() == []


@pytest.mark.parametrize(
    ("encoding", "sample_rate"), [("audio/x-mulaw", 8000), ("audio/x-alaw", 8000), ("audio/x-L16", 16000)]
)
def test_listening_plays_the_audio_as_loud_as_it_is(browser: Browser, encoding: str, sample_rate: int) -> None:
    audio = {"inbound": Audio.tone(), "outbound": Audio.silence()}  # at half of full scale
    with listening() as agent, MockServer(page=True, encoding=encoding, sample_rate=sample_rate, audio=audio) as mock:
        mock.route("wss://agent.example.com", agent.url)
        browser.open(mock.url)
        with client_of(mock) as client:
            client.start_stream("CA1", URL, track="inbound_track")
        browser.click('role=button[name="Listen L"]')
        assert browser.until(HEARD.format(0.4))
        assert float(browser.attribute("#listen", "data-peak") or 0) == pytest.approx(0.5, abs=0.03)
        browser.click(LISTENING)
        browser.wait('role=button[name="Listen L"]')
        assert browser.problems() == []


def test_one_track_can_be_heard_alone(browser: Browser, tmp_path: Path) -> None:
    quiet = np.sin(2 * np.pi * 500 * np.arange(60 * 8000) / 8000) / 8
    soundfile.write(tmp_path / "quiet.wav", quiet, 8000)
    audio = {"inbound": Audio.tone(), "outbound": Audio.from_wav(tmp_path / "quiet.wav")}
    peak = "Math.round(8 * document.querySelector('#listen').dataset.peak)"
    with listening() as agent, MockServer(page=True, audio=audio) as mock:
        mock.route("wss://agent.example.com", agent.url)
        browser.open(mock.url)
        with client_of(mock) as client:
            client.start_stream("CA1", URL, track="both_tracks")
        browser.wait("#stream-name >> text=In progress")
        browser.press("l")
        browser.until(f"{peak} === 4")
        browser.click('role=group[name="Listen to"] >> role=button[name="Out"]')
        browser.until(f"{peak} === 1")
        browser.click('role=group[name="Listen to"] >> role=button[name="In"]')
        browser.until(f"{peak} === 4")
        assert browser.problems() == []


def test_keys_arrive_at_the_receiver_by_click_and_by_keyboard(
    page: Browser, client: StreamsClient, agent: Listener
) -> None:
    stream = client.start_stream("CA1", URL)
    page.click('.pad >> role=button[name="5"]')
    page.wait("text=sent: 5")
    page.press("k", "#", "0")
    page.wait("text=sent: 5#0")
    page.wait("text=Key # pressed, dtmf sent")
    client.stop_stream("CA1", stream.sid)
    assert [message["dtmf"]["digit"] for message in agent.the_one().of("dtmf")] == ["5", "#", "0"]


def test_hanging_up_ends_the_call_and_freezes_the_waveform(
    page: Browser, client: StreamsClient, agent: Listener
) -> None:
    stream = client.start_stream("CA1", URL)
    page.click('role=button[name="Hang up"]')
    heard = agent.the_one()
    assert len(heard.of("stop")) == 1
    assert heard.close_code == 1000
    page.wait("#stream-name >> text=Ended")
    page.wait(f"#spoken >> text=Stream {stream.name} has stopped.")
    page.wait(".call > header >> text=Ended")
    page.wait(".axis >> text=end")
    assert page.attribute('role=link[name="Save a WAV file"]', "href") == f"/_mock/streams/{stream.sid}/audio.wav"
    for name in ("Stop", "Drop", "Hang up", "Listen L"):
        page.wait(f'role=button[name="{name}"][disabled]')


def test_a_stream_can_be_stopped_and_its_connection_dropped(
    page: Browser, client: StreamsClient, agent: Listener
) -> None:
    client.start_stream("CA1", URL, name="one")
    page.click('role=button[name="Stop"]')
    page.wait("#stream-name >> text=Ended")
    client.start_stream("CA1", URL, name="two")
    page.click(".row >> text=two")
    page.click('role=button[name="Drop"]')
    assert page.text(".banner strong") == "The stream failed: general_error"
    assert page.text(".banner p") == "The connection was lost."
    stopped, dropped = agent.wait(2)
    assert dropped.ended.wait(10)
    assert (stopped.close_code, dropped.close_code) == (1000, 1006)


def test_a_conference_is_a_group_of_its_own_and_can_be_ended(
    page: Browser, client: StreamsClient, agent: Listener
) -> None:
    client.start_conference_stream("CF1", URL, name="meeting")
    page.wait('role=region[name="Conference CF1"]')
    page.click('role=button[name="Hang up"]')
    assert agent.the_one().close_code == 1000
    page.wait(".call > header >> text=Ended")


def test_a_receiver_that_reads_too_slowly_is_behind(browser: Browser) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read_late(connection: ServerConnection, _: Heard) -> None:
        connection.recv()
        begun.set()
        go_on.wait(30)
        for _message in connection:
            pass

    audio = {"inbound": Audio.tone(seconds=120), "outbound": Audio.silence()}
    with listening(read_late, max_queue=1) as agent, MockServer(page=True, realtime=False, audio=audio) as mock:
        mock.route("wss://agent.example.com", agent.url)
        browser.open(mock.url)
        with client_of(mock) as client:
            client.start_stream("CA1", URL, track="inbound_track")
        browser.wait("#stream-name >> text=Behind")
        browser.wait("text=Your server reads slower than real time.")
        assert re.fullmatch(r"\d+\.\d s behind", browser.text(".card .pill"))
        go_on.set()
        browser.wait("#stream-name >> text=Ended")
        assert browser.problems() == []


# What goes wrong.


def test_a_ws_url_is_explained_and_can_be_sent_again(page: Browser, paged_mock: MockServer) -> None:
    start_unchecked(paged_mock, Url="ws://agent.example.com/audio", Name="mine")
    page.wait("text=Start refused")
    (problem,) = paged_mock.requests[0].problems
    assert (problem.field, problem.fix is None) == ("Url", False)
    shown = page.text(".why")
    for part in ("Url is not valid", problem.rule, problem.fix):
        assert part
        assert part.replace("`", "") in shown.replace("\u2019", "'")
    assert page.text(".form .no").split() == ["Url", "ws://agent.example.com/audio", "is", "invalid"]
    page.click('role=button[name="Replay"]')
    page.wait('role=button[name="problems 2"]')
    assert len(paged_mock.requests) == 2


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_request_can_be_copied_as_curl_and_as_python(
    page: Browser, paged_mock: MockServer, client: StreamsClient
) -> None:
    account = {"SPACE": paged_mock.url, "PROJECT_ID": paged_mock.project, "API_TOKEN": paged_mock.token}
    settings = "".join(f"export SIGNALWIRE_{name}={value}\n" for name, value in account.items())
    client.start_stream("CA'x'", URL, name="it's", track="both_tracks", parameters={"a b": '$(x) "\n\\', "\u00e9": ""})
    page.click(".sum >> nth=0")
    for name in ("curl", "Python"):
        page.click(f'role=button[name="Copy as {name}"]')
        page.wait('role=button[name="Copied"]')
        copied = page.evaluate("navigator.clipboard.readText()")
        client.stop_stream("CA'x'", "it's")
        in_a_shell(settings + (copied if name == "curl" else f"python - <<'END'\n{copied}\nEND"))
    first, by_curl, by_python = [request for request in paged_mock.requests if request.operation == "start_stream"]
    assert (by_curl.path, by_curl.form) == (by_python.path, by_python.form) == (first.path, first.form)


def test_a_stream_without_a_route_says_so_and_a_route_can_be_added(
    page: Browser, paged_mock: MockServer, client: StreamsClient
) -> None:
    client.start_stream("CA1", URL)
    assert page.text(".row .sub") == "No audio: no route for agent.example.com"
    assert page.text(".banner strong") == "In progress, but no audio"
    page.click('role=button[name="Add route"]')
    with listening() as agent:
        page.fill('role=textbox[name="To"]', agent.url)
        page.press("Enter")
        page.wait(".routes >> text=agent.example.com")
        client.start_stream("CA1", URL)
        agent.wait(1)
        page.wait(".routes .dot.ok")
        paged_mock.reset()


def test_a_route_that_is_refused_says_why(browser: Browser, paged_mock: MockServer) -> None:
    browser.open(paged_mock.url)
    browser.click('role=button[name="Add a route"]')
    browser.fill('role=textbox[name="From"]', "wss://agent.example.com")
    browser.fill('role=textbox[name="To"]', "ws://192.0.2.1:8000")
    browser.press("Enter")
    assert "leaves this machine" in browser.text("role=alert")
    (logged,) = browser.problems()
    assert "400 (Bad Request)" in logged  # the browser's own


def test_a_failed_stream_says_why(page: Browser, client: StreamsClient) -> None:
    client.start_stream("CA1", "wss://127.0.0.1:1/")
    reason = "Nothing is listening on 127.0.0.1:1."
    page.wait(f".banner >> text={reason}")
    assert page.text(".row .sub") == f"connection_refused: {reason}"
    page.wait("#stream-name >> text=Failed")


def test_the_next_requests_fail_as_armed_and_not_after_cancel(page: Browser, paged_mock: MockServer) -> None:
    page.click('.faults >> role=button[name="429"]')
    page.fill('role=textbox[name="Retry-After, seconds"]', "2")
    page.fill('role=textbox[name="How many requests"]', "2")
    page.click("text=Carry the request out anyway")
    page.click('role=button[name="Fail 2 requests"]')
    page.wait(".armed >> text=Armed: 429 for 2 requests")
    assert Control(paged_mock)("get_state")["faults"]["armed"][1]["retry_after"] == "2"
    start_unchecked(paged_mock, Url=URL)
    assert len(paged_mock.streams) == 1
    page.wait(".armed >> text=for 1 request")
    page.click('role=button[name="Cancel"]')
    page.wait(".armed", "hidden")
    start_unchecked(paged_mock, Url=URL)
    page.click('.faults >> role=button[name="Drop it"]')
    page.click('role=button[name="Fail 2 requests"]')
    page.wait(".armed >> text=a dropped connection")
    with pytest.raises(httpx.RemoteProtocolError):
        start_unchecked(paged_mock, Url=URL)
    assert [request.status for request in paged_mock.requests] == [429, 200, 0]


@pytest.mark.usefixtures("agent")
def test_a_callback_shows_its_attempts_and_can_be_sent_again(
    page: Browser, paged_mock: MockServer, client: StreamsClient
) -> None:
    answers = {0: 503, 1: None}
    with taking_callbacks(lambda number: answers.get(number, 204)) as sink:
        stream = client.start_stream("CA1", URL, status_callback=sink.url)
        page.click(".sum >> text=Callback stream-started")
        page.wait(".tries li.good")
        assert [line.split("\n")[0] for line in page.texts(".tries li")] == ["503", "No response", "204"]
        assert page.text(".item.open .more").endswith("delivered at attempt 3")
        signature = paged_mock.callbacks[0].signature
        assert signature
        assert page.text(".sig b") == signature
        assert page.text(".sig s") == paged_mock.callbacks[0].signed_text
        page.click('role=button[name="Send with an invalid signature"]')
        page.wait('role=button[name="callbacks 2"]')
        good, bad = sink.callbacks[2], sink.callbacks[3]
        assert bad.fields == good.fields
        assert [each.headers[SIGNATURE_HEADER] == signature for each in (good, bad)] == [True, False]
        client.stop_stream("CA1", stream.sid)
        paged_mock.wait_for(stream, "closed")


def test_hostile_text_is_only_text(page: Browser, paged_mock: MockServer) -> None:
    texts = ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "\u202e`a`\x9b"]
    for text in texts:
        hostile: dict[str, Any] = {"Name": text, "Parameter1.Name": text, "Parameter1.Value": text}
        start_unchecked(paged_mock, Url=f"wss://agent.example.com/{text}", **hostile)
        start_unchecked(paged_mock, Url=URL, StatusCallback=f"https://{text}/", **hostile)
        start_unchecked(paged_mock, Url=text, **{text: text})
    page.wait(".item >> nth=8")
    shown = page.evaluate("document.body.textContent").replace("`", "")  # back-ticks mark code
    assert [text for text in texts if text.replace("`", "") not in shown] == []
    assert page.evaluate("document.querySelectorAll('img:not(.brand img), body script, [onerror]').length") == 0


# The page itself.


def test_the_page_finds_its_way_back_when_the_mock_comes_back(browser: Browser) -> None:
    with MockServer(page=True) as mock:
        browser.open(mock.url)
        port = int(mock.url.rpartition(":")[2])
        browser.wait("#connection >> text=Live")
        assert browser.problems() == []
    browser.wait("text=The mock has stopped.")
    assert f"--port {port}" in browser.text(".lost")
    with MockServer(port, page=True) as mock, client_of(mock) as client:
        client.start_stream("CA1", URL, name="later")
        browser.wait("text=The mock has stopped.", "hidden")
        assert browser.text(".row strong") == "later"


def test_a_reset_clears_the_page(page: Browser, paged_mock: MockServer, client: StreamsClient) -> None:
    client.start_stream("CA1", URL)
    page.wait(".row")
    page.click('role=button[name="Clear"]')
    page.wait("text=Waiting for your first stream")
    assert paged_mock.streams == []


def test_the_keyboard_moves_filters_and_helps_but_never_ends_a_call(
    page: Browser, paged_mock: MockServer, client: StreamsClient
) -> None:
    for name in ("one", "two"):
        client.start_stream("CA1", "wss://elsewhere.example.com/", name=name)
        page.wait(f".row >> text={name}")
    page.press("ArrowUp", "ArrowUp")
    page.wait('.row[aria-current="true"] >> text=two')
    page.press("ArrowDown")
    page.wait('.row[aria-current="true"]:focus >> text=one')
    page.press("/", "t", "w")
    page.wait(".row >> text=one", "hidden")
    page.press("Escape")
    page.wait(".row >> text=one")
    for key in [chr(code) for code in range(33, 127)] + ["Delete", "Backspace", "End"]:
        page.press(key, "Escape")
    page.press("?")
    page.wait("role=dialog")
    page.click("text=Use shortcuts of single keys")
    page.wait("dialog >> role=checkbox[checked=false]")
    page.press("Escape")
    page.wait("role=dialog", "hidden")
    page.press("/", "?")
    assert page.evaluate("document.activeElement.id !== 'filter' && !document.querySelector('dialog')")
    assert [stream.status for stream in paged_mock.streams] == ["in-progress"] * 2


def test_a_list_of_many_streams_stays_short(page: Browser, client: StreamsClient) -> None:
    for number in range(130):
        client.start_stream(f"CA{number}", "wss://elsewhere.example.com/", name=f"name-{number}")
    page.wait("#connection >> text=130 streams")
    assert len(page.texts(".row")) == 100
    page.click('role=button[name="Show more streams"]')
    page.wait(".row >> nth=129")


@pytest.mark.usefixtures("agent")
def test_nothing_pulses_for_people_who_want_less_motion(
    browser: Browser, paged_mock: MockServer, client: StreamsClient
) -> None:
    client.start_stream("CA1", URL)
    for motion, count in (("no-preference", 2), ("reduce", 0)):
        browser.open(paged_mock.url, reducedMotion=motion)
        browser.wait("#stream-name >> text=In progress")
        browser.until(f"document.getAnimations().length === {count}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_people_with_disabilities_can_use_the_page(browser: Browser, paged_mock: MockServer, scheme: str) -> None:
    browser.open(paged_mock.url, scheme=scheme)
    browser.wait("#demo")
    assert browser.violations() == []
    with scene(paged_mock):
        with client_of(paged_mock) as client:
            client.start_stream("CA3", "wss://elsewhere.example.com/", name="intake")
        browser.click(".sum >> text=Callback stream-started")
        browser.wait(".tries")
        for name in ("transcribe", "intake"):
            browser.click(f".row >> text={name}")
            browser.wait(f"#stream-name >> text={name}")
            assert browser.violations("main") == []
        browser.click('role=button[name="Add route"]')
        browser.click('role=button[name="Headers and response"]')
        browser.click('role=button[name="Fail 1 request"]')
        browser.wait(".armed")
        browser.click(".row >> text=support-line")
        browser.wait("#stream-name >> text=support-line")
        assert browser.violations() == []
        browser.press("?")
        browser.wait("role=dialog")
        assert browser.violations("dialog") == []
        paged_mock.reset()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_each_width_and_leaves_pictures_in_reports(
    browser: Browser, paged_mock: MockServer, scheme: str
) -> None:
    REPORTS.mkdir(parents=True, exist_ok=True)

    def picture(name: str, width: int) -> None:
        for height in (1080 if width > 720 else 844, "document.documentElement.scrollHeight"):
            browser.ask("setViewportSize", {"width": width, "height": browser.evaluate(str(height))})
        browser.ask("screenshot", {"path": str(REPORTS / f"{name}-{width}-{scheme}.png")})
        assert browser.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert width > 390 or browser.evaluate(TOO_SMALL) == []  # for fingers

    browser.open(paged_mock.url, scheme=scheme)
    browser.wait("#demo")
    for width in (1440, 390):
        picture("empty", width)
    with scene(paged_mock) as stream:
        browser.ask("setViewportSize", {"width": 1440, "height": 1080})
        browser.click(".row >> text=support-line")
        paged_mock.press(stream, "5#")
        browser.wait("text=sent: 5#")
        for width in (1440, 1024, 390) if scheme == "light" else (1440, 390):
            picture("live", width)
        for tab in ("Streams", "Activity", "Setup") if scheme == "light" else ():
            browser.click(f".tabs >> role=button[name=/{tab}/]")
            browser.wait(f'body[data-tab="{tab.lower()}"]')
            picture(tab.lower(), 390)
        paged_mock.reset()
