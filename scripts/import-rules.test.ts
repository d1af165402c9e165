// Proves that the import rules bite: a rule that matches nothing is green for ever.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CONFIG = join(ROOT, ".dependency-cruiser.cjs");
const FOLDERS = ["app", "kernels", "workers", "configs", "e2e"];

interface Rule {
  readonly name: string;
}
interface Violation {
  readonly from: string;
  readonly rule: Rule;
}

const rules = (createRequire(import.meta.url)(CONFIG) as { forbidden: Rule[] }).forbidden;

/** What the tool says about a tree. */
function cruise(folder: string): { violations: Violation[]; totalCruised: number } {
  const tool = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [tool, "--config", CONFIG, "--output-type", "json", ...FOLDERS],
    { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 },
  );
  if (!stdout) throw new Error(`dependency-cruiser must print JSON; it said ${stderr}`);
  return JSON.parse(stdout).summary;
}

/** Files with a planted import each, and the rule that must forbid it. */
const FORBIDDEN: readonly (readonly [rule: string, file: string, code: string])[] = [
  ["kernels-stand-alone", "kernels/core/up.ts", 'import "../../configs/fine.ts";'],
  ["configs-stand-alone", "configs/up.ts", 'import "../kernels/core/fine.ts";'],
  ["api-is-types", "workers/api/down.ts", 'import "../engine/fine.ts";'],
  ["engine-below-all", "workers/engine/up.ts", 'import "../nn/fine.ts";'],
  ["hooks-above-engine", "workers/hooks/up.ts", 'import "../nn/fine.ts";'],
  ["nn-knows-no-optimiser", "workers/nn/across.ts", 'import "../optim/fine.ts";'],
  ["optim-knows-no-model", "workers/optim/across.ts", 'import "../nn/fine.ts";'],
  ["data-is-plain", "workers/data/up.ts", 'import "../engine/fine.ts";'],
  ["generate", "workers/generate/up.ts", 'import "../optim/fine.ts";'],
  ["interop", "workers/interop/up.ts", 'import "../runtime/fine.ts";'],
  ["storage", "workers/storage/up.ts", 'import "../runtime/fine.ts";'],
  ["runtime", "workers/runtime/up.ts", 'import "../node/fine.ts";'],
  [
    "app-sees-the-api",
    "app/deep.ts",
    'import type { X } from "../workers/engine/fine.ts";\nexport type Y = X;',
  ],
  ["app-api-types-only", "app/value.ts", 'import { x } from "../workers/api/fine.ts";\nx();'],
  ["workers-started-in-session", "app/start.ts", 'import "../workers/compute.worker.ts";'],
  ["labs-apart", "app/labs/one/across.ts", 'import "../two/fine.ts";'],
  ["components-plain", "app/components/up.ts", 'import "../stores/fine.ts";'],
  ["node-in-its-room", "workers/data/file.ts", 'import "node:fs";'],
  ["dawn-in-its-room", "kernels/core/dawn.ts", 'import "webgpu";'],
  ["comlink-at-the-border", "app/stores/talk.ts", 'import "comlink";'],
  ["zod-without-eval", "configs/schema/direct.ts", 'import "zod";'],
  ["no-tests-in-product", "workers/nn/test.ts", 'import "../../kernels/testing/fine.ts";'],
  ["e2e-imports-nothing", "e2e/up.ts", 'import "../app/lib/fine.ts";'],
  ["no-cycles", "workers/nn/and-back.ts", 'import "./there.ts";'],
];

/** Imports that the house allows. */
const ALLOWED: readonly (readonly [file: string, code: string])[] = [
  ["workers/nn/there.ts", 'import "./and-back.ts";'],
  ["app/types.ts", 'import type { X } from "../workers/api/fine.ts";\nexport type Y = X;'],
  ["configs/zod.ts", 'export * from "zod";'],
  ["app/session/start.ts", 'import "comlink";\nimport "../../workers/compute.worker.ts";'],
  ["app/labs/one/below.ts", 'import "../../charts/fine.ts";'],
  ["workers/nn/fine.test.ts", 'import "../../kernels/testing/fine.ts";'],
  ["workers/node/entry.ts", 'import "node:fs";\nimport "../runtime/fine.ts";'],
  ["workers/runtime/down.ts", 'import "../optim/fine.ts";\nimport "../nn/fine.ts";'],
];

const FINE = [
  "app/charts",
  "app/lib",
  "app/labs/two",
  "app/stores",
  "configs",
  "kernels/core",
  "kernels/testing",
  ...["api", "data", "engine", "generate", "nn", "node", "optim", "runtime"].map(
    (f) => `workers/${f}`,
  ),
].map((folder) => `${folder}/fine.ts`);

describe("the import rules", () => {
  let tree: string;
  let violations: readonly Violation[];
  const violated = (file: string) =>
    violations.filter(({ from }) => from === file).map(({ rule }) => rule.name);

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), "vitrine-imports-"));
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(tree, file)), { recursive: true });
      writeFileSync(join(tree, file), text);
    };
    write(
      "tsconfig.json",
      JSON.stringify({ compilerOptions: { allowImportingTsExtensions: true } }),
    );
    write(
      "node_modules/comlink/package.json",
      JSON.stringify({ name: "comlink", main: "comlink.js" }),
    );
    write("node_modules/comlink/comlink.js", "");
    write("node_modules/webgpu/package.json", JSON.stringify({ name: "webgpu", main: "index.js" }));
    write("node_modules/webgpu/index.js", "");
    write("node_modules/zod/package.json", JSON.stringify({ name: "zod", main: "index.js" }));
    write("node_modules/zod/index.js", "");
    write(
      "package.json",
      JSON.stringify({ type: "module", dependencies: { comlink: "*", webgpu: "*", zod: "*" } }),
    );
    write("workers/compute.worker.ts", "export {};");
    for (const file of FINE) write(file, "export type X = number;\nexport const x = () => {};");
    for (const [, file, code] of FORBIDDEN) write(file, code);
    for (const [file, code] of ALLOWED) write(file, code);
    violations = cruise(tree).violations;
  }, 60_000);

  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it("are all tried here", () => {
    expect(FORBIDDEN.map(([rule]) => rule).sort()).toEqual(rules.map(({ name }) => name).sort());
  });

  it.each(FORBIDDEN)("%s forbids what %s does", (rule, file) => {
    expect(violated(file)).toContain(rule);
  });

  it.each(ALLOWED.filter(([file]) => file !== "workers/nn/there.ts"))("let %s be", (file) => {
    expect(violated(file)).toEqual([]);
  });
});

describe("the tool", () => {
  // With a TypeScript it does not know, it reads nothing and reports no violations.
  it("reads the whole project", () => {
    expect(cruise(ROOT).totalCruised).toBeGreaterThan(300);
  }, 120_000);
});
