// The centre pane: the selected stream.
import * as api from "./api.js";
import { count, duration, elapsed, ENCODINGS, isRunning, isUnrouted, milliseconds, number, parentOf, short } from "./format.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { fillHistory } from "./levels.js";
import { hear, play, stopPlaying } from "./player.js";
import { attempt, selected, store, update } from "./store.js";
import { Meter, stateOf } from "./streams.js";
import { Timeline } from "./timeline.js";
import { CopyButton, Icon, Prose, Segments } from "./view.js";
import { draw } from "./wave.js";

const WINDOWS = [[10, "10 s"], [30, "30 s"], [300, "5 min"]];
const HEARD = [["both", "Both"], ["inbound", "In"], ["outbound", "Out"]];
const KEYS = [..."123456789*0#"];

export async function pressKey(digit) {
  const stream = selected();
  if (stream?.status === "in-progress") await attempt(() => api.press(stream.sid, digit));
}

export async function toggleListening() {
  const stream = selected();
  if (store.listening) {
    stopPlaying();
  } else if (stream && isRunning(stream) && stream.target) {
    update({ listening: stream.sid, hears: "both", played: {} });
    await attempt(() => play(stream, (peak) => update({ played: { ...store.played, ...peak } }), () => update({ listening: null })));
  }
}

function choose(hears) {
  hear(hears);
  update({ hears, played: {} });
}

const Sid = ({ label, sid }) => html`<span>${label} <code title=${sid}>${short(sid)}</code><${CopyButton} text=${sid} label=${`Copy the ${label.toLowerCase()} SID`} /></span>`;

// A title says what is lost.
const act = (name, icon, isPossible, action, title) => html`<button class=${`btn ${title ? "danger" : ""}`} title=${title}
  disabled=${!isPossible} onClick=${() => attempt(action)}><${Icon} name=${icon} />${name}</button>`;

function Head({ stream }) {
  const state = stateOf(stream);
  const running = isRunning(stream);
  const parent = stream.call_sid ? "Call" : "Conference";
  const call = store.calls.get(parentOf(stream));
  const isLive = call ? call.ended === null : running;
  return html`<div class="head"><div>
      <h1 id="stream-name">${stream.name} <span class=${`pill ${state.kind}`}>${state.icon ? html`<${Icon} name=${state.icon} />` : html`<span class="dot"></span>`}${state.text}</span>
        <time class="num">${duration(elapsed(stream, store.now()), true)}</time></h1>
      <div class="facts"><${Sid} label="Stream" sid=${stream.sid} /><${Sid} label=${parent} sid=${parentOf(stream)} />
        <span class="way"><code>${stream.url}</code>${stream.target && html`<${Icon} name="to" /><code>${stream.target}</code>`}</span></div></div>
    <div class="acts">${act("Stop", "stop", running, () => api.stop(stream.sid))}
      ${act("Drop", "drop", stream.status === "in-progress" && stream.target, () => api.drop(stream.sid), "Lose the connection without a close frame")}
      ${act("Hang up", "hang", isLive, () => api.hangUp(stream), `End the ${parent.toLowerCase()}, which stops all its streams`)}</div></div>`;
}

function Trouble({ stream }) {
  if (!stream.problem) return null;
  const addRoute = () => update({ addsRoute: stream.route.from, tab: "streams" });
  return html`<div class=${`banner ${stream.error ? "bad" : "warn"}`}><${Icon} name="warn" big />
    <div><strong>${stream.error ? `The stream failed: ${stream.error}` : "In progress, but no audio"}</strong><p><${Prose} text=${stream.problem} /></p>
      ${isUnrouted(stream) && html`<button class="btn small" onClick=${addRoute}><${Icon} name="plus" />Add route</button>
        <span class="muted">It holds for streams that start afterwards.</span>`}</div></div>`;
}

function Wave({ stream, track, seconds }) {
  const canvas = useRef();
  const shown = useRef();
  shown.current = { stream, seconds };
  useEffect(() => draw(canvas.current, track, () => ({ ...shown.current, now: store.now() })), [track]);
  return html`<canvas class="wave" ref=${canvas} aria-hidden="true"></canvas>`;
}

const MARKS = [60, 48, 36, 24, 12, 3]; // dB below full scale
const OTHER = { inbound: "The caller", outbound: "The other side" };

function Lane({ stream, track, seconds }) {
  const text = useRef();
  return html`<div class=${`lane ${track === "inbound" ? "in" : "out"}`}>
    <div class="tag"><strong>${track === "inbound" ? "Inbound" : "Outbound"}</strong><span class="who">${OTHER[track]}</span>
      <span class="db num" aria-hidden="true"><span ref=${text}></span><small>dBFS</small></span></div>
    <div class="pic"><div class="roll"><${Wave} stream=${stream} track=${track} seconds=${seconds} /></div>
      <${Meter} sid=${stream.sid} track=${track} big text=${text} />
      <div class="scale" aria-hidden="true">${MARKS.map((mark) => html`<span style=${{ "--n": (60 - mark) / 12 }}>−${mark}</span>`)}</div></div></div>`;
}

function Audio({ stream }) {
  const [seconds, setSeconds] = useState(30);
  const [loaded, setLoaded] = useState(null);
  useEffect(() => {
    fillHistory(stream, api.wavUrl(stream.sid), store.now()).catch(() => {}).then(() => setLoaded(stream.sid));
  }, [stream.sid]);
  const listening = store.listening === stream.sid;
  const hasAudio = Boolean(stream.sent.media || stream.sentNow);
  return html`<section class="card audio" aria-labelledby="audio" data-loaded=${loaded}>
    <header><h2 id="audio">Audio</h2><span class="muted">${ENCODINGS[stream.encoding] ?? stream.encoding}, ${stream.sample_rate / 1000} kHz</span>
      <span class="end">${listening && stream.tracks.length > 1 && html`<${Segments} label="Listen to" choices=${HEARD} chosen=${store.hears} choose=${choose} />`}
        <${Segments} label="Time shown" choices=${WINDOWS} chosen=${seconds} choose=${setSeconds} />
        ${hasAudio || isRunning(stream) ? html`<a class="btn" href=${api.wavUrl(stream.sid)} download=${`${stream.sid}.wav`} aria-label="Save a WAV file"><${Icon} name="down" /><span class="hide-s">WAV</span></a>` : null}
        <button class="btn primary" id="listen" aria-pressed=${listening} data-peak=${listening ? Math.max(0, ...Object.values(store.played)) : null}
          disabled=${!isRunning(stream) || !stream.target} onClick=${toggleListening}><${Icon} name="head" />${listening ? "Listening" : "Listen"} <kbd class="hide-s">L</kbd></button></span></header>
    ${stream.tracks.map((track) => html`<${Lane} stream=${stream} track=${track} seconds=${seconds} />`)}
    <div class="axis" aria-hidden="true"><span>−${seconds} s</span><span>−${Math.round((seconds * 2) / 3)} s</span><span>−${Math.round(seconds / 3)} s</span><span>${isRunning(stream) ? "now" : "end"}</span></div></section>`;
}

function Keypad({ stream }) {
  const sent = stream.messages.filter((each) => each.direction === "sent" && each.digit !== null).map((each) => each.digit);
  const isOpen = stream.status === "in-progress" && Boolean(stream.target);
  return html`<section class="card" aria-labelledby="keys"><header><h2 id="keys">Keypad</h2>
      <span class="end faint">${sent.length ? html`sent: <code>${sent.slice(-12).join("")}</code>` : ""}</span></header>
    <div class="pad" id="pad" tabindex="-1">${KEYS.map((key) => html`<button class=${sent.at(-1) === key ? "sent" : ""} disabled=${!isOpen}
      aria-label=${{ "*": "star", "#": "pound" }[key] ?? key} onClick=${() => pressKey(key)}>${key}</button>`)}</div></section>`;
}

const Parameters = ({ parameters }) => html`<section class="card" aria-labelledby="params"><header><h2 id="params">Custom parameters</h2>
    <span class="end faint num">${parameters.length} of 99</span></header>
  ${parameters.length ? html`<dl class="kv mono">${parameters.map(([name, value]) => html`<div><dt title=${name}>${name}</dt><dd>${value}</dd></div>`)}</dl>`
    : html`<p class="note">None. <code>parameters=</code> sends them to your server in the start message.</p>`}</section>`;

const total = (counts) => Object.values(counts).reduce((sum, each) => sum + each, 0);

function handshakeOf({ handshake }) {
  if (!handshake) return "none yet";
  return [handshake.status ?? handshake.problem ?? "no response", milliseconds(handshake.ms)].join(" · ");
}

function Connection({ stream }) {
  const received = total(stream.received);
  const isBehind = isRunning(stream) && stream.behind >= 0.5;
  return html`<section class="card" aria-labelledby="conn"><header><h2 id="conn">Connection</h2>
      ${isBehind && html`<span class="end pill warn"><${Icon} name="warn" />${stream.behind.toFixed(1)} s behind</span>`}</header>
    <dl class="kv"><div><dt>Handshake</dt><dd class="num">${isUnrouted(stream) ? "nobody to connect to" : handshakeOf(stream)}</dd></div>
      <div><dt>Sent</dt><dd class="num">${number(Math.max(stream.sentNow ?? 0, total(stream.sent)))}</dd></div>
      <div><dt>Received</dt><dd class="num">${received ? count(received, "message") : "none"}</dd></div>
      <div><dt>Authorization</dt><dd class="mono">${stream.has_bearer_token ? "Bearer ••••" : "none"}</dd></div>
      ${stream.close_code && html`<div><dt>Closed</dt><dd class="num">${stream.close_code}</dd></div>`}</dl></section>`;
}

export const StreamView = ({ stream }) => html`<${Head} stream=${stream} /><${Trouble} stream=${stream} />
  <${Audio} key=${stream.sid} stream=${stream} />
  <div class="trio"><${Keypad} stream=${stream} /><${Parameters} parameters=${stream.parameters} /><${Connection} stream=${stream} /></div>
  <${Timeline} stream=${stream} />`;
