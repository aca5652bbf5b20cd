// The levels of all streams, and the meters that show them. They change ten times a second, so no view renders them.
import { decibels, statusTime } from "./format.js";

export const PER_SECOND = 10;
const KEPT = 300 * PER_SECOND;
const FLOOR = -60;
const HOLD = 1500; // milliseconds that the mark of a peak stays

const histories = new Map(); // by SID, then by track: the peaks of five minutes, from 0 to 1
const meters = new Set();

export const slot = (stream, time) => Math.floor((time - (statusTime(stream, "in-progress") ?? time)) * PER_SECOND);

class Peaks {
  constructor() {
    this.values = new Float32Array(KEPT);
    this.first = Infinity; // the first slot that was written
    this.last = -1;
  }

  set(at, value) {
    if (at < 0 || at <= this.last - KEPT) return;
    for (let gap = Math.max(this.last + 1, at - KEPT + 1); gap < at; gap++)
      this.values[gap % KEPT] = at - this.last < 4 ? value : 0; // an event that came late, or none
    this.values[at % KEPT] = value;
    this.first = Math.min(this.first, at);
    this.last = Math.max(this.last, at);
  }

  get(at) {
    return at < 0 || at > this.last || at <= this.last - KEPT ? 0 : this.values[at % KEPT];
  }
}

export function peaksOf(sid, track) {
  if (!histories.has(sid)) histories.set(sid, {});
  const tracks = histories.get(sid);
  return (tracks[track] ??= new Peaks());
}

export const clearLevels = () => histories.clear();

const amplitude = (level) => (level <= -96 ? 0 : 10 ** (level / 20));
const percent = (level) => Math.min(100, Math.max(0, ((level - FLOOR) / -FLOOR) * 100));

export function addLevels(levels, { streams, now }) {
  const time = now();
  for (const [sid, { behind, sent, ...tracks }] of Object.entries(levels)) {
    const stream = streams.get(sid);
    if (!stream) continue;
    for (const [track, [, peak]] of Object.entries(tracks)) peaksOf(sid, track).set(slot(stream, time), amplitude(peak));
    if (behind !== undefined) stream.behind = behind;
    if (sent !== undefined) stream.sentNow = sent;
  }
  for (const sid of histories.keys()) if (!streams.has(sid)) histories.delete(sid);
  for (const meter of meters) meter.show(levels[meter.sid]?.[meter.track]);
}

// A meter on the page. `text` is an element that shows the level in dBFS.
class Meter {
  constructor(element, sid, track, text) {
    Object.assign(this, { element, sid, track, text, held: FLOOR, heldAt: 0, loudest: FLOOR, toldAt: -Infinity });
    [this.bar, this.mark] = element.children;
    this.show();
    this.toldAt = -Infinity; // the first level is told at once
  }

  show([level, peak] = [FLOOR, FLOOR]) {
    const now = performance.now();
    if (peak >= this.held || now - this.heldAt > HOLD) {
      this.held = peak;
      this.heldAt = now;
    }
    this.bar.style.setProperty("--w", `${percent(level).toFixed(1)}%`);
    this.loudest = Math.max(this.loudest, level);
    this.mark.style.left = `min(${percent(this.held).toFixed(1)}%, 100% - 2px)`;
    if (now - this.toldAt < 1000) return; // screen readers and eyes cannot follow ten a second
    this.toldAt = now;
    const shown = Math.min(0, this.loudest);
    this.loudest = FLOOR;
    this.element.setAttribute("aria-valuenow", shown.toFixed(1));
    this.text.textContent = decibels(shown);
    this.text.classList.toggle("silent", shown <= FLOOR);
    this.element.setAttribute("aria-valuetext", decibels(shown) + (shown > FLOOR ? " dBFS" : ""));
  }
}

// Show the levels of a track in an element, until the returned function is called.
export function watch(element, sid, track, text) {
  const meter = new Meter(element, sid, track, text);
  meters.add(meter);
  return () => meters.delete(meter);
}

// Fill in the peaks from before the page was open, from the WAV file of the stream.
export async function fillHistory(stream, url, now) {
  const end = statusTime(stream, "stopped") ?? now;
  const missing = stream.tracks.some((track) => peaksOf(stream.sid, track).first > PER_SECOND);
  if (statusTime(stream, "in-progress") === undefined || !missing) return;
  const response = await fetch(url);
  if (!response.ok) return;
  const file = new DataView(await response.arrayBuffer());
  const channels = file.getUint16(22, true);
  const step = Math.floor(file.getUint32(24, true) / PER_SECOND);
  const samples = new Int16Array(file.buffer, 44, Math.floor((file.byteLength - 44) / 2));
  const slots = Math.floor(samples.length / channels / step);
  const first = slots < KEPT - PER_SECOND ? 0 : Math.max(0, slot(stream, end) - slots);
  stream.tracks.slice(0, channels).forEach((track, channel) => {
    const known = peaksOf(stream.sid, track);
    const peaks = new Peaks();
    for (let at = 0; at < slots; at++) {
      let peak = 0;
      for (let index = at * step * channels + channel; index < (at + 1) * step * channels; index += channels)
        peak = Math.max(peak, Math.abs(samples[index]));
      peaks.set(first + at, peak / 32768);
    }
    for (let at = Math.max(known.first, peaks.last + 1); at <= known.last; at++) peaks.set(at, known.get(at));
    histories.get(stream.sid)[track] = peaks;
  });
}

