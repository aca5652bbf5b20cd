// The waveform of a track, drawn on a canvas in each frame that shows something new.
import { prefersReducedMotion } from "./browser.js";
import { isRunning, statusTime } from "./format.js";
import { peaksOf, slot } from "./levels.js";

const BAR = 2.5;
const STEP = 4; // CSS pixels from bar to bar
const DELAY = 0.15; // seconds until the levels of a moment are there

// Draw until the returned function is called. `get` returns the stream, the seconds to show and the mock's time.
export function draw(canvas, track, get) {
  let frame = 0;
  let drawn = "";
  let looked = -Infinity;
  let colors;

  function paint() {
    frame = requestAnimationFrame(paint);
    const { stream, seconds, now } = get();
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!stream || !width) return;
    if (performance.now() - looked > 500) { // the theme may have changed
      const color = (element, property) => getComputedStyle(element)[property];
      colors = { bar: color(canvas, "color"), text: color(document.body, "color"), panel: color(canvas.closest(".card"), "backgroundColor") };
      looked = performance.now();
    }
    let end = isRunning(stream) ? now - DELAY : statusTime(stream, "stopped");
    if (prefersReducedMotion.matches) end = Math.floor(end);
    const peaks = peaksOf(stream.sid, track);
    const state = `${stream.sid} ${end.toFixed(2)} ${seconds} ${width} ${colors.bar} ${peaks.first} ${peaks.last}`;
    if (state === drawn) return;
    drawn = state;
    const scale = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.fillStyle = colors.bar;
    const slice = (seconds * STEP) / width;
    const x = (time) => width - ((end - time) / seconds) * width;
    for (let bar = Math.floor(end / slice); bar * slice > end - seconds; bar--) {
      const [first, last] = [slot(stream, bar * slice), slot(stream, (bar + 1) * slice)];
      if (last < 0) break;
      let peak = 0;
      for (let at = first; at <= Math.max(first, last - 1); at++) peak = Math.max(peak, peaks.get(at));
      const size = Math.max(2, peak * (height - 2));
      context.beginPath();
      context.roundRect(x(bar * slice), (height - size) / 2, BAR, size, BAR / 2);
      context.fill();
    }
    if (track === stream.tracks[0]) flags(context, stream, end - seconds, x);
  }

  function flags(context, stream, start, x) {
    context.font = "650 11px ui-monospace, monospace";
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const { digit, time, direction } of stream.messages) {
      if (digit === null || direction !== "sent" || time < start) continue;
      context.fillStyle = colors.text;
      context.fillRect(x(time) - 0.75, 0, 1.5, context.canvas.clientHeight);
      context.beginPath();
      context.roundRect(x(time) - 9, 0, 18, 18, 5);
      context.fill();
      context.fillStyle = colors.panel;
      context.fillText(digit, x(time), 9.5);
    }
  }

  paint();
  return () => cancelAnimationFrame(frame);
}

