// The built page after its first visit: without a network, and when a newer build takes its place on the
// same port. Each test serves its own copy of the build and takes it away, or replaces it, as a host would.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test as base, chromium, expect, type Page } from "@playwright/test";
import { CHROMIUM_FLAGS, findChromium } from "../scripts/chromium.mjs";
import { serveFolder } from "../scripts/serve.mjs";
import { address, phase, pressTrain, reachStep, stepOf } from "./page.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Site {
  readonly address: string;
  /** Puts another build in the place of the one that is served: old files are gone, as on a host. */
  deploy(folder: string): void;
  /** From now on nobody answers. */
  takeDown(): Promise<void>;
}

const test = base.extend<{ site: Site }, { second: string }>({
  second: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright asks for a pattern
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "vitrine-second-"));
      await buildAgain(folder);
      await use(folder);
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 180_000 },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright asks for a pattern
  site: async ({}, use, info) => {
    const folder = info.outputPath("site");
    const deploy = (from: string) => {
      rmSync(folder, { recursive: true, force: true });
      cpSync(from, folder, { recursive: true });
    };
    deploy(join(ROOT, "dist"));
    const { server, address: root } = await serveFolder(folder, 0);
    const takeDown = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    await use({ address: root.replace(/\/$/, ""), deploy, takeDown });
    await takeDown();
  },
});

test.use({ serviceWorkers: "allow" });

/** The first visit, until everything that the page may need is kept. */
async function visit(page: Page, url: string) {
  await page.goto(url);
  await expect(page.getByTestId("train")).toBeEnabled();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state))
    .toBe("activated");
}

/** The script that this page was made of; it has another name in another build. */
const entryOf = (page: Page) =>
  page.locator('script[type="module"][src]').first().getAttribute("src");

/** What the page does when it is looked at after an hour. */
const lookForUpdate = (page: Page) =>
  page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());

const isOneWaiting = (page: Page) =>
  page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.waiting));

/** A second build of the same sources, under another name. */
function buildAgain(folder: string): Promise<void> {
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  const built = spawn(
    process.execPath,
    [vite, "build", "--outDir", folder, "--emptyOutDir", "--logLevel", "error"],
    { cwd: ROOT, stdio: "inherit", env: { ...process.env, VITE_BUILD: "second" } },
  );
  return new Promise((resolve, reject) => {
    built.on("error", reject);
    built.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`vite build ended with ${code}`)),
    );
  });
}

test("works without a network after one visit: every page, both languages, a run", async ({
  page,
  site,
}) => {
  await visit(page, site.address);
  await site.takeDown();
  expect(await page.evaluate(() => fetch("./?not-kept").then(Boolean, () => false))).toBe(false);
  const links = page.getByRole("navigation").first().getByRole("link");
  for (const href of await links.evaluateAll((all) =>
    all.map((link) => link.getAttribute("href")),
  )) {
    await page.goto(new URL(href as string, site.address).href);
    await page.reload();
    await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
  }
  await page.evaluate(() => localStorage.setItem("vitrine.language", "zh"));
  const worker = page.waitForEvent("worker");
  await page.goto(`${site.address}${address({ "train.max_steps": 5 })}`);
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-Hans");
  await expect(page.getByTestId("train")).toHaveText("开始训练");
  // What is kept is kept with its header: workers are as bound as ever.
  const refused = await (await worker).evaluate(
    () =>
      new Promise<string>((resolve) => {
        addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
        fetch("https://collector.example/").catch(() => {});
      }),
  );
  expect(refused).toBe("connect-src");
  await pressTrain(page);
  await expect(phase(page)).toHaveText("已完成", { timeout: 90_000 });
});

test("a newer build is offered, never replaces a page whose run is going, and loads on a click", async ({
  page,
  site,
  second,
}) => {
  await visit(page, `${site.address}${address({ "train.max_steps": 100_000 })}`);
  const entry = await entryOf(page);
  const offer = page.getByTestId("new-version");
  await pressTrain(page);
  await reachStep(page, 3);
  await page.evaluate(() => Object.assign(window, { isStillHere: true }));
  // A page that is being replaced cannot answer.
  const isStillHere = () => page.evaluate(() => "isStillHere" in window).catch(() => false);

  site.deploy(second);
  await lookForUpdate(page);
  await expect(offer).toContainText("Your run goes on");
  await expect(offer.getByRole("button", { name: "Load it" })).toHaveCount(0);
  const before = await stepOf(page);
  await reachStep(page, before + 3);
  expect(await isStillHere()).toBe(true);
  // Its own files are gone from the host, not from what is kept: a part it has not used yet still opens.
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Pause or resume");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Pause" }).click();
  await expect(phase(page)).toHaveText("Paused");
  expect(await isStillHere()).toBe(true);
  await offer.getByRole("button", { name: "Load it" }).click();
  await expect.poll(isStillHere).toBe(false);
  await expect(page.getByTestId("train")).toBeEnabled();
  expect(await entryOf(page)).not.toBe(entry);
  await expect(page.getByRole("heading", { name: "Left off earlier" })).toBeVisible();
  await expect(offer).toHaveCount(0);
  expect(await isOneWaiting(page)).toBe(false);
  // The new version is the one that is kept now.
  const newEntry = await entryOf(page);
  await site.takeDown();
  await page.reload();
  await expect(page.getByTestId("train")).toBeEnabled();
  expect(await entryOf(page)).toBe(newEntry);
});

test("where two pages are open, one loads the new version and the other keeps all of the old", async ({
  page,
  context,
  site,
  second,
}) => {
  await visit(page, site.address);
  const other = await context.newPage();
  await visit(other, site.address);
  const entry = await entryOf(page);
  site.deploy(second);
  await lookForUpdate(page);
  await expect(other.getByTestId("new-version")).toBeVisible();
  await page.getByTestId("new-version").getByRole("button", { name: "Load it" }).click();
  await expect.poll(() => entryOf(page).catch(() => entry)).not.toBe(entry);
  await expect(page.getByTestId("train")).toBeEnabled();
  expect(await entryOf(other)).toBe(entry);
  await other.keyboard.press("?");
  await expect(other.getByRole("dialog")).toContainText("Pause or resume");
  // The page that is new is offered nothing; what waits comes into force when the old one is gone.
  expect(await isOneWaiting(page)).toBe(true);
  await expect(page.getByTestId("new-version")).toHaveCount(0);
  await other.close();
  await page.goto("about:blank");
  await page.goto(site.address);
  await expect.poll(() => isOneWaiting(page)).toBe(false);
  await expect(page.getByTestId("new-version")).toHaveCount(0);
});

test("a browser may install it", async ({ site }, info) => {
  // Of the other contexts each is a private window, where nothing can be installed.
  const executablePath = findChromium();
  const context = await chromium.launchPersistentContext(info.outputPath("profile"), {
    ...(executablePath ? { executablePath } : {}),
    args: CHROMIUM_FLAGS,
  });
  const page = await context.newPage();
  await page.goto(site.address);
  const devtools = await context.newCDPSession(page);
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual([]);
  const { errors } = await devtools.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  await context.close();
});
