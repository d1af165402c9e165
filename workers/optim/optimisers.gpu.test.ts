// Whole optimisers through the engine: what a training run replays, against the references.
import { describe, expect, it } from "vitest";
import type { Value } from "../../kernels/core/op.ts";
import { f32, sizeOf, u32 } from "../../kernels/core/shape.ts";
import { relativeError } from "../../kernels/testing/close.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { randomArray } from "../../kernels/testing/random.ts";
import { ReferenceBuilder } from "../../kernels/testing/run-op.ts";
import { Executable } from "../engine/executable.ts";
import { Graph } from "../engine/graph.ts";
import { layOutPages, Pages } from "../engine/pages.ts";
import {
  clipHyper,
  emitClip,
  groupBlocks,
  HYPER_SHAPE,
  hyperRows,
  type OptimiserConfig,
  type OptimiserName,
  type PageValues,
} from "./optimiser.ts";
import { OPTIMISERS } from "./optimisers.ts";

const CONFIG: OptimiserConfig = {
  optimizer: "adamw",
  weight_decay: 0.1,
  beta1: 0.9,
  beta2: 0.99,
  eps: 1e-8,
  momentum: 0.9,
  nesterov: true,
};
const SHAPES = [
  ["wte", [70, 12]],
  ["h.0.ln.weight", [12]],
  ["h.0.mlp.up", [12, 48]],
  ["h.0.mlp.down", [48, 12]],
  ["h.1.mlp.up", [12, 48]],
  ["h.1.mlp.down", [48, 12]],
] as const;
// Small enough for two pages, so that the norm spans pages and Muon meets both kinds in one.
const LAYOUT = layOutPages(
  SHAPES.map(([name, shape]) => ({ name, shape })),
  8192,
);
const STEPS = 3;
const [MAX_NORM, GRAD_SCALE] = [0.7, 0.5];

/** Padding is zero, as in a run. */
function paged(seed: number): Float64Array[] {
  return LAYOUT.pageElements.map((elements, page) => {
    const data = new Float64Array(elements);
    for (const { offset, shape, page: home } of LAYOUT.tensors)
      if (home === page)
        data.set(randomArray([sizeOf(shape)], seed + offset + 7 * page).data, offset);
    return data;
  });
}
const tensorsOf = (page: number) => LAYOUT.tensors.filter((tensor) => tensor.page === page);
const lrAt = (step: number): number => 0.01 * (step + 1);

async function runOnGpu(config: OptimiserConfig, gradientOf: (step: number) => Float64Array[]) {
  const gpu = await testGpu();
  const definition = OPTIMISERS[config.optimizer];
  const graph = new Graph();
  const names = ["p", "g", ...definition.state(config)] as const;
  const all = new Map(names.map((name) => [name as string, new Pages(gpu, name, LAYOUT)]));
  const places = new Map<Value, ReturnType<Pages["pageRange"]>>();
  const hyper = graph.input("hyper", f32(HYPER_SHAPE));
  const clipping = graph.input("clipping", f32([2]));
  const values = LAYOUT.pageElements.map((elements, page) => {
    const value = (name: string): Value => {
      const made = graph.persistent(`${name}${page}`, f32([elements]));
      places.set(made, (all.get(name) as Pages).pageRange(page));
      return made;
    };
    return {
      p: value("p"),
      g: value("g"),
      state: Object.fromEntries(definition.state(config).map((name) => [name, value(name)])),
      groups: graph.input(`groups${page}`, u32([elements / 64])),
    };
  });
  const clip = emitClip(
    graph,
    values.map(({ g }) => g),
    clipping,
  );
  const outputs = values.flatMap((page, i) => {
    const stepped = definition.emit(graph, { ...page, hyper, clip, tensors: tensorsOf(i) }, config);
    return [stepped.p, ...Object.values(stepped.state)];
  });
  const executable = await Executable.compile(gpu, "step", graph, [...outputs, clip], {
    persistent: places,
  });
  const write = (name: string, data: readonly Float64Array[]): void =>
    data.forEach((page, i) => {
      (all.get(name) as Pages).writePage(i, Float32Array.from(page));
    });
  write("p", paged(1));
  values.forEach(({ groups }, i) => {
    const elements = LAYOUT.pageElements[i] as number;
    executable.write(groups, groupBlocks(definition, config, tensorsOf(i), elements));
  });
  executable.write(clipping, clipHyper(MAX_NORM, GRAD_SCALE));
  for (let step = 0; step < STEPS; step++) {
    write("g", gradientOf(step));
    executable.write(hyper, hyperRows(definition, config, step, lrAt(step)));
    executable.run();
  }
  const read = async (name: string): Promise<Float32Array[]> =>
    Promise.all(LAYOUT.pageElements.map((_, i) => (all.get(name) as Pages).readPage(i)));
  const result = {
    p: await read("p"),
    state: Object.fromEntries(
      await Promise.all(definition.state(config).map(async (n) => [n, await read(n)] as const)),
    ),
    clip: await executable.readF32(clip),
    copies: executable.schedule.steps.filter(({ label }) => label.endsWith("/copy")).length,
  };
  executable.destroy();
  for (const pages of all.values()) pages.destroy();
  gpu.assertHealthy();
  return result;
}

function runReference(config: OptimiserConfig, gradientOf: (step: number) => Float64Array[]) {
  const definition = OPTIMISERS[config.optimizer];
  let pages = paged(1).map((p) => ({
    p,
    state: Object.fromEntries(
      definition.state(config).map((name) => [name, new Float64Array(p.length)]),
    ) as Record<string, Float64Array>,
  }));
  for (let step = 0; step < STEPS; step++) {
    const g = new ReferenceBuilder();
    const feed = (data: Float64Array): Value => g.feed({ array: { shape: [data.length], data } });
    const hyper = g.feed({
      array: {
        shape: HYPER_SHAPE,
        data: Float64Array.from(hyperRows(definition, config, step, lrAt(step))),
      },
    });
    const gradients = gradientOf(step).map(feed);
    const clip = emitClip(g, gradients, feed(Float64Array.of(MAX_NORM, GRAD_SCALE)));
    pages = pages.map(({ p, state }, i) => {
      const blocks = groupBlocks(definition, config, tensorsOf(i), p.length);
      const values: PageValues = {
        p: feed(p),
        g: gradients[i] as Value,
        state: Object.fromEntries(Object.entries(state).map(([k, v]) => [k, feed(v)])),
        groups: g.feed({
          array: { shape: [blocks.length], data: Float64Array.from(blocks) },
          dtype: "u32",
        }),
        hyper,
        clip,
        tensors: tensorsOf(i),
      };
      const out = definition.emit(g, values, config);
      return {
        p: g.arrayOf(out.p).data,
        state: Object.fromEntries(
          Object.entries(out.state).map(([k, v]) => [k, g.arrayOf(v as Value).data]),
        ),
      };
    });
  }
  return pages;
}

const gradientOf = (step: number): Float64Array[] =>
  paged(100 + step).map((page) => page.map((v) => v * 0.1));

describe.each(Object.keys(OPTIMISERS) as OptimiserName[])("%s on the GPU", (optimizer) => {
  const config = { ...CONFIG, optimizer };

  it("matches the reference over two pages, in place, with the same bits twice", async () => {
    expect(LAYOUT.pageElements).toHaveLength(2);
    const got = await runOnGpu(config, gradientOf);
    const want = runReference(config, gradientOf);
    want.forEach(({ p, state }, i) => {
      expect(relativeError(got.p[i] ?? [], p), `p${i}`).toBeLessThanOrEqual(1e-5);
      for (const [name, moment] of Object.entries(state))
        expect(relativeError(got.state[name]?.[i] ?? [], moment), name).toBeLessThanOrEqual(1e-5);
    });
    expect(got.copies).toBe(0);
    expect(await runOnGpu(config, gradientOf)).toEqual(got);
  });

  it("keeps its last good state when a gradient of another page is not finite", async () => {
    const broken = await runOnGpu(config, (step) => {
      const pages = gradientOf(step);
      if (step > 0) (pages[1] as Float64Array)[3] = Number.NaN;
      return pages;
    });
    // steps 1 and 2 do nothing, so the state is that after step 0
    const once = runReference(config, (step) =>
      gradientOf(step).map((page, i) => (step > 0 && i === 1 ? page.fill(Number.NaN, 3, 4) : page)),
    );
    once.forEach(({ p }, i) => {
      expect(relativeError(broken.p[i] ?? [], p), `p${i}`).toBeLessThanOrEqual(1e-5);
    });
    expect(broken.clip[0]).toBeNaN();
  });
});
