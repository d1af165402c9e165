// Draws the icons that cannot be SVG: some systems install a page only with PNGs.
//   node scripts/icons.mjs      writes public/*.png from public/*.svg, with an installed Chromium
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { findChromium } from "./chromium.mjs";

const FOLDER = fileURLToPath(new URL("../public", import.meta.url));

/** File, what it is drawn from, its edge in pixels, and whether what the drawing leaves free shows through. */
const ICONS = [
  ["icon-192.png", "icon.svg", 192, true],
  ["icon-512.png", "icon.svg", 512, true],
  ["icon-maskable-512.png", "icon-maskable.svg", 512, false],
  ["apple-touch-icon.png", "icon-maskable.svg", 180, false],
];

const executablePath = findChromium();
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ["--no-sandbox"],
});
const page = await browser.newPage();
for (const [name, source, edge, omitBackground] of ICONS) {
  await page.setViewportSize({ width: edge, height: edge });
  await page.setContent(
    `<style>body{margin:0}svg{display:block;width:${edge}px;height:${edge}px}</style>${readFileSync(join(FOLDER, source), "utf8")}`,
  );
  await page.screenshot({ path: join(FOLDER, name), omitBackground });
}
await browser.close();
