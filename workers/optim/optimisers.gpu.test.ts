// Whole optimisers through the engine: what a training run replays, against the references.
import { describe, expect, it } from "vitest";
import type { Value } from "../../kernels/core/op.ts";
import { sizeOf } from "../../kernels/core/shape.ts";
import { relativeError } from "../../kernels/testing/close.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { randomArray } from "../../kernels/testing/random.ts";
import { ReferenceBuilder } from "../../kernels/testing/run-op.ts";
import { layOutPages, Pages } from "../engine/pages.ts";
import {
  emitClip,
  groupBlocks,
  HYPER_SHAPE,
  hyperRows,
  type OptimiserConfig,
  type OptimiserName,
  type PageValues,
} from "./optimiser.ts";
import { OptimiserPass } from "./optimiser-pass.ts";
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
  const made: Pages[] = [];
  const pagesOf = (label: string): Pages => {
    const pages = new Pages(gpu, label, LAYOUT);
    made.push(pages);
    return pages;
  };
  const [parameters, gradients] = [pagesOf("p"), pagesOf("g")];
  const states = new Map(
    OPTIMISERS[config.optimizer].state(config).map((name) => [name, pagesOf(name)]),
  );
  const pass = await OptimiserPass.compile(gpu, {
    config,
    ...{ maxNorm: MAX_NORM, gradScale: GRAD_SCALE },
    ...{ parameters, gradients, states },
  });
  const write = (to: Pages, data: readonly Float64Array[]): void =>
    data.forEach((page, i) => {
      to.writePage(i, Float32Array.from(page));
    });
  write(parameters, paged(1));
  for (let step = 0; step < STEPS; step++) {
    write(gradients, gradientOf(step));
    pass.write(step, lrAt(step));
    const encoder = gpu.device.createCommandEncoder();
    pass.encode(encoder);
    gpu.submit(encoder.finish());
  }
  const read = async (from: Pages): Promise<Float32Array[]> =>
    Promise.all(LAYOUT.pageElements.map((_, i) => from.readPage(i)));
  const { buffer, offset, bytes } = pass.clipPlace;
  const result = {
    p: await read(parameters),
    state: Object.fromEntries(
      await Promise.all([...states].map(async ([name, pages]) => [name, await read(pages)])),
    ) as Record<string, Float32Array[]>,
    clip: new Float32Array(await gpu.read(buffer, offset, bytes)),
    copies: pass.schedule.steps.filter(({ label }) => label.endsWith("/copy")).length,
  };
  pass.destroy();
  for (const pages of made) pages.destroy();
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
