// What the page may do is what its policy says: nothing it needs is refused, a worker's request to a
// foreign host is, and nothing is asked of any host that the user did not ask for.
import { expect, type Page, test, type Worker } from "@playwright/test";
import { address, phase, pressTrain } from "./page.ts";

/** Not one of the model hub's, and not a host that exists. */
const FOREIGN = "https://collector.example/?what=everything";

/** What a thread writes its violations into, from before its first line runs. */
const LISTEN = `
  globalThis.violations = [];
  globalThis.addEventListener("securitypolicyviolation", (event) => {
    globalThis.violations.push(event.effectiveDirective + " refused " + event.blockedURI);
  });
`;

interface Watched {
  /** Violations so far, of every document the page showed and of its workers. */
  violations(): Promise<string[]>;
  /** Addresses asked for, by whom ever. */
  readonly requests: string[];
}

/** Watches a page from before its first byte. */
async function watch(page: Page): Promise<Watched> {
  const requests: string[] = [];
  const told: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  // A refusal of the page is an error of its console too; this one outlives the document.
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) told.push(message.text());
  });
  await page.addInitScript(LISTEN);
  // Workers have no such script, so each gets it with its own first lines; headers stay as they are.
  await page.route(/\.worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${LISTEN}${await response.text()}` });
  });
  const ofThread = (thread: Page | Worker) =>
    (thread as Page).evaluate(() => (globalThis as unknown as { violations: string[] }).violations);
  return {
    requests,
    violations: async () => [
      ...told,
      ...(await Promise.all([page, ...page.workers()].map(ofThread))).flat(),
    ],
  };
}

/** Addresses on other hosts than the page's own; those that never leave the browser are on none. */
const foreign = ({ requests }: Watched, baseURL: string) =>
  requests.filter((url) => /^(https?|wss?):/.test(url) && !url.startsWith(`${baseURL}/`));

/** Every page that the navigation leads to. */
async function everyPage(page: Page): Promise<string[]> {
  await page.goto("/");
  const links = page.getByRole("navigation").first().getByRole("link");
  await expect(links.first()).toBeVisible();
  return links.evaluateAll((all) => all.map((link) => link.getAttribute("href") as string));
}

test("no page, panel or run asks for what the policy refuses, or for another host", async ({
  page,
  baseURL,
}) => {
  const watched = await watch(page);
  for (const href of await everyPage(page)) {
    await page.goto(new URL(href, baseURL).href);
    await page.reload();
    await expect(page.getByRole("heading").first()).toBeVisible();
    await page.waitForLoadState("networkidle");
    expect(await watched.violations()).toEqual([]);
  }
  await page.goto(address({ "train.max_steps": 10, "data.tokenizer": "bpe" }));
  await page.reload();
  await expect(page.getByTestId("train")).toBeEnabled();
  await page.keyboard.press("Control+K");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await pressTrain(page);
  await expect(phase(page)).toHaveText("Done", { timeout: 90_000 });
  expect(await watched.violations()).toEqual([]);
  expect(foreign(watched, baseURL as string)).toEqual([]);
});

test("a worker obeys the policy: it reaches its own host and no foreign one, and no eval", async ({
  page,
  baseURL,
}) => {
  const watched = await watch(page);
  const started = page.waitForEvent("worker");
  await page.goto("/");
  const worker = await started;
  const ask = (url: string) =>
    worker.evaluate(
      (asked) =>
        fetch(asked).then(
          ({ status }) => String(status),
          (error: Error) => error.name,
        ),
      url,
    );
  expect(await ask(`${baseURL}/icon.svg`)).toBe("200");
  expect(watched.requests).toContain(`${baseURL}/icon.svg`);
  expect(await watched.violations()).toEqual([]);
  expect(await ask(FOREIGN)).toBe("TypeError");
  // From a timer: what DevTools evaluates itself may use eval all the same.
  const compiled = worker.evaluate(
    () =>
      new Promise<string>((resolve) => {
        setTimeout(() => {
          try {
            resolve(String(new Function("return 1")()));
          } catch (error) {
            resolve((error as Error).name);
          }
        });
      }),
  );
  expect(await compiled).toBe("EvalError");
  // So the ears of the other test are good.
  await expect
    .poll(() => watched.violations())
    .toEqual([`connect-src refused ${FOREIGN}`, "script-src refused eval"]);
});
