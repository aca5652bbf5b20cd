// What happened to a stream, from the request on.
import { milliseconds, number, offset, statusTime } from "./format.js";
import { html } from "./html.js";
import { store } from "./store.js";
import { Icon } from "./view.js";

// Each entry: its time, an icon and its color, what happened, and a fact on the right.
function entries(stream) {
  const found = [];
  const add = (time, icon, color, text, fact = "") => time !== undefined && found.push({ time, icon, color, text, fact });
  for (const request of store.requests.values()) {
    if (request.stream_sid !== stream.sid) continue;
    const isStop = request.operation?.startsWith("stop_");
    add(request.time, isStop ? "stop" : "in", "acc", isStop ? html`Your code stopped the stream` : html`<code>POST …/Streams</code> accepted, stream <b>queued</b>`,
      `${request.status} · ${milliseconds(request.ms)}`);
  }
  const { handshake } = stream;
  if (handshake && handshake.status === 101)
    add(handshake.time + handshake.ms / 1000, "plug", "ok", html`WebSocket open, <code>connected</code> and <code>start</code> sent: <b>in progress</b>`, `101 · ${milliseconds(handshake.ms)}`);
  else if (handshake)
    add(handshake.time + handshake.ms / 1000, "plug", "bad", html`WebSocket refused: ${handshake.problem ?? "no response"}`, `${handshake.status ?? "none"} · ${milliseconds(handshake.ms)}`);
  else if (stream.route) add(statusTime(stream, "in-progress"), "warn", "warn", html`<b>In progress</b>, but nobody is connected: <code>${stream.route.from}</code> has no route`);
  for (const { time, direction, event, sequence, digit } of stream.messages) {
    const fact = sequence === null ? "" : `seq ${number(sequence)}`;
    if (digit !== null && direction === "sent") add(time, "hash", "acc", html`Key <b>${digit}</b> pressed, <code>dtmf</code> sent`, fact);
    else if (direction === "received") add(time, "down", "", html`Your server sent <code>${event || "a message"}</code>`, fact);
    else if (event === "stop") add(time, "out", "", html`<code>stop</code> sent`, fact);
  }
  for (const callback of store.callbacks.values()) {
    if (callback.stream_sid !== stream.sid || !callback.attempts.length) continue;
    const last = callback.attempts.at(-1);
    const outcome = callback.delivered ? "delivered" : callback.final ? "not delivered" : "failed, to be tried again";
    add(last.time + last.ms / 1000, "bell", callback.delivered ? "ok" : "bad", html`Callback <code>${callback.event}</code> ${outcome}`,
      `${last.status ?? "no response"} · ${milliseconds(last.ms)}`);
  }
  const stopped = statusTime(stream, "stopped");
  add(stopped, stream.error ? "warn" : "stop", stream.error ? "bad" : "", stream.error
    ? html`<b>Failed</b>, <code>${stream.error}</code>: ${stream.problem}` : html`Stream <b>stopped</b>`);
  add(statusTime(stream, "closed"), "check", "", "WebSocket closed, callbacks done", stream.close_code ? `code ${stream.close_code}` : "");
  if (stopped === undefined && stream.behind >= 1)
    add(store.now(), "warn", "warn", html`Your server reads slower than real time. If it falls too far behind, the stream fails with <code>general_error</code>.`,
      `${stream.behind.toFixed(1)} s behind`);
  return found.sort((one, other) => one.time - other.time);
}

export function Timeline({ stream }) {
  const shown = entries(stream);
  const start = shown[0] ? Math.min(shown[0].time, statusTime(stream, "queued") ?? Infinity) : 0;
  return html`<section class="card" aria-labelledby="tl"><header><h2 id="tl">Timeline</h2><span class="end faint">from the request on</span></header>
    <ol class="time num">${shown.map(({ time, icon, color, text, fact }) => html`<li><time>${offset(time - start)}</time>
      <span class=${`b ${color}`}><${Icon} name=${icon} /></span><span>${text}</span><span class="r">${fact}</span></li>`)}</ol></section>`;
}
