// Chromium for the test of the documentation: unpacked once, beside the package that brings it.
//
//   node browser.mjs unpack     put the browser, its libraries and its fonts where launch finds them
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const FOLDER = fileURLToPath(new URL("node_modules/.browser", import.meta.url));
const FONTS = `<?xml version="1.0"?><fontconfig><dir>${FOLDER}/fonts</dir><cachedir>${FOLDER}/cache</cachedir></fontconfig>`;

async function unpack() {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  process.env.TMPDIR = FOLDER; // where the package unpacks to
  process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs20.x"; // with libnss3 and its kin, which a fresh machine may lack
  const { default: packed } = await import("@sparticuz/chromium");
  await packed.executablePath();
  writeFileSync(`${FOLDER}/fonts/fonts.conf`, FONTS);
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? `${FOLDER}/chromium`, // the package has it for x86-64 alone
    args: ["--no-sandbox"], // which root, in a container, cannot have
    env: { ...process.env, LD_LIBRARY_PATH: `${FOLDER}/al2023/lib`, FONTCONFIG_PATH: `${FOLDER}/fonts` },
  });
}

if (process.argv[2] === "unpack") await unpack();
