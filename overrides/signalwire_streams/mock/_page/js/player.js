// Play the audio of a stream: its bytes come in chunks, and a worklet decodes and plays them.
import * as api from "./api.js";

let playing = null;

// Play a stream until it ends or `stopPlaying` is called. `onLevel` gets the peak that a track played, from 0 to 1.
export async function play(stream, onLevel, onEnd) {
  stopPlaying();
  const context = new AudioContext({ sampleRate: stream.sample_rate }); // so the browser resamples
  const requests = new AbortController();
  const nodes = new Map();
  const current = (playing = { context, requests, nodes, onEnd });
  await context.audioWorklet.addModule("js/player-worklet.js");
  if (playing !== current) return;
  let left = stream.tracks.length;
  for (const track of stream.tracks) {
    const node = new AudioWorkletNode(context, "player", { processorOptions: { encoding: stream.encoding } });
    node.port.onmessage = ({ data }) => onLevel({ [track]: data });
    node.connect(context.destination);
    nodes.set(track, node);
    receive(api.audioUrl(stream.sid, track), requests.signal, node).finally(() => {
      left -= 1;
      if (!left && playing === current) stopPlaying();
    });
  }
  await context.resume();
}

// Hear one track, or "both".
export function hear(choice) {
  for (const [track, node] of playing.nodes) node.port.postMessage(choice === "both" || choice === track);
}

async function receive(url, signal, node) {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) return;
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) node.port.postMessage(part.value);
  } catch { /* the user has stopped it, or the mock has gone */ }
}

export function stopPlaying() {
  if (!playing) return;
  const { context, requests, onEnd } = playing;
  playing = null;
  requests.abort();
  context.close();
  onEnd();
}
