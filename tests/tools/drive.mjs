// A browser that a test drives. Each line of standard input is a step, and a line of standard output tells its result.
//
//   {"on": "#listen", "do": "click", "with": []}   a method of the locator, or without "on" one of the page
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { launch } from "./browser.mjs";

const { resolve } = createRequire(import.meta.url);
const AXE = resolve("axe-core/axe.min.js");
const FONTS = { Inter: "inter", "JetBrains Mono": "jetbrains-mono" };
const browser = await launch();
let page;
let problems;

const more = {
  // Begin anew: a page that remembers nothing.
  async open(url, options) {
    await page?.context().close();
    const context = await browser.newContext({ reducedMotion: "no-preference", ...options });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    page = await context.newPage();
    problems = [];
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.goto(url);
  },
  problems: () => problems,
  press: (key) => page.keyboard.press(key),
  async until(expression) {
    const end = Date.now() + 10_000;
    for (let value = await page.evaluate(expression); ; value = await page.evaluate(expression)) {
      if (value || Date.now() > end) return value || Promise.reject(Error(`in vain: ${expression}`));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
  // Show the page in the fonts that it names first, which the browser does not bring.
  async fonts() {
    for (const [family, name] of Object.entries(FONTS)) {
      const file = resolve(`@fontsource-variable/${name}/files/${name}-latin-wght-normal.woff2`);
      await page.evaluate(async ([font, bytes]) => {
        const face = new FontFace(font, Uint8Array.from(bytes), { weight: "100 900" });
        document.fonts.add(await face.load());
      }, [family, [...readFileSync(file)]]);
    }
  },
  async violations(place) {
    await page.evaluate(readFileSync(AXE, "utf-8")); // the page's CSP allows no script tag
    const { violations } = await page.evaluate(
      (within) => axe.run(within, { rules: { "target-size": { enabled: true } } }), place);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  },
};

for await (const line of createInterface(process.stdin)) {
  const { on, do: method, with: values } = JSON.parse(line);
  let answer;
  try {
    const result = await (on ? page.locator(on)[method](...values) : more[method] ? more[method](...values) : page[method](...values));
    answer = { result: result instanceof Buffer || result === undefined || typeof result?.url === "function" ? null : result };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}
await browser.close();
