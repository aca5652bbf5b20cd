// The right pane: requests and callbacks, the newest first.
import * as api from "./api.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { asCurl, asPython, clock, isProblem, milliseconds, short } from "./format.js";
import { attempt, select, store, update } from "./store.js";
import { matches } from "./streams.js";
import { CopyButton, Icon, Prose, Segments } from "./view.js";

const MOST_SHOWN = 200;

const NAMES = { start: ["Stream started", "Start refused"], stop: ["Stream stopped", "Stop refused"], list: ["Calls listed", "List refused"] };

const keyOf = (record) => (record.attempts ? `callback-${record.id}` : `request-${record.id}`);

export const records = () =>
  [...store.requests.values(), ...store.callbacks.values()].sort((one, other) => other.time - one.time);

const isShown = { all: () => true, requests: (each) => !each.attempts, callbacks: (each) => each.attempts, problems: isProblem };

const nameOf = (sid) => store.streams.get(sid)?.name;

const isOpen = (record) => store.opened.get(keyOf(record)) ?? isProblem(record);

function toggle(record) {
  store.opened.set(keyOf(record), !isOpen(record));
  update({ record: keyOf(record) });
}

function Field({ name, value, problem }) {
  return html`<div class=${problem ? "no" : ""}><${Icon} name=${problem ? "x" : "check"} big /><span title=${name}>${name}</span><em>${value}
    ${problem && html`<span class="sr"> is invalid</span>`}</em></div>`;
}

// The message without the part that the rule says at length.
function titleOf(message, rule) {
  const [what, ...rest] = message.split(": ");
  return rule?.startsWith(rest.join(": ").replace(/\.$/, "")) ? what : message;
}

function Refusal({ request }) {
  const known = new Map(request.problems.map((problem) => [problem.field, problem]));
  const missing = request.problems.filter(({ field }) => field && !request.fields.some(([name]) => name === field));
  return html`${request.problems.map(({ message, rule, fix }) => html`<div class="why">
      <h3><${Icon} name="warn" /><span><${Prose} text=${titleOf(message, rule)} /></span></h3>
      ${rule && html`<p><${Prose} text=${rule} /></p>`}${fix && html`<p class="fix"><${Prose} text=${fix} /></p>`}</div>`)}
    ${(request.fields.length > 0 || missing.length > 0) && html`<div class="form">
      ${request.fields.map(([name, value]) => html`<${Field} name=${name} value=${value} problem=${known.get(name)} />`)}
      ${missing.map(({ field }) => html`<${Field} name=${field} value="missing" problem />`)}</div>`}`;
}

const target = ({ path, query }) => path + (query && `?${query}`);

const headOf = (request) => [`${request.method} ${target(request)}`, ...request.headers.map((each) => each.join(": "))].join("\n");

function RequestBody({ request }) {
  const [shows, setShows] = useState(false);
  return html`<div class="body"><${Refusal} request=${request} />
    <div class="acts2"><button class="btn small" onClick=${() => attempt(() => api.replay(request.id))}><${Icon} name="replay" />Replay</button>
      <${CopyButton} text=${asCurl(request, store.settings)} label="Copy as curl" shows />
      ${/^(start|stop)_/.test(request.operation) && html`<${CopyButton} text=${asPython(request)} label="Copy as Python" shows />`}
      <button class="btn small ghost" aria-expanded=${shows} onClick=${() => setShows(!shows)}>Headers and response</button></div>
    ${shows && html`<div class="raw" tabindex="0" role="region" aria-label="Headers and response"><pre>${headOf(request)}</pre><pre>${request.status || "The connection was dropped."}${"\n"}${request.response ?? ""}</pre></div>`}</div>`;
}

function CallbackBody({ callback }) {
  const start = callback.attempts[0]?.time ?? 0;
  const last = callback.attempts.at(-1);
  const span = last ? Math.max(0.001, last.time + last.ms / 1000 - start) : 1;
  const place = (attempted) => ({ "--a": `${((attempted.time - start) / span) * 100}%`, "--z": `${(attempted.ms / 1000 / span) * 100}%` });
  const again = (signature) => attempt(() => api.resend(callback.id, signature));
  return html`<div class="body">${callback.problem && html`<p class="problem"><${Prose} text=${callback.problem} /></p>`}
    <ol class="tries">${callback.attempts.map((each) => {
      const isGood = each.status >= 200 && each.status < 300;
      return html`<li class=${isGood ? "good" : "failed"} title=${`${clock(each.time)} ${each.problem ?? ""}`}><${Icon} name=${isGood ? "check" : "x"} />
        <span class="mono">${each.status ?? "No response"}</span><span class="bar" style=${place(each)}><i></i></span><span class="num">${milliseconds(each.ms)}</span></li>`;
    })}</ol>
    ${callback.signature && html`<div class="sig"><h3><${Icon} name="key" /><code>X-SignalWire-Signature</code></h3>
      <div class="base"><b>${callback.signature}</b><br />HMAC-SHA1, in Base64, with the signing key, of <s>${callback.signed_text}</s></div></div>`}
    <div class="acts2"><button class="btn small" onClick=${() => again("valid")}><${Icon} name="replay" />Send again</button>
      <button class="btn small" onClick=${() => again("invalid")}>Send with an invalid signature</button></div></div>`;
}

function delivery(callback) {
  const { length } = callback.attempts;
  if (!callback.final) return length ? `attempt ${length} failed` : "on its way";
  if (!callback.delivered) return callback.problem ?? "not delivered";
  return length > 1 ? `delivered at attempt ${length}` : "delivered";
}

function describe(record) {
  if (record.attempts) {
    return {
      icon: "bell", what: html`Callback <code>${record.event}</code> · ${nameOf(record.stream_sid) ?? short(record.stream_sid)}`,
      code: record.status ?? "—", more: delivery(record), color: record.delivered ? "ok" : record.final ? "bad" : "warn",
    };
  }
  const isRefused = isProblem(record);
  const [done, refused] = NAMES[record.operation?.split("_")[0]] ?? ["Request", "Request refused"];
  const name = nameOf(record.stream_sid);
  return {
    icon: isRefused ? "warn" : "in", code: record.status || "lost", color: isRefused ? "bad" : "ok",
    what: isRefused ? html`${refused} <code class="muted">${record.method} …/${record.path.split("/").slice(-2).map(short).join("/")}</code>` : html`${done}${name ? ` · ${name}` : ""}`,
    more: isRefused ? [record.code && `code ${record.code}`, record.client].filter(Boolean).join(" · ") : `in ${milliseconds(record.ms)}`,
  };
}

function Item({ record }) {
  const { icon, what, code, more, color } = describe(record);
  const open = isOpen(record);
  const late = record.attempts?.length > 1 && record.delivered;
  const edge = open && isProblem(record) ? "bad" : open && late ? "warn" : "";
  const show = () => {
    toggle(record);
    if (!open && store.streams.has(record.stream_sid)) select(record.stream_sid);
  };
  return html`<article class=${`item ${open ? "open" : ""} ${edge}`} data-key=${keyOf(record)}>
    <button class="sum" aria-expanded=${open} onClick=${show}><span class="kind"><${Icon} name=${open ? "chevd" : icon} /></span>
      <span class="what">${what}</span><span class=${`code ${color}`}>${code}</span>
      <span class="more"><span class="at">${clock(record.time)}</span> · ${more}</span></button>
    ${open && (record.attempts ? html`<${CallbackBody} callback=${record} />` : html`<${RequestBody} request=${record} />`)}</article>`;
}

const SHORTCUTS = [["↑ ↓", "Move through streams"], ["Enter", "Open the stream"], ["L", "Listen to the selected stream"],
  ["K", "Jump to the keypad, then press 0 to 9, * or #"], ["F", "Jump to “Fail the next request”"], ["R", "Replay the selected request"],
  ["/", "Filter"], ["?", "Show the shortcuts"], ["Esc", "Go back"]];

export const Keys = () => html`<dl class="keys">${SHORTCUTS.map(([key, text]) => html`
  <div><dt>${key.split(" ").map((each) => html`<kbd>${each}</kbd> `)}</dt><dd>${text}</dd></div>`)}</dl>`;

export function ActivityPane() {
  const pane = useRef();
  const all = records();
  const counts = Object.fromEntries(Object.entries(isShown).map(([name, test]) => [name, all.filter(test).length]));
  const shown = all.filter((each) => isShown[store.shows](each) && matches(each, store.filter));
  const choices = Object.entries(counts).map(([name, size]) => [name, html`${name} <span class=${name === "problems" && size > 0 && "alarm"}>${size}</span>`]);
  useEffect(() => { if (store.follows && pane.current) pane.current.scrollTop = 0; }, [all.length, store.follows]);
  return html`<aside class="feed" aria-label="Activity" ref=${pane} tabindex="-1">
    <div class="pane-h"><h2>Activity</h2><label class="live end"><input type="checkbox" checked=${store.follows}
      onChange=${(event) => update({ follows: event.target.checked })} /> Follow</label></div>
    ${all.length === 0 ? html`<div class="note"><p>Requests and callbacks appear here as they happen. When the mock refuses a request, it shows which field is wrong and how to fix it.</p><${Keys} /></div>`
      : html`<${Segments} label="Show" chosen=${store.shows} choose=${(shows) => update({ shows })} choices=${choices} />
        <div>${shown.slice(0, MOST_SHOWN).map((record) => html`<${Item} key=${keyOf(record)} record=${record} />`)}</div>`}</aside>`;
}

