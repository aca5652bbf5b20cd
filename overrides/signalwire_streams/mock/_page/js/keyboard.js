// Shortcuts of single keys. They can be switched off, and none ends or drops anything.
import * as api from "./api.js";
import { remember, remembered } from "./browser.js";
import { attempt, select, store, update } from "./store.js";
import { pressKey, toggleListening } from "./stream.js";
import { grouped } from "./streams.js";

export const areShortcutsOn = () => remembered("shortcuts", true);
export const switchShortcuts = (isOn) => {
  remember("shortcuts", isOn);
  update({});
};

const focus = (selector) => {
  const element = document.querySelector(selector);
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
};

function move(step) {
  const sids = [...grouped().values()].flat().map((stream) => stream.sid);
  const sid = sids[Math.min(sids.length - 1, Math.max(0, sids.indexOf(store.selected) + step))];
  if (!sid) return;
  select(sid);
  requestAnimationFrame(() => focus(`.row[data-sid="${CSS.escape(sid)}"]`));
}

function replaySelected() {
  const request = store.record?.startsWith("request-") ? Number(store.record.slice(8)) : [...store.requests.keys()].at(-1);
  if (request) attempt(() => api.replay(request));
}

const actions = {
  ArrowUp: () => move(-1),
  ArrowDown: () => move(1),
  l: toggleListening,
  k: () => focus("#pad"),
  f: () => focus("#fail-next"),
  r: replaySelected,
  "/": () => focus("#filter"),
  "?": () => update({ showsHelp: true }),
};

export function listenToKeys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      update({ showsHelp: false, showsSetup: false, addsRoute: undefined, filter: "" });
      if (event.target.matches("input, #pad, #pad *")) focus("#main");
      return;
    }
    if (!areShortcutsOn() || store.showsHelp || event.target.matches("input, textarea, select")) return;
    const inList = event.target.closest(".feed, .cmd, .raw");
    if (event.key.startsWith("Arrow") && inList) return;
    const isKeypad = event.target.closest("#pad") && /^[0-9*#]$/.test(event.key);
    const action = isKeypad ? () => pressKey(event.key) : actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
