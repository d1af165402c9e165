import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { contentSecurityPolicy, originOf, policyFiles, withoutPolicy } from "./csp.mjs";
import { flagValues, serveFolder } from "./serve.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const HUB = "http://127.0.0.1:9000";

const directive = (policy: string, name: string) =>
  policy
    .split("; ")
    .find((text) => text.startsWith(`${name} `))
    ?.split(" ")
    .slice(1);

/** Serves a page that holds the policy, a worker's script and a file of another kind. */
async function served<T>(hubs: readonly string[], look: (address: string) => Promise<T>) {
  const folder = mkdtempSync(join(tmpdir(), "vitrine-csp-"));
  writeFileSync(
    join(folder, "index.html"),
    `<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy()}" />`,
  );
  writeFileSync(join(folder, "some.worker.js"), "");
  writeFileSync(join(folder, "icon.svg"), "");
  const { server, address } = await serveFolder(folder, 0, { hubs });
  try {
    return await look(address);
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

it("stands in index.html and in public/_headers word for word", () => {
  const policy = contentSecurityPolicy();
  for (const [path, wanted] of Object.entries(policyFiles(ROOT))) {
    expect(wanted).toContain(policy);
    expect(readFileSync(join(ROOT, path), "utf8"), `node scripts/csp.mjs --write`).toBe(wanted);
  }
});

it("allows no eval, no foreign scripts and nothing that it does not name", () => {
  const policy = contentSecurityPolicy();
  expect(policy).not.toContain("'unsafe-eval'");
  expect(directive(policy, "default-src")).toEqual(["'none'"]);
  expect(directive(policy, "script-src")).toEqual(["'self'", "'wasm-unsafe-eval'"]);
  expect(directive(policy, "object-src")).toEqual(["'none'"]);
  expect(directive(policy, "connect-src")?.every((from) => /^('self'|https:\/\/)/.test(from))).toBe(
    true,
  );
});

it("comes with every answer: pages, scripts of workers, other files, and what is not there", () =>
  served([], async (address) => {
    for (const path of ["", "some.worker.js", "icon.svg", "missing.js"]) {
      const { headers } = await fetch(address + path);
      expect(headers.get("content-security-policy"), path).toBe(contentSecurityPolicy());
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    }
  }));

it("names another hub where the server is told one, in the header and in the page", () =>
  served([`${HUB}/models?x=1`], async (address) => {
    const policy = contentSecurityPolicy([HUB]);
    expect(directive(policy, "connect-src")).toContain(HUB);
    const page = await fetch(address);
    expect(page.headers.get("content-security-policy")).toBe(policy);
    expect(await page.text()).toContain(`content="${policy}"`);
    const script = await fetch(`${address}some.worker.js`);
    expect(script.headers.get("content-security-policy")).toBe(policy);
  }));

it("refuses a hub that is no address", () => {
  for (const address of [
    "",
    "models",
    "file:///etc",
    "https:",
    "'unsafe-eval'",
    "* ; script-src *",
  ])
    expect(() => originOf(address), address).toThrow("--hub must be an address");
  expect(flagValues(["--hub", "a", "--port", "1", "--hub", "b", "--hub"], "hub")).toEqual([
    "a",
    "b",
  ]);
});

it("is taken out of the page that reloads as one edits, and of nothing else", () => {
  const page = readFileSync(join(ROOT, "index.html"), "utf8");
  const bare = withoutPolicy(page);
  expect(bare).not.toContain("Content-Security-Policy");
  expect(bare).toContain('<div id="root">');
  expect(bare.length).toBeGreaterThan(page.length - 600);
});
