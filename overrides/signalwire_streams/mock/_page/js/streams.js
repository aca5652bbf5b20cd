// The left pane: streams grouped by call, routes, and failures to come.
import * as api from "./api.js";
import { count, duration, elapsed, host, isRunning, isUnrouted, parentOf, short } from "./format.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { watch } from "./levels.js";
import { attempt, select, store, update } from "./store.js";
import { Icon } from "./view.js";

const MOST_ROWS = 100;

export function Meter({ sid, track, big, text }) {
  const element = useRef();
  useEffect(() => watch(element.current, sid, track, text?.current), [sid, track]);
  return html`<div class=${`meter ${big ? "big" : ""}`} role="meter" aria-label=${`${track} level`} aria-valuemin="-60"
    aria-valuemax="0" aria-valuenow="-60" ref=${element}><i></i><b></b></div>`;
}

function MiniMeter({ sid, track }) {
  const text = useRef();
  return html`<span>${track === "inbound" ? "in" : "out"}</span><${Meter} sid=${sid} track=${track} text=${text} />
    <span class="num" aria-hidden="true" ref=${text}></span>`;
}

export function stateOf(stream) {
  if (stream.error) return { kind: "bad", icon: "warn", text: "Failed" };
  if (stream.status === "stopped") return { kind: "off", icon: "stop", text: "Ended" };
  if (isUnrouted(stream)) return { kind: "warn", icon: "warn", text: "No route" };
  if (stream.status === "queued") return { kind: "off", icon: "plug", text: "Connecting" };
  if (stream.behind >= 1) return { kind: "warn", icon: "warn", text: "Behind" };
  return { kind: "ok", text: "In progress" };
}

function subtitle(stream) {
  if (stream.error) return [`${stream.error}: ${stream.problem}`, "bad"];
  if (isUnrouted(stream)) return [`No audio: no route for ${host(stream.url)}`, "warn"];
  if (stream.status === "stopped") return [stream.close_code ? `Stopped · closed ${stream.close_code}` : "Stopped", ""];
  return [stream.target ? html`${host(stream.url)} <${Icon} name="to" /> ${host(stream.target)}` : host(stream.url), ""];
}

function Row({ stream }) {
  const [text, kind] = subtitle(stream);
  const { icon, kind: color, text: state } = stateOf(stream);
  return html`<a class="row" href=${`#${stream.sid}`} data-sid=${stream.sid} aria-current=${stream.sid === store.selected}
      onClick=${(event) => { event.preventDefault(); select(stream.sid); }}>
    <span class=${`st ${color}`} title=${state}>${icon ? html`<${Icon} name=${icon} />` : html`<span class="dot live"></span>`}
      <span class="sr">${state}</span></span>
    <strong>${stream.name}</strong><time>${duration(elapsed(stream, store.now()))}</time>
    ${isRunning(stream) && stream.target && html`<span class="mini">${stream.tracks.map((track) =>
      html`<${MiniMeter} sid=${stream.sid} track=${track} />`)}</span>`}
    <span class=${`sub ${kind}`}>${text}</span></a>`;
}

export function matches(record, filter) {
  return !filter || JSON.stringify(record).toLowerCase().includes(filter.toLowerCase());
}

// The streams in the order in which the list shows them: the newest call first.
export function grouped() {
  const groups = new Map();
  for (const stream of [...store.streams.values()].reverse()) {
    if (!matches(stream, store.filter)) continue;
    const parent = parentOf(stream);
    groups.set(parent, [...(groups.get(parent) ?? []), stream]);
  }
  return groups;
}

function Group({ parent, streams }) {
  const call = store.calls.get(parent);
  const isLive = call ? call.ended === null : streams.some(isRunning);
  return html`<section class="call" aria-label=${`${streams[0].call_sid ? "Call" : "Conference"} ${parent}`}>
    <header><${Icon} name="phone" /><code title=${parent}>${short(parent)}</code>
      <span class=${`end pill ${isLive ? "ok" : "off"}`}>${isLive ? "Live" : "Ended"}</span></header>
    ${streams.map((stream) => html`<${Row} key=${stream.sid} stream=${stream} />`)}</section>`;
}

function List() {
  const [more, setMore] = useState(0);
  let left = MOST_ROWS * (1 + more);
  const shown = [];
  for (const [parent, streams] of grouped()) {
    if (left > 0) shown.push(html`<${Group} key=${parent} parent=${parent} streams=${streams.slice(0, left)} />`);
    left -= streams.length;
  }
  return html`${shown}${left < 0 && html`<button class="btn more" onClick=${() => setMore(more + 1)}>Show more streams</button>`}`;
}

function RouteForm({ from, close }) {
  const add = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    if (await attempt(() => api.addRoute(form.get("from"), form.get("to")))) close();
  };
  return html`<form class="routeform" onSubmit=${add}>
    <label>From<input name="from" required value=${from} placeholder="wss://agent.example.com" /></label>
    <label>To<input name="to" required placeholder="ws://127.0.0.1:8000" /></label>
    <span><button class="btn small primary">Add</button><button class="btn small" type="button" onClick=${close}>Cancel</button></span></form>`;
}

const REACH = { true: ["ok", "reachable"], false: ["bad", "nothing is listening there"], null: ["new", "not tried yet"] };

function Routes() {
  const close = () => update({ addsRoute: undefined });
  return html`<section class="box" aria-labelledby="routes">
    <h3 id="routes"><${Icon} name="route" />Routes<button class="btn ghost small icon end" aria-label="Add a route"
      aria-expanded=${store.addsRoute !== undefined} onClick=${() => update({ addsRoute: "" })}><${Icon} name="plus" /></button></h3>
    ${store.addsRoute !== undefined && html`<${RouteForm} from=${store.addsRoute} close=${close} />`}
    ${store.routes.length ? html`<ul class="routes">${store.routes.map(({ from, to, reachable }) => html`
      <li key=${from} title=${`${from} → ${to}: ${REACH[reachable][1]}`}><span class=${`dot ${REACH[reachable][0]}`}></span>
        <code>${host(from)}</code><small><${Icon} name="to" />${host(to).replace(/^127\.0\.0\.1:/, ":")}</small><span class="sr">${REACH[reachable][1]}</span></li>`)}</ul>`
      : html`<p>A route leads a production URL to your server on this machine.</p>`}</section>`;
}

const STATUSES = ["429", "500", "503", "401", "404", "lost"];

function Failures() {
  const [chosen, choose] = useState("429");
  const [times, setTimes] = useState(1);
  const arm = (event) => {
    event.preventDefault();
    const { retry_after, carried_out } = Object.fromEntries(new FormData(event.target));
    const failure = chosen === "lost" ? { lost: true } : { status: Number(chosen), ...(retry_after && { retry_after }) };
    attempt(() => api.failNext({ ...failure, times, carried_out: Boolean(carried_out) }));
  };
  const { armed } = store.faults;
  const first = armed[0] && (armed[0].lost ? "a dropped connection" : armed[0].status);
  return html`<section class="box" aria-labelledby="next">
    <h3 id="next"><${Icon} name="bolt" />Fail the next request</h3><p>See how your code handles errors.</p>
    <form onSubmit=${arm}><div class="faults" role="group" aria-label="Failure">${STATUSES.map((status) => html`
        <button type="button" aria-pressed=${status === chosen} onClick=${() => choose(status)}>${status === "lost" ? "Drop it" : status}</button>`)}</div>
      <label class="line">Retry-After, seconds<input type="text" name="retry_after" inputmode="decimal" /></label>
      <label class="line">How many requests<input type="text" inputmode="numeric" value="1" onInput=${(event) => setTimes(Number(event.target.value) || 1)} /></label>
      <label class="line"><input type="checkbox" name="carried_out" /> Carry the request out anyway</label>
      <button class="btn arm" id="fail-next">Fail ${count(times, "request")}</button></form>
    <div role="status">${armed.length > 0 && html`<div class="armed">Armed: ${first} for ${count(armed.length, "request")}
      <button class="btn ghost small" onClick=${() => attempt(api.cancelFailures)}>Cancel</button></div>`}</div></section>`;
}

export const StreamsPane = () => html`<nav class="rail" aria-label="Streams">
  <div class="pane-h"><h2>Streams</h2><span class="count num">${store.streams.size || ""}</span></div>
  ${store.streams.size ? html`<${List} />` : html`<div class="note"><p>Streams appear here, grouped by call, with a level meter for each track.</p>
    ${[1, 2, 3].map(() => html`<div class="skeleton"></div>`)}</div>`}
  <div class="boxes"><${Routes} /><${Failures} /></div></nav>`;
