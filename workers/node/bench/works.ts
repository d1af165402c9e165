// Our side of every comparison: an op, an op with its gradient, as something that can be timed.
import type { AdapterProfile } from "../../../kernels/core/adapter.ts";
import type { Gpu } from "../../../kernels/core/gpu.ts";
import type { OpDefinition, Value } from "../../../kernels/core/op.ts";
import { sizeOf, type TensorSpec } from "../../../kernels/core/shape.ts";
import { differentiate } from "../../engine/differentiate.ts";
import { Executable } from "../../engine/executable.ts";
import { Graph } from "../../engine/graph.ts";
import type { Work } from "./measure.ts";

/** Ordinary numbers: zeros or denormals may run at another speed. */
const ordinary = (n: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 1013) / 1013 - 0.5);

export interface OpWork extends Work {
  /** GPU bytes beside inputs and outputs that the caller asked for. */
  readonly extraBytes: number;
  /** Milliseconds from nothing to the first finished run. */
  readonly firstMs: number;
}

/**
 * One op, compiled and bound, forward or with the gradients of all its f32 inputs.
 *
 * @param profile what plans are told of the device: other variants of the same work.
 */
export async function opWork<A extends object>(
  gpu: Gpu,
  op: OpDefinition<A>,
  inputs: readonly (TensorSpec | null)[],
  attrs: A,
  options: { backward?: boolean; profile?: AdapterProfile } = {},
): Promise<OpWork> {
  const started = performance.now();
  const g = new Graph();
  const values = inputs.map((spec, i) => spec && g.input(op.inputs[i] ?? String(i), spec));
  const made = g.emit(op, values, attrs);
  const outputs: Value[] = [made[0] as Value];
  let seed: Value | null = null;
  if (options.backward) {
    seed = g.input("seed", (made[0] as Value).spec);
    const targets = values.filter((v): v is NonNullable<typeof v> => v?.spec.dtype === "f32");
    const gradients = differentiate(g, [{ value: made[0] as Value, gradient: seed }], targets);
    outputs.push(...gradients.values());
  }
  const executable = await Executable.compile(gpu, op.name, g, outputs, {
    ...(options.profile ? { profile: options.profile } : {}),
  });
  for (const value of [...values, seed])
    if (value) executable.write(value, ordinary(sizeOf(value.spec.shape)));
  const run = async (): Promise<void> => {
    executable.run();
    await gpu.device.queue.onSubmittedWorkDone();
  };
  await run();
  const bytesOf = (list: readonly (Value | null)[]): number =>
    list.reduce((sum, value) => sum + (value ? executable.place(value).bytes : 0), 0);
  return {
    run,
    dispose: () => executable.destroy(),
    extraBytes: executable.schedule.plannedBytes - bytesOf([...values, seed, ...outputs]),
    firstMs: performance.now() - started,
  };
}
