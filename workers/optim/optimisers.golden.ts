// Ten steps of an optimiser, through the engine as a run takes them: tensors packed into one page,
// the step traced once and replayed with new gradients and hyper-parameters.

import type { Value } from "../../kernels/core/op.ts";
import { f32, sizeOf, u32 } from "../../kernels/core/shape.ts";
import type { GoldenCase, GoldenFamily, RunFamily } from "../../kernels/testing/golden.ts";
import { Executable } from "../engine/executable.ts";
import { Graph } from "../engine/graph.ts";
import { layOutPages, Pages } from "../engine/pages.ts";
import {
  groupBlocks,
  HYPER_SHAPE,
  hyperRows,
  type OptimiserConfig,
  type OptimiserName,
  type StateName,
} from "./optimiser.ts";
import { OPTIMISERS } from "./optimisers.ts";

/** The case's attributes as our config. The cases decay every tensor, vectors too. */
function configOf(optimizer: OptimiserName, { attrs }: GoldenCase): OptimiserConfig {
  const [beta1, beta2] = (attrs.betas as [number, number] | undefined) ?? [0.9, 0.99];
  return {
    optimizer: optimizer === "adam" && attrs.decoupled === true ? "adamw" : optimizer,
    weight_decay: attrs.weight_decay as number,
    beta1,
    beta2,
    eps: (attrs.eps as number | undefined) ?? 1e-8,
    momentum: (attrs.momentum as number | undefined) ?? 0,
    nesterov: attrs.nesterov === true,
    dampening: attrs.dampening as number | undefined,
    bias_correction: attrs.bias_correction as boolean | undefined,
    decay_on: "all",
    ns_steps: attrs.ns_steps as number | undefined,
    muon_scale: attrs.scale as OptimiserConfig["muon_scale"],
  };
}

const runSteps =
  (name: OptimiserName): RunFamily["run"] =>
  async (gpu, golden, inputs) => {
    const config = configOf(name, golden);
    const definition = OPTIMISERS[config.optimizer];
    const names = golden.attrs.params as readonly string[];
    const steps = golden.attrs.steps as number;
    const fed = (input: string): Float32Array<ArrayBuffer> => {
      const tensor = inputs[input];
      if (!tensor) throw new Error(`case ${golden.case} has no input "${input}"`);
      return Float32Array.from(tensor.array.data);
    };
    const layout = layOutPages(
      names.map((tensor) => ({
        name: tensor,
        shape: inputs[`p_${tensor}`]?.array.shape ?? [],
      })),
      1 << 20,
    );
    const elements = layout.pageElements[0] as number;
    const graph = new Graph();
    const places = new Map<Value, ReturnType<Pages["pageRange"]>>();
    const created: Pages[] = [];
    const pageOf = (label: string): { pages: Pages; value: Value } => {
      const pages = new Pages(gpu, label, layout);
      const value = graph.persistent(label, f32([elements]));
      places.set(value, pages.pageRange(0));
      created.push(pages);
      return { pages, value };
    };
    const p = pageOf("p");
    const gradient = pageOf("g");
    const state = Object.fromEntries(
      definition.state(config).map((label) => [label, pageOf(label)]),
    ) as Partial<Record<StateName, ReturnType<typeof pageOf>>>;
    const groups = graph.input("groups", u32([Math.ceil(elements / 64)]));
    const hyper = graph.input("hyper", f32(HYPER_SHAPE));
    const clip = graph.input("clip", f32([2]));
    const stepped = definition.emit(
      graph,
      {
        p: p.value,
        g: gradient.value,
        state: Object.fromEntries(
          Object.entries(state).map(([label, { value }]) => [label, value]),
        ),
        groups,
        hyper,
        clip,
        tensors: layout.tensors.map((tensor) => ({ ...tensor, hidden: tensor.shape.length === 2 })),
      },
      config,
    );
    const executable = await Executable.compile(
      gpu,
      golden.case,
      graph,
      [stepped.p, ...Object.values(stepped.state)],
      { persistent: places },
    );
    try {
      for (const tensor of names) p.pages.write(tensor, fed(`p_${tensor}`));
      const blocks = groupBlocks(definition, config, layout.tensors, elements);
      executable.write(groups, blocks);
      executable.write(clip, Float32Array.of(1, 1));
      const rates = inputs.lr?.array.data;
      const trail = new Map(names.map((tensor) => [tensor, [] as number[]]));
      for (let step = 0; step < steps; step++) {
        for (const tensor of names) {
          const size = sizeOf(p.pages.tensor(tensor).shape);
          const all = fed(`g_${tensor}`);
          gradient.pages.write(tensor, all.slice(step * size, (step + 1) * size));
        }
        const lr = rates?.[step] ?? (golden.attrs.lr as number);
        executable.write(hyper, hyperRows(definition, config, step, lr));
        executable.run();
        for (const tensor of names) trail.get(tensor)?.push(...(await p.pages.read(tensor)));
      }
      const outputs: Record<string, ArrayLike<number>> = {};
      for (const tensor of names) {
        outputs[`p_${tensor}`] = trail.get(tensor) as number[];
        for (const [label, { pages }] of Object.entries(state))
          outputs[`${label}_${tensor}`] = await pages.read(tensor);
      }
      return outputs;
    } finally {
      executable.destroy();
      for (const pages of created) pages.destroy();
    }
  };

/** `adam`: weight decay added to the gradient unless the case says decoupled. */
export const adamGolden: GoldenFamily = { kind: "run", run: runSteps("adam") };
/** `adamw`. */
export const adamwGolden: GoldenFamily = { kind: "run", run: runSteps("adamw") };
/** `sgd`, with its variants of momentum. */
export const sgdGolden: GoldenFamily = { kind: "run", run: runSteps("sgd") };
/** `lion`. */
export const lionGolden: GoldenFamily = { kind: "run", run: runSteps("lion") };
/** `muon` on matrices alone. */
export const muonGolden: GoldenFamily = { kind: "run", run: runSteps("muon") };
