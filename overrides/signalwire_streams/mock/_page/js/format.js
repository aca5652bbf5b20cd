// Values as people read them.

export const short = (sid) => (sid.length > 16 ? `${sid.slice(0, 8)}…${sid.slice(-5)}` : sid);

export function duration(seconds, tenths = false) {
  const total = Math.max(0, seconds);
  const minutes = Math.floor(total / 60);
  const rest = (tenths ? (Math.floor(total * 10) / 10 - minutes * 60).toFixed(1) : String(Math.floor(total % 60)));
  const clock = `${String(minutes % 60).padStart(2, "0")}:${rest.padStart(tenths ? 4 : 2, "0")}`;
  return minutes < 60 ? clock : `${Math.floor(minutes / 60)}:${clock}`;
}

export function clock(time) {
  const date = new Date(time * 1000);
  return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

export const milliseconds = (ms) => (ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

export const offset = (seconds) => `+${seconds < 10 ? seconds.toFixed(3) : seconds.toFixed(2)} s`;

export const number = (value) => value.toLocaleString("en-US");

export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

// A level as text: the minus is the typographic one.
export const decibels = (level) => (level <= -60 ? "silent" : level.toFixed(1).replace("-", "−"));

export const ENCODINGS = { "audio/x-mulaw": "PCMU", "audio/x-alaw": "PCMA", "audio/x-L16": "L16" };

export const host = (url) => {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
};

export const parentOf = (stream) => stream.call_sid || stream.conference_sid;

export const isRunning = (stream) => stream.status !== "stopped";

// A running stream that has nobody to send to.
export const isUnrouted = (stream) => isRunning(stream) && stream.route !== null;

export const statusTime = (stream, status) => stream.history.find((each) => each.status === status)?.time;

export function elapsed(stream, now) {
  const start = statusTime(stream, "in-progress");
  return start === undefined ? 0 : (statusTime(stream, "stopped") ?? now) - start;
}

export const isProblem = (record) =>
  record.attempts ? record.final && !record.delivered : record.status === 0 || record.status >= 400;

export const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export function asCurl(request, settings) {
  const url = `${settings.space}${request.path}${request.query ? `?${request.query}` : ""}`;
  const fields = request.fields.map(([name, value]) => `  --data-urlencode ${quoted(`${name}=${value}`)}`);
  const lines = [`curl -X ${request.method} ${quoted(url)}`, `  -u "$SIGNALWIRE_PROJECT_ID:$SIGNALWIRE_API_TOKEN"`, ...fields];
  return lines.join(" \\\n");
}

const KEYWORDS = {
  Name: "name", Track: "track", StatusCallback: "status_callback", StatusCallbackMethod: "status_callback_method",
  AuthorizationBearerToken: "authorization_bearer_token", StreamCodec: "codec", StreamRealTime: "realtime",
};

const python = (text) => JSON.stringify(text);

export function asPython(request) {
  const path = request.path.split("/").map(decodeURIComponent);
  const at = path.findLastIndex((part) => part === "Calls" || part === "Conferences");
  const parent = python(path[at + 1] ?? "");
  const kind = path[at] === "Conferences" ? "conference_stream" : "stream";
  const lines = ["from signalwire_streams import StreamsClient", "", "with StreamsClient() as client:"];
  if (request.operation?.startsWith("stop_")) {
    lines.push(`    client.stop_${kind}(${parent}, ${python((path[at + 3] ?? "").replace(/\.json$/, ""))})`);
  } else {
    const form = Object.fromEntries(request.fields);
    const names = Object.keys(form).filter((name) => /^Parameter\d+\.Name$/.test(name));
    const parameters = names.map((name) => `(${python(form[name])}, ${python(form[name.replace("Name", "Value")] ?? "")})`);
    const options = Object.entries(form).filter(([name]) => KEYWORDS[name]).map(([name, value]) =>
      `        ${KEYWORDS[name]}=${name === "StreamRealTime" ? (value === "true" ? "True" : "False") : python(value)},`);
    if (parameters.length) options.push(`        parameters=[${parameters.join(", ")}],`);
    lines.push(`    client.start_${kind}(`, `        ${parent},`, `        ${python(form.Url ?? "")},`, ...options, "    )");
  }
  return lines.join("\n");
}
