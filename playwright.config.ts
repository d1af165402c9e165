import { defineConfig } from "@playwright/test";
import { CHROMIUM_FLAGS, findChromium } from "./scripts/chromium.mjs";

/** Another one lets two copies of the project run their tests at once. */
const PORT = Number(process.env.E2E_PORT ?? 4317);
/** Where e2e/models.spec.ts has a stand-in for the model hub, and the host that keeps its large files. */
const HUB = [PORT + 1_000, PORT + 2_000].map((port) => `--hub http://127.0.0.1:${port}`).join(" ");
const executablePath = findChromium();

// The built page, served as `npm start` serves it. Chromium runs with a software adapter; the specs that
// need a page without one take it away themselves.
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  // One page at a time: training on a software adapter takes every core there is.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    // A page served from a cache would test yesterday's build.
    serviceWorkers: "block",
    viewport: { width: 1440, height: 1000 },
    launchOptions: { ...(executablePath ? { executablePath } : {}), args: CHROMIUM_FLAGS },
  },
  webServer: {
    command: `node scripts/start.mjs --no-open --port ${PORT} ${HUB}`,
    url: `http://127.0.0.1:${PORT}/`,
    reuseExistingServer: false,
    timeout: 300_000,
  },
});
