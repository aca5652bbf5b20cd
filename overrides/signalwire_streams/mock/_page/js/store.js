// What the page knows: a snapshot of the mock, kept up to date by its events, and what the user chose.
import * as api from "./api.js";
import { addLevels, clearLevels } from "./levels.js";
import { isProblem, isRunning } from "./format.js";

const MOST_RECORDS = 1000;
const LONGEST_WAIT = 5000;

export const store = {
  connection: "connecting", // then "live" or "lost"
  now: () => Date.now() / 1000, // then by the mock's clock, which stands still when it is lost
  settings: { space: location.origin, project: "", token: null, signing_key: null },
  streams: new Map(),
  calls: new Map(),
  requests: new Map(),
  callbacks: new Map(),
  routes: [],
  faults: { armed: [] },
  selected: null, // the SID of a stream
  record: null, // the key of the activity that R replays
  opened: new Map(), // whether the user has opened or closed a record, by its key
  tab: "stream",
  shows: "all",
  filter: "",
  follows: true,
  showsSetup: false,
  showsHelp: false,
  spoken: "", // what a screen reader is told
  failure: "", // what went wrong with the last click
};

let listener = () => {};
let isPlanned = false;

export const onChange = (listen) => { listener = listen; };

// Render soon, once for all changes of a frame. A hidden page has no frames.
export function changed() {
  if (isPlanned) return;
  isPlanned = true;
  (document.hidden ? setTimeout : requestAnimationFrame)(() => {
    isPlanned = false;
    listener();
  });
}

export function update(changes) {
  Object.assign(store, changes);
  changed();
}

// Do what the user asked for, and show why it failed.
export async function attempt(action) {
  try {
    const result = await action();
    update({ failure: "" });
    return result;
  } catch (error) {
    update({ failure: error instanceof TypeError ? "The mock does not respond." : error.message });
  }
}

export function select(sid) {
  update({ selected: sid, tab: "stream", showsSetup: false });
}

export const selected = () => store.streams.get(store.selected);

const byKey = (records, key) => new Map(records.map((record) => [record[key], record]));

function trim(records) {
  for (const key of records.keys()) {
    if (records.size <= MOST_RECORDS) return;
    records.delete(key);
  }
}

function take(snapshot) {
  const ahead = snapshot.now - Date.now() / 1000;
  Object.assign(store, {
    connection: "live",
    now: () => Date.now() / 1000 + ahead,
    settings: snapshot.settings,
    streams: byKey(snapshot.streams, "sid"),
    calls: byKey(snapshot.calls, "sid"),
    requests: byKey(snapshot.requests, "id"),
    callbacks: byKey(snapshot.callbacks, "id"),
    routes: snapshot.routes,
    faults: snapshot.faults,
  });
  if (!store.streams.has(store.selected)) selectNewest();
  changed();
}

function selectNewest() {
  const streams = [...store.streams.values()];
  store.selected = (streams.findLast(isRunning) ?? streams.at(-1))?.sid ?? null;
}

const WORDS = { queued: "is queued", "in-progress": "is in progress", stopped: "has stopped" };

function tell(stream, before) {
  if (before?.status === stream.status && before?.problem === stream.problem) return;
  store.spoken = `Stream ${stream.name} ${WORDS[stream.status]}. ${stream.problem ?? ""}`;
}

const handlers = {
  stream(stream) {
    tell(stream, store.streams.get(stream.sid));
    const isFirst = !store.streams.size;
    store.streams.set(stream.sid, stream);
    if (isFirst || !store.streams.has(store.selected)) store.selected = stream.sid;
    const stopped = [...store.streams.values()].filter((each) => !isRunning(each));
    for (const each of stopped.slice(0, -MOST_RECORDS)) store.streams.delete(each.sid);
  },
  request(request) {
    store.requests.set(request.id, request);
    trim(store.requests);
    if (isProblem(request)) store.spoken = `Request refused with ${request.status}. ${request.problems[0]?.message ?? ""}`;
  },
  callback(callback) {
    store.callbacks.set(callback.id, callback);
    trim(store.callbacks);
    if (isProblem(callback)) store.spoken = `Callback ${callback.event} failed. ${callback.problem ?? ""}`;
  },
  call(call) { store.calls.set(call.sid, call); },
  route(routes) { store.routes = routes; },
  fault(faults) { store.faults = faults; },
  reset() {
    for (const records of [store.streams, store.calls, store.requests, store.callbacks, store.opened]) records.clear();
    clearLevels();
    store.selected = null;
    store.faults = { armed: [] };
    store.spoken = "The mock was reset.";
  },
};

// Follow the mock for as long as the page is open, across its restarts.
export async function follow() {
  let wait = 250;
  while (true) {
    try {
      const snapshot = await api.getState();
      take(snapshot);
      wait = 250;
      await listen(snapshot.seq);
    } catch { /* it is tried again below */ }
    const now = store.now();
    if (store.connection !== "connecting") update({ connection: "lost", now: () => now });
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }
}

// Return when the snapshot is out of date. The browser resumes a broken connection by itself once.
function listen(seq) {
  return new Promise((resolve) => {
    const events = api.followEvents(seq);
    const end = () => {
      events.close();
      resolve();
    };
    events.onerror = end;
    events.addEventListener("resync", end);
    events.addEventListener("levels", (event) => addLevels(JSON.parse(event.data), store));
    for (const [name, handle] of Object.entries(handlers))
      events.addEventListener(name, (event) => {
        handle(JSON.parse(event.data));
        changed();
      });
  });
}
