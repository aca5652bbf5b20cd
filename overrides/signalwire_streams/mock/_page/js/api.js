// The mock's control API: see openapi/mock-control.yaml.

const PREFIX = "/_mock";

const path = (...parts) => PREFIX + parts.map((part) => `/${encodeURIComponent(part)}`).join("");

async function call(method, target, fields) {
  const json = { "Content-Type": "application/json" };
  const options = fields === undefined ? { method } : { method, headers: json, body: JSON.stringify(fields) };
  const response = await fetch(target, options);
  const content = await response.json();
  if (!response.ok) throw new Error(content.message);
  return content;
}

const post = (target, fields = {}) => call("POST", target, fields);

export const getState = () => call("GET", path("state"));
export const followEvents = (after) => new EventSource(`${path("events")}?after=${encodeURIComponent(after)}`);
export const audioUrl = (sid, track) => `${path("streams", sid, "audio")}?track=${track}`;
export const wavUrl = (sid) => path("streams", sid, "audio.wav");
export const press = (sid, digits) => post(path("streams", sid, "dtmf"), { digits });
export const stop = (sid) => post(path("streams", sid, "stop"));
export const drop = (sid) => post(path("streams", sid, "drop"));
export const hangUp = (stream) =>
  post(stream.call_sid ? path("calls", stream.call_sid, "end") : path("conferences", stream.conference_sid, "end"));
export const failNext = (fields) => post(path("fail-next"), fields);
export const cancelFailures = () => call("DELETE", path("fail-next"));
export const addRoute = (from, to) => post(path("routes"), { from, to });
export const replay = (id) => post(path("requests", id, "replay"));
export const resend = (id, signature) => post(path("callbacks", id, "resend"), { signature });
export const startDemo = () => post(path("demo"));
export const reset = () => post(path("reset"));
