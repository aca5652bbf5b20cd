// Open each page of the built site from the disk, wide and narrow, search it, and say what was seen, as JSON.
//
//   node browse.mjs FOLDER [FOLDER FOR SCREENSHOTS]
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const [site, screenshots] = process.argv.slice(2);
const WIDTHS = [1400, 390];
const NOT_PAGES = ["genindex.html", "py-modindex.html", "search.html"];

const browser = await launch();
const page = await browser.newPage();
let problems = [];
page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
page.on("pageerror", (error) => problems.push(String(error)));
page.on("request", (request) => request.url().startsWith("file:") || problems.push(`asked for ${request.url()}`));
page.on("requestfailed", (request) => problems.push(`did not get ${request.url()}`));

const url = (path) => pathToFileURL(resolve(site, path)).href;
const seen = { pages: {}, search: {} };

for (const path of readdirSync(site, { recursive: true }).filter((path) => path.endsWith(".html") && !path.startsWith("_"))) {
  problems = [];
  await page.goto(url(path));
  const facts = { headings: await page.locator("h1").allInnerTexts(), too_wide: [], pictures: [], problems };
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (excess > 0) facts.too_wide.push(width);
    const picture = page.locator("svg.architecture");
    if (await picture.count()) facts.pictures.push((await picture.boundingBox()).height > 100);
    if (screenshots && !NOT_PAGES.includes(path))
      await page.screenshot({ path: `${screenshots}/${path.replaceAll("/", "-")}-${width}.png`, fullPage: true });
  }
  seen.pages[path] = facts;
}

problems = [];
await page.goto(url("index.html"));
await page.setViewportSize({ width: 1400, height: 900 });
await page.locator("input[name=q]").first().fill("start_stream");
await page.keyboard.press("Enter");
const results = page.locator("ul.search > li a");
await page.locator("#search-progress", { hasText: /finished|Finished/ }).or(page.locator(".search-summary")).first().waitFor();
await results.first().waitFor();
seen.search = { results: await results.allInnerTexts(), problems };
if (screenshots) await page.screenshot({ path: `${screenshots}/search-1400.png` });
await results.first().click();
seen.search.opened = page.url().split("/").slice(-2).join("/");

await browser.close();
console.log(JSON.stringify(seen, null, 2));
