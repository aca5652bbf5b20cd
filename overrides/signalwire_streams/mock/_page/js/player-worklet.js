// Decode PCMU, PCMA or L16 and play it, at the sample rate of the context.

const AHEAD = 0.1; // seconds to gather before the first sample is played
const MOST = 0.5; // seconds behind the stream, after which the oldest audio is left out

function pcmu(code) {
  const bits = ~code & 0xff;
  const size = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80 ? -size : size) / 32768;
}

function pcma(code) {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const size = (((bits & 15) << 4) + (exponent ? 264 : 8)) << Math.max(0, exponent - 1);
  return (bits & 0x80 ? size : -size) / 32768;
}

const table = (decode) => Float32Array.from({ length: 256 }, (_, code) => decode(code));
const TABLES = { "audio/x-mulaw": table(pcmu), "audio/x-alaw": table(pcma) };

class Player extends AudioWorkletProcessor {
  constructor({ processorOptions: { encoding } }) {
    super();
    this.codes = TABLES[encoding];
    this.queue = [];
    this.length = 0;
    this.at = 0; // in the first of the queue
    this.half = []; // the first byte of a sample whose second one has not come
    this.waits = true;
    this.peak = 0;
    this.toldAt = 0;
    this.isHeard = true;
    this.port.onmessage = ({ data }) => {
      if (typeof data === "boolean") this.isHeard = data;
      else this.add(this.codes ? Float32Array.from(data, (code) => this.codes[code]) : this.l16(data));
    };
  }

  l16(bytes) {
    const all = Uint8Array.of(...this.half, ...bytes);
    const view = new DataView(all.buffer);
    const samples = new Float32Array(all.length >> 1);
    for (let index = 0; index < samples.length; index++) samples[index] = view.getInt16(2 * index, true) / 32768;
    this.half = all.slice(2 * samples.length);
    return samples;
  }

  add(samples) {
    this.queue.push(samples);
    this.length += samples.length;
    while (this.queue.length > 1 && this.length - this.at > MOST * sampleRate) this.drop();
    if (this.length - this.at > AHEAD * sampleRate) this.waits = false;
  }

  drop() {
    this.length -= this.queue.shift().length;
    this.at = 0;
  }

  process(_inputs, [output]) {
    const channel = output[0];
    for (let index = 0; index < channel.length && !this.waits; index++) {
      if (!this.queue.length) {
        this.waits = true;
        break;
      }
      channel[index] = this.isHeard * this.queue[0][this.at++];
      this.peak = Math.max(this.peak, Math.abs(channel[index]));
      if (this.at === this.queue[0].length) this.drop();
    }
    if (currentTime - this.toldAt > 0.25) {
      this.port.postMessage(this.peak);
      this.toldAt = currentTime;
      this.peak = 0;
    }
    return true;
  }
}

registerProcessor("player", Player);
