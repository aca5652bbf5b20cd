// Open each page of the built site from the disk, wide and narrow, search it, and say what was seen, as JSON.
//
//   node browse.mjs FOLDER [FOLDER FOR SCREENSHOTS]
import { readdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const [site, screenshots] = process.argv.slice(2);
const WIDTHS = [1440, 1024, 390];
const TELEPHONE = 390;
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

// What of the page is cut off, and which blocks of code have no button to copy them. It runs in the page.
// Chromium's package has no monospaced font, whose letters take 0.6 of the size: a line is measured by its columns.
function measure() {
  const excess = (box) => box.scrollWidth - box.clientWidth;
  const isCutOff = (block) => {
    const style = getComputedStyle(block);
    if (style.whiteSpace === "pre-wrap") return excess(block) > 0;
    const columns = Math.max(...block.innerText.split("\n").map((line) => line.length));
    const text = columns * 0.6 * parseFloat(style.fontSize);
    return text + parseFloat(style.paddingLeft) + parseFloat(style.paddingRight) > block.clientWidth;
  };
  const blocks = [...document.querySelectorAll("div.highlight pre")];
  const boxes = [...blocks, ...document.querySelectorAll(".table-wrapper")];
  // The theme hides what sticks out of the page, so the page itself is no wider for it.
  const scrolls = (box) => box && box.tagName !== "ARTICLE" && (getComputedStyle(box).overflowX === "auto" || scrolls(box.parentElement));
  const sticksOut = (box) => box.getBoundingClientRect().right > window.innerWidth + 1 && !scrolls(box);
  return {
    page: document.documentElement.scrollWidth - window.innerWidth,
    sticking_out: [...document.querySelectorAll("article *")].filter(sticksOut).map((box) => box.outerHTML.slice(0, 80)),
    cut_off: blocks.filter(isCutOff).map((block) => block.innerText),
    stuck: boxes.filter((box) => excess(box) > 0 && getComputedStyle(box).overflowX !== "auto").length,
    blocks: blocks.length,
    without_button: blocks.filter((block) => !block.parentElement.querySelector("button.copybtn")).length,
  };
}

async function look(tab, path) {
  const { page } = tab;
  tab.problems = [];
  await page.goto(url(path));
  const facts = { headings: await page.locator("h1").allInnerTexts(), too_wide: [], cut_off: [], stuck: 0, pictures: [] };
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const found = await page.evaluate(measure);
    if (found.page > 0) facts.too_wide.push(width);
    facts.too_wide.push(...found.sticking_out);
    if (width > TELEPHONE) facts.cut_off.push(...found.cut_off);
    facts.stuck += found.stuck;
    facts.blocks = found.blocks;
    facts.without_button = found.without_button;
    for (const picture of await page.locator("svg.chart, svg.architecture, article p img").all())
      facts.pictures.push((await picture.boundingBox()).height > 100);
    if (screenshots && !NOT_PAGES.includes(path)) await photograph(page, path, width);
  }
  seen.pages[path] = { ...facts, problems: tab.problems };
}

async function photograph(page, path, width) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const name = `${path.replaceAll("/", "-")}-${width}-${colorScheme}.png`;
    await page.screenshot({ path: `${screenshots}/${name}`, fullPage: true });
  }
}

async function search(tab, word) {
  const { page } = tab;
  tab.problems = [];
  await page.goto(url("index.html"));
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.locator("input[name=q]").first().fill(word);
  await page.keyboard.press("Enter");
  const results = page.locator("ul.search > li a");
  await page.locator("#search-results p.search-summary").waitFor(); // which is written when the search is over
  seen.search = { results: await results.allInnerTexts(), problems: tab.problems };
  if (screenshots) await page.screenshot({ path: `${screenshots}/search-1440.png` });
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
