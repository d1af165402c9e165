import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { recordingSchema } from "../app/session/recording.ts";
import { parseLanguageConfig } from "../configs/schema/language.ts";
import { pageFiles, staticFiles } from "./bundle-size.mjs";
import { makeRecording, thin } from "./record.mjs";
import { flagValue, serveFolder } from "./serve.mjs";
import { isNodeRecent, needsBuild, needsInstall } from "./start.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "vitrine-start-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes a file whose modification time is `seconds` after 1970-01-12. */
function put(path: string, seconds: number, text = "") {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  for (const touched of [file, dirname(file)]) utimesSync(touched, 1e6 + seconds, 1e6 + seconds);
}

it("knows which Node is new enough", () => {
  expect(isNodeRecent("20.19.0")).toBe(true);
  expect(isNodeRecent("22.1.0")).toBe(true);
  expect(isNodeRecent("20.18.3")).toBe(false);
  expect(isNodeRecent("18.20.0")).toBe(false);
});

it("installs when packages are missing or older than the lockfile", () => {
  put("package-lock.json", 10);
  expect(needsInstall(root)).toBe(true);
  put("node_modules/.package-lock.json", 5);
  expect(needsInstall(root)).toBe(true);
  put("node_modules/.package-lock.json", 20);
  expect(needsInstall(root)).toBe(false);
});

it("builds when a source, however deep, is newer than the build", () => {
  put("package-lock.json", 0);
  put("app/labs/deep/file.ts", 5);
  utimesSync(join(root, "app"), 1e6, 1e6);
  utimesSync(join(root, "app", "labs"), 1e6, 1e6);
  expect(needsBuild(root)).toBe(true);
  put("dist/.vite/manifest.json", 10);
  expect(needsBuild(root)).toBe(false);
  put("app/labs/deep/file.ts", 15);
  expect(needsBuild(root)).toBe(true);
});

it("serves files with their type, and nothing outside the folder", async () => {
  put("site/index.html", 0, "<p>home</p>");
  put("site/assets/a.js", 0, "1");
  put("secret.txt", 0, "secret");
  const { server, address } = await serveFolder(join(root, "site"), 0);
  try {
    const home = await fetch(address);
    expect(await home.text()).toBe("<p>home</p>");
    expect(home.headers.get("cache-control")).toBe("no-cache");
    const script = await fetch(`${address}assets/a.js`);
    expect(script.headers.get("content-type")).toContain("text/javascript");
    expect(script.headers.get("cache-control")).toContain("immutable");
    for (const path of ["..%2fsecret.txt", "%2e%2e/secret.txt", "missing.js", "%00", "assets"])
      expect((await fetch(address + path)).status).toBe(404);
    expect((await fetch(address, { method: "POST" })).status).toBe(405);
  } finally {
    server.close();
  }
});

it("reads flags", () => {
  expect(flagValue(["--port", "8080"], "port", "1")).toBe("8080");
  expect(flagValue([], "port", "1")).toBe("1");
});

it("counts what is imported statically, once, and not what is fetched later", () => {
  const manifest = {
    "index.html": {
      file: "index.js",
      isEntry: true,
      imports: ["_a.js", "_b.js"],
      dynamicImports: ["chart.tsx"],
    },
    "_a.js": { file: "a.js", imports: ["_b.js"] },
    "_b.js": { file: "b.js" },
    "chart.tsx": { file: "chart.js", imports: ["_b.js"], isDynamicEntry: true },
  };
  expect(staticFiles(manifest)).toEqual(["index.js", "a.js", "b.js"]);
  expect(() => staticFiles({})).toThrow("the manifest must name an entry");
  const html =
    '<script type="module" crossorigin src="./assets/i.js"></script><link rel="modulepreload" crossorigin href="./assets/p.js"><link rel="stylesheet" href="./assets/i.css">';
  expect(pageFiles(html)).toEqual(["assets/i.js", "assets/p.js"]);
});

it("makes a recording that the page accepts", () => {
  const parsed = parseLanguageConfig({ lab: "language" });
  if (!parsed.ok) throw new Error("the default config must parse");
  const row = { tokens: 8, seconds: 0.1, "train/grad_norm": 1, "train/lr": 0.001 };
  const metrics = [
    { step: 1, ...row, "train/loss": 3.123456789 },
    { step: 2, ...row, "train/loss": 2, "val/loss": 2.5, "val/bits_per_byte": 3.6 },
  ];
  const ready = {
    parameters: 1,
    vocabSize: 2,
    trainTokens: 3,
    validationTokens: 4,
    tokensPerStep: 5,
    maxSteps: 2,
    plannedBytes: 6,
    dispatchesPerStep: 7,
    submitsPerStep: 1,
    device: { vendor: "v", architecture: "a", description: "d", software: true, limits: {} },
  };
  const recording = recordingSchema.parse(
    makeRecording(
      metrics.map((entry) => JSON.stringify(entry)).join("\n"),
      JSON.stringify({ step: 2, prompt: "", text: "a", temperature: 0.8 }),
      JSON.stringify({ config: parsed.config, ready }),
    ),
  );
  expect(recording.metrics.loss).toEqual([3.12346, 2]);
  expect(recording.validation).toEqual([{ step: 2, loss: 2.5, bitsPerByte: 3.6 }]);
  expect(() => makeRecording("", "", "{}")).toThrow("summary.json must hold config");
});

it("thins evenly and keeps both ends", () => {
  const rows = Array.from({ length: 101 }, (_, row) => row);
  expect(thin(rows, 5)).toEqual([0, 25, 50, 75, 100]);
  expect(thin([1, 2], 5)).toEqual([1, 2]);
});
