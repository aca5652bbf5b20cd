// Open each page of the built site from the disk, wide and narrow, search it, and say what was seen, as JSON.
//
//   node browse.mjs FOLDER [FOLDER FOR SCREENSHOTS]
import { readdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const [site, screenshots] = process.argv.slice(2);
const WIDTHS = [1400, 390];
const TABS = 4;
const NOT_PAGES = ["genindex.html", "py-modindex.html", "search.html"];

const browser = await launch();
const seen = { pages: {}, search: {} };
const url = (path) => pathToFileURL(resolve(site, path)).href;

// A tab, and the list to which it adds whatever goes wrong in it.
async function open() {
  const page = await browser.newPage();
  const tab = { page, problems: [] };
  page.on("console", (message) => message.type() === "error" && tab.problems.push(message.text()));
  page.on("pageerror", (error) => tab.problems.push(String(error)));
  page.on("request", (request) => request.url().startsWith("file:") || tab.problems.push(`asked for ${request.url()}`));
  page.on("requestfailed", (request) => tab.problems.push(`did not get ${request.url()}`));
  return tab;
}

async function look(tab, path) {
  const { page } = tab;
  tab.problems = [];
  await page.goto(url(path));
  const facts = { headings: await page.locator("h1").allInnerTexts(), too_wide: [], pictures: [] };
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (excess > 0) facts.too_wide.push(width);
    const picture = page.locator("svg.architecture");
    if (await picture.count()) facts.pictures.push((await picture.boundingBox()).height > 100);
    if (screenshots && !NOT_PAGES.includes(path))
      await page.screenshot({ path: `${screenshots}/${path.replaceAll("/", "-")}-${width}.png`, fullPage: true });
  }
  seen.pages[path] = { ...facts, problems: tab.problems };
}

async function search(tab, word) {
  const { page } = tab;
  tab.problems = [];
  await page.goto(url("index.html"));
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.locator("input[name=q]").first().fill(word);
  await page.keyboard.press("Enter");
  const results = page.locator("ul.search > li a");
  await page.locator("#search-results p.search-summary").waitFor(); // which is written when the search is over
  seen.search = { results: await results.allInnerTexts(), problems: tab.problems };
  if (screenshots) await page.screenshot({ path: `${screenshots}/search-1400.png` });
  await results.first().click();
  await page.locator("h1").first().waitFor();
  seen.search.opened = relative(site, fileURLToPath(page.url())) + new URL(page.url()).hash;
}

const paths = readdirSync(site, { recursive: true }).filter((path) => path.endsWith(".html") && !path.startsWith("_"));
async function lookAtTheRest(tab) {
  while (paths.length) await look(tab, paths.pop());
}

const tabs = await Promise.all(Array.from({ length: TABS }, open));
await Promise.all(tabs.map(lookAtTheRest));
await search(tabs[0], "start_stream");
await browser.close();
console.log(JSON.stringify(seen, null, 2));
