// Compiles and binds what every op really dispatches, on a device that computes nothing: Dawn's null backend
// parses, types, and checks uniform control flow, limits and bindings, without any GPU.
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { create, globals } from "webgpu";
import { type AdapterProfile, BASELINE_PROFILE } from "../core/adapter.ts";
import { Gpu } from "../core/gpu.ts";
import { planOp } from "../core/halves.ts";
import type { OpDefinition } from "../core/op.ts";
import type { Dispatch } from "../core/plan.ts";
import { everyRow } from "../core/variants.ts";
import { OPS } from "../index.ts";
import { markNonFinite } from "../ops/finite/finite.ts";
import { loopDispatch } from "../ops/roofline/roofline.ts";
import { softmax } from "../ops/softmax/softmax.ts";
import { FAMILIES } from "../tuned.ts";
import { findHeaderFault } from "./headers.ts";
import { type HalfOptions, inHalves } from "./in-halves.ts";
import type { OpCase } from "./op-suite.ts";
import { randomArray } from "./random.ts";
import { runOp, specOf } from "./run-op.ts";

interface Recorded {
  readonly op: OpDefinition<object>;
  readonly cases: readonly OpCase<object>[];
}

const withSubgroups = (
  adapterClass: AdapterProfile["adapterClass"],
  subgroupMinSize: number,
  subgroupMaxSize = subgroupMinSize,
): AdapterProfile => ({
  ...BASELINE_PROFILE,
  adapterClass,
  subgroups: true,
  f16: true,
  subgroupMinSize,
  subgroupMaxSize,
});

/** One of each kind of device that plans tell apart. */
const PROFILES: readonly (readonly [string, AdapterProfile])[] = [
  ["a GPU that has only what WebGPU guarantees", BASELINE_PROFILE],
  ["a GPU with subgroups of 32", withSubgroups("gpu", 32)],
  ["a GPU with subgroups of 4 to 128", withSubgroups("gpu", 4, 128)],
  ["lavapipe", withSubgroups("lavapipe", 8)],
  ["swiftshader", { ...withSubgroups("swiftshader", 4), f16: false }],
];

/** What the GPU tests of each op would run, found by importing them with the test functions replaced. */
async function recordCases(): Promise<readonly Recorded[]> {
  const recorded: Recorded[] = [];
  const nothing: unknown = new Proxy(() => nothing, { get: () => nothing });
  const nowOrNever = (now: boolean): unknown =>
    Object.assign((_name: unknown, body?: () => void) => (now ? body?.() : undefined), {
      each: (rows: readonly unknown[]) => (_name: unknown, body: (...row: unknown[]) => void) => {
        if (now) for (const row of rows) body(...(Array.isArray(row) ? row : [row]));
      },
      skipIf: (skip: boolean) => nowOrNever(now && !skip),
      runIf: (run: boolean) => nowOrNever(now && run),
    });
  vi.doMock("vitest", () => ({
    describe: nowOrNever(true),
    it: nothing,
    test: nothing,
    expect: nothing,
    beforeAll: nothing,
    beforeEach: nothing,
    afterAll: nothing,
    afterEach: nothing,
    vi,
  }));
  vi.doMock("./op-suite.ts", () => ({
    testOnGpu: (op: OpDefinition<object>, cases: readonly OpCase<object>[]) =>
      recorded.push({ op, cases }),
    testHalvesOnGpu: (
      op: OpDefinition<object>,
      ...[cases, names, over]: [readonly OpCase<object>[], readonly string[], HalfOptions<object>?]
    ) => recorded.push({ op, cases: inHalves(op, cases, names, over) }),
    testGradients: () => {},
  }));
  for (const load of Object.values(import.meta.glob("../ops/*/*.gpu.test.ts"))) await load();
  vi.doUnmock("vitest");
  vi.doUnmock("./op-suite.ts");
  return recorded;
}

/** Whether a case meets a tensor of f16. */
const isOfHalves = (op: OpDefinition<object>, { inputs, attrs }: OpCase<object>): boolean => {
  const specs = inputs.map((fed) => fed && specOf(fed));
  return [...specs, ...op.infer(specs, attrs)].some((spec) => spec?.dtype === "f16");
};

/** Texts that were bound with some variant, and the variants. */
const seen = new Set<string>();
const servedSomewhere = new Set<string>();

let gpu: Gpu;
let recorded: readonly Recorded[];
// Dawn frees the instance when this object is collected, and then crashes.
let dawn: GPU;

beforeAll(async () => {
  Object.assign(globalThis, globals);
  dawn = create(["backend=null"]);
  gpu = await Gpu.open(dawn);
  recorded = await recordCases();
}, 120_000);

describe("every kernel, compiled and bound", () => {
  it("is reached: each op of the table has cases", () => {
    const reached = new Set(recorded.map(({ op }) => op.name));
    expect(Object.keys(OPS).filter((name) => !reached.has(name))).toEqual([]);
  });

  it.each(PROFILES)(
    "passes on %s",
    async (_, profile) => {
      const problems: string[] = [];
      for (const { op, cases } of recorded)
        for (const { name, inputs, attrs } of cases.filter(
          (c) => profile.f16 || !isOfHalves(op, c),
        ))
          await runOp(gpu, op, inputs, attrs, {}, profile).catch((error: Error) =>
            problems.push(`${op.name}, ${name}: ${error.message}`),
          );
      expect(problems).toEqual([]);
      gpu.assertHealthy();
    },
    120_000,
  );

  it.each(PROFILES)(
    "passes with every variant that can serve on %s",
    async (_, profile) => {
      const problems: string[] = [];
      const served = new Set<string>();
      for (const { op, cases } of recorded)
        for (const { name, inputs, attrs } of cases) {
          if (!profile.f16 && isOfHalves(op, { name, inputs, attrs })) continue;
          const shapes = inputs.map((fed) => fed && specOf(fed));
          const request = { inputs: shapes, outputs: op.infer(shapes, attrs), attrs };
          for (const family of FAMILIES)
            for (const variant of family.variants) {
              const adapter = { ...profile, variants: everyRow(family, variant.name) };
              const accumulate = request.outputs.map(() => false);
              const plan = planOp(op, { ...request, accumulate, adapter });
              const choices = (plan.choices ?? []).filter(({ served: by }) => by === variant.name);
              if (!choices.some(({ row }) => row.startsWith(`${family.name}/`))) continue;
              served.add(`${family.name}/${variant.name}`);
              // Most texts come again and again; a new one is bound as well.
              if (plan.dispatches.every(({ code }) => seen.has(code))) continue;
              for (const { code } of plan.dispatches) seen.add(code);
              await runOp(gpu, op, inputs, attrs, {}, adapter).catch((error: Error) =>
                problems.push(`${op.name}, ${variant.name}, ${name}: ${error.message}`),
              );
            }
        }
      expect(problems).toEqual([]);
      expect([...served]).toEqual(
        expect.arrayContaining(
          FAMILIES.map(({ name, variants }) => `${name}/${variants[0]?.name}`),
        ),
      );
      for (const one of served) servedSomewhere.add(one);
      gpu.assertHealthy();
    },
    120_000,
  );

  it("includes every variant on some device", () => {
    const all = FAMILIES.flatMap(({ name, variants }) => variants.map((v) => `${name}/${v.name}`));
    expect([...servedSomewhere].sort()).toEqual(all.sort());
  });

  it("includes kernels that are not ops", async () => {
    const marks = (["f32", "f16"] as const).map((dtype) =>
      markNonFinite({ shape: [10], dtype }, 0),
    );
    for (const dispatch of [...marks, loopDispatch(1)])
      await expect(gpu.pipelineFor(dispatch)).resolves.toBeTruthy();
  });

  it("states what it costs", () => {
    const silent = new Set<string>();
    for (const { op, cases } of recorded)
      for (const { inputs, attrs } of cases) {
        const specs = inputs.map((fed) => fed && specOf(fed));
        const outputs = op.infer(specs, attrs);
        for (const [, adapter] of PROFILES)
          for (const { label, cost } of op.plan({
            inputs: specs,
            outputs,
            attrs,
            accumulate: outputs.map(() => false),
            adapter,
          }).dispatches)
            if (!cost || !(cost.flops >= 0) || (cost.bytes !== undefined && !(cost.bytes >= 0)))
              silent.add(`${op.name}: ${label}`);
      }
    expect([...silent]).toEqual([]);
  });
});

describe("the compiler", () => {
  const planted = (edit: (code: string) => string): OpDefinition => ({
    ...softmax,
    plan: (request) => ({
      dispatches: softmax
        .plan(request)
        .dispatches.map((dispatch): Dispatch => ({ ...dispatch, code: edit(dispatch.code) })),
    }),
  });
  const run = (op: OpDefinition) => runOp(gpu, op, [{ array: randomArray([3, 5], 1) }], {});

  it("refuses a typo, and names the kernel and the line", async () => {
    const op = planted((code) => code.replace("params.rows", "params.rowz"));
    await expect(run(op)).rejects.toThrow(/Kernel softmax must compile.*line \d+:\d+.*rowz/);
  });

  it("refuses a barrier that only some lanes reach", async () => {
    const op = planted((code) =>
      code.replace("workgroupBarrier();", "if (lane < 3u) { workgroupBarrier(); }"),
    );
    await expect(run(op)).rejects.toThrow("uniform control flow");
  });

  it("refuses more workgroup memory than every device has", async () => {
    const op = planted((code) => code.replace("array<f32, WG>", "array<f32, 5000>"));
    await expect(run(op)).rejects.toThrow(/workgroup.*storage|16384/i);
  });

  it("refuses a binding that the plan does not give", async () => {
    const op = planted((code) =>
      `${code}\n@group(0) @binding(7) var<storage> more: array<f32>;\nfn use_more() -> f32 { return more[0]; }`.replace(
        "y[base + c] = ",
        "y[base + c] = use_more() + ",
      ),
    );
    await expect(run(op)).rejects.toThrow(/binding/i);
  });
});

describe("every .wgsl file", () => {
  const sources = import.meta.glob<string>("../**/*.wgsl", {
    eager: true,
    query: "?raw",
    import: "default",
  });
  const files = Object.entries(sources);

  it("is found", () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it.each(files)("%s opens with Shapes, Launch, Numerics, Gradient, Source", (_, code) => {
    expect(findHeaderFault(code)).toBeNull();
  });

  it("is imported by somebody", async () => {
    const texts = await Promise.all(
      Object.keys(import.meta.glob("../**/*.ts")).map((path) =>
        readFile(new URL(path, import.meta.url), "utf8"),
      ),
    );
    const all = texts.join("\n");
    const orphans = files.filter(([path]) => !all.includes(`/${path.split("/").at(-1)}?raw"`));
    expect(orphans.map(([path]) => path)).toEqual([]);
  });
});

describe("findHeaderFault", () => {
  const whole = [
    "// name — what it computes",
    "//",
    "// Shapes    x: [n] f32.",
    "// Launch    one invocation per element.",
    "// Numerics  exact.",
    "// Gradient  none.",
    "// Source    ours.",
    "",
    "fn main() {}",
  ];

  it("accepts a whole header", () => {
    expect(findHeaderFault(whole.join("\n"))).toBeNull();
  });

  it.each([
    ["Numerics is missing", whole.filter((line) => !line.includes("Numerics"))],
    ["it must name what it computes", whole.slice(1)],
    ["Source is missing", [...whole.slice(0, 6), "", ...whole.slice(6)]],
    ["out of order", [whole[0], whole[1], whole[3], whole[2], ...whole.slice(4)]],
  ])("refuses a header where %s", (message, lines) => {
    expect(findHeaderFault(lines.join("\n"))).toContain(message);
  });
});
