// The page of the mock: its frame, and the start of everything.
import * as api from "./api.js";
import { ActivityPane, Keys, records } from "./activity.js";
import { isDark, remember, remembered, useTheme } from "./browser.js";
import { count, isProblem, isRunning } from "./format.js";
import { html, render, useEffect, useRef } from "./html.js";
import { areShortcutsOn, listenToKeys, switchShortcuts } from "./keyboard.js";
import { Setup } from "./setup.js";
import { attempt, changed, follow, onChange, selected, store, update } from "./store.js";
import { StreamView } from "./stream.js";
import { StreamsPane } from "./streams.js";
import { CopyButton, Icon } from "./view.js";

function switchTheme() {
  const theme = isDark() ? "light" : "dark";
  useTheme(theme);
  remember("theme", theme);
  update({});
}

const running = () => [...store.streams.values()].filter(isRunning).length;

const CONNECTIONS = {
  connecting: () => html`<span class="dot off"></span>Connecting`,
  live: () => html`<span class="dot live"></span>Live${running() > 0 && html`<span class="muted hide-s"> · ${count(running(), "stream")}</span>`}`,
  lost: () => html`<span class="dot bad"></span>Stopped`,
};

const Top = () => html`<header class="top">
  <div class="brand"><img src="favicon.svg" alt="" />
    <span><span class="long">signalwire-</span>streams</span><small>mock</small></div>
  <span class="chip hide-s">${store.settings.space}<${CopyButton} text=${store.settings.space} label="Copy the mock’s URL" /></span>
  <span class="live" id="connection">${CONNECTIONS[store.connection]()}</span>
  <label class="find"><span class="sr">Filter</span><${Icon} name="search" big /><input id="filter" type="search" placeholder="Filter by SID, name or field"
    value=${store.filter} onInput=${(event) => update({ filter: event.target.value })} /><kbd aria-hidden="true">/</kbd></label>
  <button class="btn ghost only-m" aria-pressed=${store.tab === "activity"} onClick=${() => update({ tab: store.tab === "activity" ? "stream" : "activity" })}><${Icon} name="in" big />Activity</button>
  <button class="btn ghost hide-s" aria-pressed=${store.showsSetup} onClick=${() => update({ showsSetup: !store.showsSetup, tab: "stream" })}><${Icon} name="key" big />Setup</button>
  <button class="btn ghost hide-s" title="Stop all streams and forget what happened" onClick=${() => attempt(api.reset)}><${Icon} name="trash" big />Clear</button>
  <button class="btn ghost icon" aria-label="Switch between light and dark" onClick=${switchTheme}><${Icon} name="moon" big /></button>
  <button class="btn ghost icon hide-s" aria-label="Keyboard shortcuts" onClick=${() => update({ showsHelp: true })}><${Icon} name="help" big /></button></header>`;

function Help() {
  const dialog = useRef();
  useEffect(() => dialog.current.showModal(), []);
  const close = () => update({ showsHelp: false });
  return html`<dialog ref=${dialog} aria-labelledby="help" onClose=${close} onClick=${(event) => event.target === dialog.current && close()}>
    <div><h2 id="help">Keyboard shortcuts</h2><${Keys} />
      <label class="line"><input type="checkbox" checked=${areShortcutsOn()} onChange=${(event) => switchShortcuts(event.target.checked)} /> Use shortcuts of single keys</label>
      <button class="btn" onClick=${close}>Close</button></div></dialog>`;
}

// Without an icon, because a mock that has stopped serves none.
const Alert = ({ children }) => html`<div class="lost" role="alert">${children}</div>`;

const Lost = () => html`<${Alert}><div><strong>The mock has stopped.</strong>
  <p>Start it again at the same port, and this page goes on by itself: <code>signalwire-streams mock --port ${location.port}</code></p></div></${Alert}>`;

const TABS = [["streams", "list", "Streams"], ["stream", "pulse", "Stream"], ["activity", "in", "Activity"], ["setup", "key", "Setup"]];

function Tabs({ problems }) {
  return html`<nav class="tabs" aria-label="Views">${TABS.map(([tab, icon, text]) => html`
    <button aria-current=${store.tab === tab ? "page" : "false"} onClick=${() => update({ tab, showsSetup: tab === "setup" })}><${Icon} name=${icon} big />${text}
      ${tab === "activity" && problems > 0 && html`<span class="badge"><span class="sr">, problems: </span>${problems}</span>`}</button>`)}</nav>`;
}

function App() {
  const stream = selected();
  const showsSetup = store.showsSetup || !stream;
  document.body.dataset.tab = store.tab;
  document.title = stream ? `${stream.name} · signalwire-streams mock` : "signalwire-streams mock";
  return html`<a class="skip" href="#main">Skip to the selected stream</a><${Top} />
    <div class="sr" role="status" aria-live="polite" id="spoken">${store.spoken}</div>
    ${store.connection === "lost" && html`<${Lost} />`}
    ${store.failure && html`<${Alert}>${store.failure}
      <button class="btn ghost small icon end" aria-label="Close" onClick=${() => update({ failure: "" })}><${Icon} name="x" /></button></${Alert}>`}
    <div class="app"><${StreamsPane} /><main id="main" tabindex="-1">${showsSetup ? html`<${Setup} />` : html`<${StreamView} stream=${stream} />`}</main><${ActivityPane} /></div>
    <${Tabs} problems=${records().filter(isProblem).length} />${store.showsHelp && html`<${Help} />`}`;
}

useTheme(remembered("theme", null));
const root = document.querySelector("#app");
onChange(() => render(html`<${App} />`, root));
listenToKeys();
setInterval(() => running() && changed(), 100);
changed();
follow();
