// A small view library: `html` makes nodes of a template, and `render` changes what differs on the page.
import { changed } from "./store.js";

// Templates. Their values are never parsed, so text cannot become markup.

const HOLE = "\u0001";
const TAG = /<(\/?)(\u0001|[\w-]+)([^>]*?)(\/?)>/g;
const ATTRIBUTE = /([\w-]+)(?:=(?:"([^"]*)"|(\u0001)))?/g;
const parsed = new WeakMap();

function parse(strings) {
  const source = strings.join(HOLE);
  const stack = [[]];
  let hole = 0;
  let at = 0;
  const addText = (text) =>
    text.split(HOLE).forEach((part, index) => {
      if (index) stack.at(-1).push(hole++);
      const shown = part.replace(/^\s*\n\s*|\s*\n\s*$/g, ""); // the layout of the template
      if (shown) stack.at(-1).push(shown);
    });
  for (const { 0: tag, 1: closes, 2: name, 3: attributes, 4: isEmpty, index } of source.matchAll(TAG)) {
    addText(source.slice(at, index));
    at = index + tag.length;
    const type = name === HOLE ? hole++ : name;
    if (closes) {
      stack.pop();
      continue;
    }
    const props = [...attributes.matchAll(ATTRIBUTE)].map(([, key, text, isHole]) => [key, isHole ? hole++ : text ?? true]);
    const children = [];
    stack.at(-1).push({ type, props, children });
    if (!isEmpty) stack.push(children);
  }
  addText(source.slice(at));
  return stack[0];
}

function fill(part, values) {
  if (typeof part === "number") return values[part];
  if (typeof part === "string") return part;
  const get = (value) => (typeof value === "number" ? values[value] : value);
  const { key, ref, ...props } = Object.fromEntries(part.props.map(([name, value]) => [name, get(value)]));
  return { type: get(part.type), key, ref, props, children: part.children.map((child) => fill(child, values)) };
}

export function html(strings, ...values) {
  if (!parsed.has(strings)) parsed.set(strings, parse(strings));
  const nodes = parsed.get(strings).map((part) => fill(part, values));
  return nodes.length === 1 ? nodes[0] : nodes;
}

// What is on the page: a tree like that of the nodes, which has an element, or the hooks of a component.

const SVG = "http://www.w3.org/2000/svg";
const TEXT = Symbol("text");
let effects = [];
let component;

function toNode(value) {
  if (Array.isArray(value)) return { type: Array, children: value };
  if (value === null || value === undefined || typeof value === "boolean") return { children: [] };
  return typeof value === "object" ? value : { type: TEXT, text: String(value) };
}

function setProperty(element, name, value) {
  if (name.startsWith("on")) element[name.toLowerCase()] = (event) => void value?.(event); // false would cancel the event
  else if (name === "value" || name === "checked") element[name] = value;
  else if (name === "style") for (const [each, text] of Object.entries(value)) element.style.setProperty(each, text);
  else if (name.startsWith("aria-")) element.setAttribute(name, value);
  else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

function update(place, { type, text, props, ref, children }, parent, before) {
  if (type === TEXT) {
    place.dom ??= document.createTextNode(text);
    if (place.dom.data !== text) place.dom.data = text;
  } else if (typeof type === "string") {
    place.dom ??= document.createElementNS(type === "svg" ? SVG : parent.namespaceURI, type);
    if (ref) ref.current = place.dom;
    for (const name in { ...place.props, ...props })
      if (props[name] !== place.props[name]) setProperty(place.dom, name, props[name]);
    place.props = props;
    place.children = updateAll(place.children, children, place.dom, null);
  } else {
    let shown = children;
    if (type && type !== Array) {
      component = { hooks: place.hooks, at: 0 };
      shown = [type({ ...props, children })];
    }
    place.children = updateAll(place.children, shown, parent, before);
  }
  const { dom } = place;
  if (dom && (dom.parentNode !== parent || dom.nextSibling !== before)) parent.insertBefore(dom, before);
}

const firstOf = (place) => place.dom ?? place.children.reduce((found, child) => found ?? firstOf(child), undefined);

function updateAll(places, values, parent, before) {
  const old = new Map(places.map((place, index) => [place.key ?? index, place]));
  const nodes = values.map(toNode);
  const kept = nodes.map(({ type, key }, index) => {
    const place = old.get(key ?? index);
    if (!place || place.type !== type) return { type, key, props: {}, children: [], hooks: [] };
    old.delete(key ?? index);
    return place;
  });
  for (const place of old.values()) remove(place);
  for (let index = nodes.length - 1; index >= 0; index--) {
    update(kept[index], nodes[index], parent, before);
    before = firstOf(kept[index]) ?? before;
  }
  return kept;
}

function remove({ dom, children, hooks }, isInside) {
  for (const hook of hooks) hook.end?.();
  for (const child of children) remove(child, isInside || dom);
  if (!isInside) dom?.remove();
}

// Hooks, as in React. A component calls the same ones in the same order each time.

const hook = (initial) => (component.hooks[component.at++] ??= initial);

export const useRef = () => hook({ current: undefined });

export function useState(initial) {
  const state = hook({ value: initial });
  const set = (value) => {
    state.value = value;
    changed();
  };
  return [state.value, set];
}

// `begin` is called after the rendering in which `inputs` have changed, and may return what ends its work.
export function useEffect(begin, inputs) {
  const effect = hook({});
  if (effect.inputs?.every((input, index) => input === inputs[index])) return;
  effect.inputs = inputs;
  effects.push(() => {
    effect.end?.();
    effect.end = begin();
  });
}

let places = [];

export function render(view, root) {
  places = updateAll(places, [view], root, null);
  const begun = effects;
  effects = [];
  for (const effect of begun) effect();
}
