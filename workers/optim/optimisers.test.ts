import { describe, expect, it } from "vitest";
import { optimSchema } from "../../configs/schema/optim.ts";
import type { NdArray, Value } from "../../kernels/core/op.ts";
import { randomArray } from "../../kernels/testing/random.ts";
import { ReferenceBuilder } from "../../kernels/testing/run-op.ts";
import { isHiddenMatrix, muonBatches } from "./muon.ts";
import {
  clipHyper,
  decayGroupOf,
  emitClip,
  groupBlocks,
  type OptimiserConfig,
  type OptimiserName,
  PARAMETER_GROUPS,
  type PageTensor,
} from "./optimiser.ts";
import { OPTIMISERS } from "./optimisers.ts";

const CONFIG: OptimiserConfig = {
  ...optimSchema.parse({ weight_decay: 0.1, beta1: 0.9, beta2: 0.99, momentum: 0.9 }),
  optimizer: "adamw",
};
const NAMES = Object.keys(OPTIMISERS) as OptimiserName[];
const TENSORS: readonly PageTensor[] = [
  { name: "wte.weight", shape: [10, 4], offset: 0 },
  { name: "h.0.ln_1.weight", shape: [4], offset: 64 },
  { name: "h.0.attn.c_proj.weight", shape: [4, 4], offset: 128 },
  { name: "h.0.mlp.c_fc.weight", shape: [4, 16], offset: 192 },
  { name: "h.0.mlp.c_fc.bias", shape: [16], offset: 256 },
  { name: "h.1.attn.c_proj.weight", shape: [4, 4], offset: 320 },
];
const ELEMENTS = 384;

const nd = (data: Float64Array): NdArray => ({ shape: [data.length], data });

/** Steps of the references on one page of TENSORS, padding zero. */
function runSteps(
  config: OptimiserConfig,
  steps: number,
  gradients: (step: number) => Float64Array,
) {
  const definition = OPTIMISERS[config.optimizer];
  const blocks = groupBlocks(definition, config, TENSORS, ELEMENTS);
  let p = pageOf(1);
  let state: Record<string, Float64Array> = Object.fromEntries(
    definition.state(config).map((name) => [name, new Float64Array(ELEMENTS)]),
  );
  for (let step = 0; step < steps; step++) {
    const g = new ReferenceBuilder();
    const feed = (data: Float64Array): Value => g.feed({ array: nd(data) });
    const rows = PARAMETER_GROUPS.flatMap((group) =>
      definition.hyperRow(config, group, step, 0.01),
    );
    const gradient = feed(gradients(step));
    const out = definition.emit(
      g,
      {
        p: feed(p),
        g: gradient,
        state: Object.fromEntries(Object.entries(state).map(([k, v]) => [k, feed(v)])),
        groups: g.feed({ array: nd(Float64Array.from(blocks)), dtype: "u32" }),
        hyper: g.feed({
          array: { shape: [PARAMETER_GROUPS.length, 8], data: Float64Array.from(rows) },
        }),
        clip: emitClip(g, [gradient], feed(Float64Array.from(clipHyper(1)))),
        tensors: TENSORS,
      },
      config,
    );
    p = g.arrayOf(out.p).data;
    state = Object.fromEntries(
      Object.entries(out.state).map(([k, v]) => [k, g.arrayOf(v as Value).data]),
    );
  }
  return { p, state };
}

function pageOf(seed: number): Float64Array {
  const { data } = randomArray([ELEMENTS], seed);
  const page = new Float64Array(ELEMENTS);
  for (const { shape, offset } of TENSORS)
    for (let i = 0; i < shape.reduce((a, b) => a * b, 1); i++)
      page[offset + i] = data[offset + i] as number;
  return page;
}

describe.each(NAMES)("%s", (optimizer) => {
  const config = { ...CONFIG, optimizer, weight_decay: 0 };

  it("walks downhill: |p|^2 falls with its own gradient, whose padding stays zero", () => {
    let p = pageOf(1);
    const sum = (data: Float64Array): number => data.reduce((a, b) => a + b * b, 0);
    const before = sum(p);
    for (let i = 0; i < 5; i++) p = runSteps(config, i + 1, () => p).p;
    expect(sum(p)).toBeLessThan(before);
    const covered = pageOf(1);
    expect(p.every((value, i) => covered[i] !== 0 || value === 0)).toBe(true);
  });

  it("changes nothing on a gradient that is not finite", () => {
    const { p, state } = runSteps(config, 1, () => pageOf(2).fill(Number.NaN, 70, 71));
    expect(p).toEqual(pageOf(1));
    for (const moment of Object.values(state)) expect(moment.every((v) => v === 0)).toBe(true);
  });

  it("decays matrices only, unless told otherwise", () => {
    const still = (step: OptimiserConfig) => runSteps(step, 1, () => new Float64Array(ELEMENTS)).p;
    const start = pageOf(1);
    const moved = (p: Float64Array, { offset }: PageTensor) => p[offset] !== start[offset];
    const matrices = still({ ...config, weight_decay: 0.1 });
    for (const tensor of TENSORS)
      expect(moved(matrices, tensor), tensor.name).toBe(tensor.shape.length === 2);
    const all = still({ ...config, weight_decay: 0.1, decay_on: "all" });
    for (const tensor of TENSORS) expect(moved(all, tensor), tensor.name).toBe(true);
  });
});

describe("state", () => {
  it("is what each optimiser needs and no more", () => {
    const state = (optimizer: OptimiserName, momentum = 0.9) =>
      OPTIMISERS[optimizer].state({ ...CONFIG, optimizer, momentum }).join();
    expect(NAMES.map((name) => state(name))).toEqual(["m,v", "m,v", "m", "m", "m,v"]);
    expect(state("sgd", 0)).toBe("");
  });
});

describe("bias correction", () => {
  it("is computed in doubles from the step, and 1 when it is off", () => {
    const row = (bias_correction?: boolean) =>
      OPTIMISERS.adamw.hyperRow({ ...CONFIG, bias_correction }, "decay", 2, 0.5);
    expect(row().slice(5, 7)).toEqual([1 - 0.9 ** 3, 1 - 0.99 ** 3]);
    expect(row(false).slice(5, 7)).toEqual([1, 1]);
    expect(row()[0]).toBe(0.5);
  });
});

describe("sgd", () => {
  it("takes the first gradient undamped, and only the first", () => {
    const row = (step: number) =>
      OPTIMISERS.sgd.hyperRow({ ...CONFIG, dampening: 0.25, nesterov: true }, "decay", step, 0.5);
    expect(row(0)).toEqual([0.5, 0.1, 0.9, 0.75, 1, 1, 0, 0]);
    expect(row(1)).toEqual([0.5, 0.1, 0.9, 0.75, 1, 0, 0, 0]);
  });
});

describe("groupBlocks", () => {
  it("gives every block of a tensor its group", () => {
    const tensors = [
      { name: "a", shape: [100], offset: 0 },
      { name: "b", shape: [3, 3], offset: 128 },
    ];
    const blocks = groupBlocks(OPTIMISERS.adamw, CONFIG, tensors, 192);
    expect([...blocks].map((i) => PARAMETER_GROUPS[i])).toEqual(["no_decay", "no_decay", "decay"]);
  });

  it.each([
    ["off the grid", { name: "b", shape: [3], offset: 100 }],
    ["overlapping", { name: "b", shape: [3], offset: 64 }],
    ["beyond the page", { name: "b", shape: [65], offset: 128 }],
  ])("refuses a tensor that is %s, naming it", (_, bad) => {
    const tensors = [{ name: "a", shape: [100], offset: 0 }, bad];
    expect(() => groupBlocks(OPTIMISERS.adamw, CONFIG, tensors, 192)).toThrow(/b \[\d+\] is at/);
  });
});

describe("muon", () => {
  it("takes hidden matrices, not embeddings, heads or vectors, unless it is told", () => {
    const hidden = (name: string, shape: readonly number[], told?: boolean) =>
      isHiddenMatrix({ name, shape, offset: 0, hidden: told });
    for (const name of [
      "transformer.wte.weight",
      "transformer.wpe.weight",
      "lm_head.weight",
      "model.embed_tokens.weight",
      "gpt_neox.embed_in.weight",
      "embed_out.weight",
      "embed.W_E",
      "pos_embed.W_pos",
      "unembed.W_U",
    ])
      expect(hidden(name, [4, 4]), name).toBe(false);
    for (const name of ["h.0.attn.c_attn.weight", "model.layers.0.mlp.up_proj.weight"])
      expect(hidden(name, [4, 4]), name).toBe(true);
    expect(hidden("h.0.ln_1.weight", [4])).toBe(false);
    expect(hidden("experts", [2, 4, 4])).toBe(false);
    expect(hidden("wte", [4, 4], true)).toBe(true);
    expect(hidden("w", [4, 4], false)).toBe(false);
    expect(decayGroupOf({ name: "w", shape: [4], offset: 0 }, CONFIG)).toBe("no_decay");
  });

  it("packs matrices of one shape together, up to a size", () => {
    expect(muonBatches(TENSORS)).toEqual([
      { offsets: [128, 320], rows: 4, cols: 4 },
      { offsets: [192], rows: 4, cols: 16 },
    ]);
    expect(muonBatches(TENSORS, 64).map(({ offsets }) => offsets)).toEqual([[128], [320], [192]]);
  });

  it("moves every element of a matrix and of the rest, each in its own way", () => {
    const config = { ...CONFIG, optimizer: "muon", weight_decay: 0 } as const;
    const { p, state } = runSteps(config, 1, () => pageOf(2));
    const start = pageOf(1);
    // AdamW's first step is lr against the sign; Muon's depends on the matrix, and leaves v alone
    const step = (i: number): number => Math.abs((p[i] as number) - (start[i] as number));
    expect(step(0)).toBeCloseTo(0.01, 6);
    expect(step(64)).toBeCloseTo(0.01, 6);
    expect(Math.abs(step(128) - 0.01)).toBeGreaterThan(1e-5);
    expect(state.v?.[0]).not.toBe(0);
    expect(state.v?.subarray(128, 256).every((v) => v === 0)).toBe(true);
    expect(state.m?.[128]).not.toBe(0);
  });
});

describe("emitClip", () => {
  it("takes the norm over all pages", () => {
    const g = new ReferenceBuilder();
    const feed = (...data: number[]) => g.feed({ array: nd(Float64Array.from(data)) });
    const clip = emitClip(g, [feed(3), feed(4, 0)], feed(1, 1));
    expect([...g.arrayOf(clip).data]).toEqual([5, 1 / (5 + 1e-6)]);
    expect(() => emitClip(g, [], feed(1, 1))).toThrow("needs at least one page");
  });
});
