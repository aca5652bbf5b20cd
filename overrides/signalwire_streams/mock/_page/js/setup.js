// What to do first: point your code at the mock, start a stream, and send its audio to your server.
import * as api from "./api.js";
import { quoted } from "./format.js";
import { html, useState } from "./html.js";
import { remember, remembered } from "./browser.js";
import { attempt, select, store } from "./store.js";
import { Command, Icon, Segments } from "./view.js";

const isSafe = /^[A-Za-z0-9_@%+=:,./-]+$/;
const bash = (value) => (isSafe.test(value) ? value : quoted(value));
const powershell = (value) => `'${value.replaceAll("'", "''")}'`;
const SHELLS = {
  bash: (name, value) => `export ${name}=${bash(value)}`,
  ".env": (name, value) => `${name}=${value}`,
  PowerShell: (name, value) => `$env:${name} = ${powershell(value)}`,
};

function settingsText(shell) {
  const { space, project, token, signing_key: key } = store.settings;
  const values = {
    SIGNALWIRE_SPACE: space,
    SIGNALWIRE_PROJECT_ID: project,
    SIGNALWIRE_API_TOKEN: token ?? "<the token that you gave to the mock>",
    SIGNALWIRE_SIGNING_KEY: key ?? "<the signing key that you gave to the mock>",
  };
  return Object.entries(values).map(([name, value]) => SHELLS[shell](name, value)).join("\n");
}

const FIRST_CALLS = {
  curl: `curl -u "$SIGNALWIRE_PROJECT_ID:$SIGNALWIRE_API_TOKEN" \\
  "$SIGNALWIRE_SPACE/api/laml/2010-04-01/Accounts/\\
$SIGNALWIRE_PROJECT_ID/Calls/CA123/Streams" \\
  -d Url=wss://agent.example.com/audio -d Name=first \\
  -d Parameter1.Name=FirstName -d Parameter1.Value=Jane`,
  Python: `from signalwire_streams import StreamsClient

with StreamsClient() as client:
    client.start_stream(
        "CA123",
        "wss://agent.example.com/audio",
        name="first",
        parameters={"FirstName": "Jane"},
    )`,
  Command: `signalwire-streams start CA123 wss://agent.example.com/audio \\
  --name first --param FirstName=Jane`,
};

// A step with a text to paste, of which there is one for each shell or language.
function Step({ number, title, texts, children }) {
  const names = Object.keys(texts);
  const [chosen, choose] = useState(remembered(title, ""));
  const name = names.includes(chosen) ? chosen : names[0];
  const pick = (value) => {
    choose(value);
    remember(title, value);
  };
  return html`<div class="step"><span class="n">${number}</span><div><h2>${title}${names.length > 1 &&
      html`<${Segments} label=${title} choices=${names.map((each) => [each, each])} chosen=${name} choose=${pick} />`}</h2>
    ${children}<${Command} text=${texts[name]} label=${title} /></div></div>`;
}

async function startDemo() {
  const stream = await attempt(api.startDemo);
  if (stream) select(stream.sid);
}

export function Setup() {
  const port = new URL(store.settings.space).port || "8080";
  const settings = Object.fromEntries(Object.keys(SHELLS).map((shell) => [shell, settingsText(shell)]));
  const route = `signalwire-streams mock --port ${port} \\\n  --route wss://agent.example.com=ws://127.0.0.1:8000`;
  return html`<div class="first">
    <div class="hero"><svg viewBox="0 0 132 44" fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round" aria-hidden="true">
        <path opacity=".25" d="M6 20v4M18 17v10M30 19v6" /><path d="M42 14v16M54 6v32M66 12v20M78 4v36M90 13v18" /><path opacity=".25" d="M102 18v8M114 20v4M126 21v2" /></svg>
      <h1>${store.streams.size ? "Setup" : "Waiting for your first stream"}</h1>
      <p>This is a local mock of SignalWire’s streaming API. It accepts any call SID, checks every request, and sends audio to your server.</p>
      <button class="btn primary" id="demo" onClick=${startDemo}><${Icon} name="play" solid big />Start a demo stream</button></div>
    <div class="card"><${Step} number="1" title="Point your code at the mock" texts=${settings} />
      <${Step} number="2" title="Start a stream" texts=${FIRST_CALLS} />
      <${Step} number="3" title="Send the audio to your server" texts=${{ bash: route }}>
        <p>Your code keeps its production URL. A route tells the mock where that host is on this machine.</p></${Step}></div></div>`;
}
