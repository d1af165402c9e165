import { describe, expect, it } from "vitest";
import { languageSchema } from "../../configs/schema/language.ts";
import type { Value } from "../../kernels/core/op.ts";
import { RandomStream } from "../../kernels/core/philox.ts";
import { f32, sizeOf, u32 } from "../../kernels/core/shape.ts";
import { crossEntropy } from "../../kernels/ops/cross-entropy/cross-entropy.ts";
import { CROSS_ENTROPY_DEFAULTS } from "../../kernels/ops/cross-entropy/settings.ts";
import { relativeError } from "../../kernels/testing/close.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { Constants } from "../engine/constants.ts";
import { differentiate } from "../engine/differentiate.ts";
import { Executable } from "../engine/executable.ts";
import { Graph } from "../engine/graph.ts";
import { Captures } from "../hooks/hooks.ts";
import { type ModelConfig, parametersOf } from "./config.ts";
import { modelFromSection } from "./from-config.ts";
import { forwardHidden, unembed } from "./transformer.ts";

const [VOCAB, B, T] = [13, 2, 7];

/** Loss and gradients of all parameters while somebody looks at the hooks of these names. */
async function lossAndGradients(config: ModelConfig, watched: readonly string[]) {
  const gpu = await testGpu();
  const g = new Graph();
  const constants = new Constants(g);
  const weights = parametersOf(config).map(({ name, shape }, i) => {
    const random = new RandomStream(3, i);
    const data = Float32Array.from({ length: sizeOf(shape) }, () => random.normal() * 0.3);
    return { name, data, value: g.input(name, f32(shape)) };
  });
  const ids = g.input("ids", u32([B, T]));
  const positions = g.input("positions", u32([B, T]));
  const targets = g.input("targets", { shape: [B * T], dtype: "i32" });
  const rng = g.input("rng", u32([4]));
  const hooks = new Captures(watched);
  const forward = {
    config,
    weight: (name: string) => weights.find((w) => w.name === name)?.value as Value,
    ...{ constants, hooks, ids, positions, rng, training: true },
  };
  const logits = unembed(g, forward, forwardHidden(g, forward));
  const loss = g.emit(crossEntropy, [logits, targets], CROSS_ENTROPY_DEFAULTS)[0] as Value;
  const one = constants.get("one", [1], "f32", () => Float32Array.of(1));
  const found = differentiate(
    g,
    [{ value: loss, gradient: one }],
    weights.map(({ value }) => value),
  );
  const outputs = [loss, ...weights.map(({ value }) => found.get(value) as Value)];
  const uploaded = constants.upload(gpu);
  const executable = await Executable.compile(
    gpu,
    "test",
    g,
    [...outputs, ...watched.map((name) => hooks.get(name))],
    { persistent: uploaded.places },
  );
  for (const { value, data } of weights) executable.write(value, data);
  const places = Uint32Array.from({ length: B * T }, (_, i) => i % T);
  executable.write(ids, places);
  executable.write(positions, places);
  executable.write(targets, Int32Array.from(places));
  executable.write(rng, Uint32Array.of(1, 2, 3, 0));
  const before = gpu.counters.dispatches;
  executable.run();
  const dispatches = gpu.counters.dispatches - before;
  const values = await Promise.all(outputs.map((value) => executable.readF32(value)));
  executable.destroy();
  for (const buffer of uploaded.buffers) gpu.destroyBuffer(buffer);
  return { dispatches, values };
}

describe("the residual stream between attention and MLP", () => {
  it.each([
    ["gpt2", 0.3],
    ["llama", 0.3],
    ["gemma2", 0],
    ["gemma2", 0.3],
  ])(
    "is added by the norm of a %s (dropout %s) as by an op of its own",
    async (family, dropout) => {
      const sizes = { n_layers: 2, d_model: 16, n_heads: 2, n_ctx: 8 };
      const section = languageSchema.parse({ lab: "language", model: { family, ...sizes } });
      const config = { ...modelFromSection(section.model, VOCAB), dropout };
      const fused = await lossAndGradients(config, []);
      const apart = await lossAndGradients(
        config,
        [0, 1].map((layer) => `blocks.${layer}.hook_resid_mid`),
      );
      expect(apart.dispatches).toBe(fused.dispatches + 2);
      fused.values.forEach((value, i) => {
        expect(relativeError(value, apart.values[i] as Float32Array)).toBeLessThanOrEqual(1e-5);
      });
    },
  );
});
