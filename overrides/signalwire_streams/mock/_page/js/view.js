// Small parts that all views use.
import { html, useState } from "./html.js";
import { attempt, store } from "./store.js";

export const Icon = ({ name, big, solid }) => html`
  <svg class=${`ic ${big ? "big" : ""} ${solid ? "solid" : ""}`} viewBox="0 0 24 24" aria-hidden="true"><use href=${`icons.svg#${name}`} /></svg>`;

// Text in which back-ticks mark code.
export const Prose = ({ text }) => text.split("`").map((part, index) => (index % 2 ? html`<code>${part}</code>` : part));

// `shows`: whether the label is on the button.
export function CopyButton({ text, label, shows }) {
  const [done, setDone] = useState(false);
  const press = async () => {
    await attempt(() => navigator.clipboard.writeText(text));
    setDone(!store.failure);
    setTimeout(() => setDone(false), 1500);
  };
  const name = done ? "Copied" : label;
  return html`<button class=${`btn small ${shows ? "" : "ghost icon"}`} aria-label=${name} title=${label} onClick=${press}>
    <${Icon} name=${done ? "check" : "copy"} />${shows && name}</button>`;
}

// Text to paste, with a button that copies it.
export const Command = ({ text, label }) => html`
  <div class="cmd" tabindex="0" role="region" aria-label=${label}>${text}<${CopyButton} text=${text} label="Copy" /></div>`;

export const Segments = ({ label, choices, chosen, choose }) => html`
  <span class="seg" role="group" aria-label=${label}>${choices.map(([value, text]) => html`
    <button aria-pressed=${value === chosen} onClick=${() => choose(value)}>${text}</button>`)}</span>`;
