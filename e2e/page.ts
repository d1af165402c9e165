// What several specs need from the page.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** A browser without WebGPU, whatever this one has. */
export const takeAwayWebGpu = (page: Page) =>
  page.addInitScript(() => {
    Object.defineProperty(navigator, "gpu", { value: undefined, configurable: true });
  });

/** Starts the preset the page has chosen. */
export async function pressTrain(page: Page) {
  await page.getByTestId("train").click();
}

/** No accessibility violation that axe calls serious or critical. */
export async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n  ")}`);
  expect(told).toEqual([]);
}

/** Nothing reaches past the right edge of the window. */
export async function expectNoSidewaysScroll(page: Page) {
  const beyond = () =>
    page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
  // Charts follow a window that has just changed a frame later.
  await expect.poll(beyond, { timeout: 2_000 }).toBeLessThanOrEqual(0);
}

/** A run of a few steps of the smallest model. */
const SMALL = {
  "data.characters": 20_000,
  "train.batch_size": 2,
  "train.eval_interval": 20,
  "train.eval_windows": 4,
  "train.sample_interval": 10,
  "train.checkpoint_interval": 10,
  "sample.max_new_tokens": 24,
};

/** The lab's address with settings on top of the default preset. */
export const address = (settings: Readonly<Record<string, string | number>>) =>
  `/#/?set=${encodeURIComponent(JSON.stringify({ ...SMALL, ...settings }))}`;

export const phase = (page: Page) => page.getByRole("status");
const stepText = (page: Page) => page.getByText(/^Step [\d,]+ of/);
export const stepOf = async (page: Page) =>
  Number((await stepText(page).textContent())?.match(/Step ([\d,]+)/)?.[1]?.replaceAll(",", ""));

/** Waits until at least this step has been trained. */
export async function reachStep(page: Page, step: number) {
  // The recorded run of the idle page has steps too; it leaves when a run of one's own begins.
  await expect(page.getByRole("progressbar", { name: "Progress of the run" })).toBeAttached();
  await expect.poll(() => stepOf(page), { timeout: 90_000 }).toBeGreaterThanOrEqual(step);
}

/** All rows of a table of the stored runs; none where nothing has been stored yet. */
export const storedRows = <T>(page: Page, table: "runs" | "committed" | "logs"): Promise<T[]> =>
  page.evaluate(async (name) => {
    // Opening it would make it.
    const known = await indexedDB.databases();
    if (!known.some((database) => database.name === "vitrine")) return [];
    return new Promise<T[]>((resolve, reject) => {
      const opening = indexedDB.open("vitrine");
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const { result: database } = opening;
        const read = database.transaction(name).objectStore(name).getAll();
        read.onerror = () => reject(read.error);
        read.onsuccess = () => {
          database.close();
          resolve(read.result);
        };
      };
    });
  }, table);

/** Steps of the whole checkpoints of all runs, least first. */
export async function checkpointSteps(page: Page): Promise<number[]> {
  const rows = await storedRows<{ manifest: { meta: { step: number } } }>(page, "committed");
  return rows.map(({ manifest }) => manifest.meta.step).sort((one, other) => one - other);
}

/** Drops files on the page, as a hand would a file or a folder. */
export async function drop(page: Page, files: Readonly<Record<string, Uint8Array | string>>) {
  // The target is fetched once the page has settled.
  await expect(page.locator('input[type="file"]').first()).toBeAttached();
  const packed = Object.entries(files).map(([name, content]) => [
    name,
    Buffer.from(content).toString("base64"),
  ]);
  const transfer = await page.evaluateHandle((entries) => {
    const data = new DataTransfer();
    for (const [name, text] of entries as [string, string][]) {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      data.items.add(new File([bytes], name));
    }
    return data;
  }, packed);
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  await page.dispatchEvent(".mantine-Dropzone-root", "drop", { dataTransfer: transfer });
}
