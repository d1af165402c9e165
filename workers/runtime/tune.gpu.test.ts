// The tuner on kernels that are planted: fast and right, fast and wrong, and not kernels at all.
import { describe, expect, it } from "vitest";
import { FaultError } from "../../kernels/core/fault.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import type { OpDefinition } from "../../kernels/core/op.ts";
import { gridFor } from "../../kernels/core/plan.ts";
import { f32, sizeOf, type TensorSpec } from "../../kernels/core/shape.ts";
import { chooseVariant, type Variant, type VariantFamily } from "../../kernels/core/variants.ts";
import type { TunedFamily } from "../../kernels/tuned.ts";
import { tune } from "./tune.ts";

/** y = 2x as the limit of y <- y / 2 + x: the more rounds, the nearer and the slower. */
const CODE = `
struct Params { n: u32, rounds: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.n) { return; }
  var v = x[id.x];
  for (var r = 0u; r < params.rounds; r++) { v = v * 0.5 + x[id.x]; }
  y[id.x] = v;
}`;

interface Planted extends Variant<number> {
  readonly rounds: number;
  readonly code: string;
}

const planted = (name: string, rounds: number, code = CODE, serves = true): Planted => ({
  ...{ name, rounds, code },
  serves: () => serves,
});

const FAMILY: VariantFamily<number, Planted> = {
  name: "planted",
  variants: [
    planted("plain", 20_000),
    planted("fast", 100),
    planted("wrong", 1),
    planted(
      "nan",
      100,
      CODE.replace("y[id.x] = v;", "y[id.x] = bitcast<f32>(params.n | 0x7fc00000u);"),
    ),
    planted("partial", 100, CODE.replace("id.x >= params.n", "id.x + 1u >= params.n")),
    planted("broken", 1, CODE.replace("params.rounds;", "params.roundz;")),
    planted("elsewhere", 1, CODE, false),
  ],
  classes: ["few", "many"],
  classOf: (n) => (n <= 100 ? "few" : "many"),
  // One row ships what is wrong here.
  shipped: (_, shapeClass) => (shapeClass === "few" ? "wrong" : "plain"),
};

const double: OpDefinition = {
  name: "double",
  inputs: ["x"],
  outputs: ["y"],
  infer: ([x]) => [x as TensorSpec],
  plan({ inputs: [x], adapter }) {
    const n = sizeOf((x as TensorSpec).shape);
    const { choice, variant } = chooseVariant(FAMILY, n, adapter);
    return {
      choices: [choice],
      dispatches: [
        {
          label: `double/${variant.name}`,
          code: variant.code,
          bindings: ["x", "y"],
          params: { n, rounds: variant.rounds },
          workgroups: gridFor(Math.ceil(n / 64)),
        },
      ],
    };
  },
  gradient: { none: "only its values are looked at" },
  reference: ([x]) => [
    { shape: x?.shape ?? [], data: (x?.data ?? new Float64Array()).map((v) => 2 * v) },
  ],
};

const sampleOf = (n: number) => ({ op: double, inputs: [f32([n])], attrs: {}, gradients: [] });
const TUNED: TunedFamily = {
  family: FAMILY,
  tolerance: 1e-5,
  samples: (shapeClass) => ({
    timed: sampleOf(shapeClass === "few" ? 64 : 4_000),
    judged: [sampleOf(37)],
  }),
};

describe("tune", () => {
  it("takes what is fast and right, and turns away what is wrong, not finite, partial or no kernel", async () => {
    const gpu = await Gpu.open(navigator.gpu, { retries: 20 });
    const before = gpu.counters.liveBytes;
    const told: number[] = [];
    const { adapter, rows, report } = await tune(gpu, {
      families: [TUNED],
      onProgress: ({ done, total }) => told.push(done / total),
    });
    expect(adapter.description).toBe(gpu.adapterInfo.description);
    expect(rows).toEqual({ "planted/few": "fast", "planted/many": "fast" });
    for (const { variants } of report) {
      expect(variants.map(({ name }) => name).sort()).toEqual(
        ["plain", "fast", "wrong", "nan", "partial", "broken"].sort(),
      );
      const found = Object.fromEntries(variants.map((variant) => [variant.name, variant]));
      expect(found.fast).toMatchObject({ rejected: null });
      expect(found.fast?.milliseconds?.high).toBeLessThan(found.plain?.milliseconds?.low ?? 0);
      expect(found.wrong?.error).toBeCloseTo(0.25, 3);
      expect(found.wrong).toMatchObject({
        milliseconds: null,
        rejected: expect.stringMatching(/within 0\.00001 .* 0\.250 off/),
      });
      expect(found.nan).toMatchObject({
        error: null,
        rejected: expect.stringMatching(/not finite/),
      });
      expect(found.partial?.rejected).toMatch(/off/);
      expect(found.broken?.rejected).toMatch(/Kernel double\/broken must compile .*roundz/);
    }
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBe(1);
    gpu.assertHealthy();
    expect(gpu.counters.liveBytes).toBe(before);
    gpu.close();
  });

  it("ends when it is told to, and frees what it made", async () => {
    const gpu = await Gpu.open(navigator.gpu, { retries: 20 });
    const before = gpu.counters.liveBytes;
    const aborter = new AbortController();
    const reason = new FaultError("bad-config", "It was stopped.");
    const tuning = tune(gpu, {
      families: [TUNED],
      signal: aborter.signal,
      onProgress: ({ done }) => done === 3 && aborter.abort(reason),
    });
    await expect(tuning).rejects.toBe(reason);
    expect(gpu.counters.liveBytes).toBe(before);
    gpu.close();
  });
});
