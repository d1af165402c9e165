// A problem that variants are measured on, compiled with one table in force.
import type { AdapterProfile } from "../../kernels/core/adapter.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import { RandomStream } from "../../kernels/core/philox.ts";
import type { Work } from "../../kernels/core/profile.ts";
import { sizeOf, type TensorSpec } from "../../kernels/core/shape.ts";
import { type Choice, everyRow, type NamedFamily } from "../../kernels/core/variants.ts";
import type { TunedSample } from "../../kernels/tuned.ts";
import { differentiate } from "../engine/differentiate.ts";
import { Executable } from "../engine/executable.ts";
import { Graph, type TracedValue } from "../engine/graph.ts";
import { scheduleGraph } from "../engine/schedule.ts";

/** A device on which one variant serves every class of a family, wherever it can. */
export const profileWith = (
  gpu: Gpu,
  family: Pick<NamedFamily, "name" | "classes">,
  variant: string,
): AdapterProfile => ({ ...gpu.profile, variants: everyRow(family, variant) });

/** Ordinary numbers: zeros or denormals may run at another speed. A mask hides every fifth. */
function numbersFor(spec: TensorSpec, stream: number): Float32Array | Uint32Array {
  const length = sizeOf(spec.shape);
  if (spec.dtype === "u32") return Uint32Array.from({ length }, (_, i) => (i % 5 === 2 ? 0 : 1));
  const random = new RandomStream(1, stream);
  return Float32Array.from({ length }, () => 2 * random.next() - 1);
}

function trace({ op, inputs, attrs, gradients }: TunedSample) {
  const g = new Graph();
  const names = op.inputs.map((name) => name.replace(/\?$/, ""));
  const values = inputs.map((spec, i) => spec && g.input(names[i] as string, spec));
  const made = g.emit(op, values, attrs);
  const fed = values.filter((value) => value !== null);
  if (gradients.length === 0) return { g, fed, outputs: made };
  const seed = g.input("seed", (made[0] as Value).spec);
  const targets = gradients.map((name) => values[names.indexOf(name)] as Value);
  const found = differentiate(g, [{ value: made[0] as Value, gradient: seed }], targets);
  return { g, fed: [...fed, seed], outputs: [...made, ...found.values()] };
}

/** What a sample's plans choose with a table in force. Pure: nothing is compiled. */
export function choicesOf(sample: TunedSample, profile: AdapterProfile): readonly Choice[] {
  const { g, outputs } = trace(sample);
  return scheduleGraph(g, outputs as readonly TracedValue[], profile).steps.flatMap(
    ({ plan }) => plan.choices ?? [],
  );
}

export class SampleWork {
  private constructor(
    private readonly executable: Executable,
    private readonly outputs: readonly Value[],
  ) {}

  /** Compiles, and writes its numbers: the same for the same sample. @throws what compiling throws. */
  static async compile(
    gpu: Gpu,
    sample: TunedSample,
    profile: AdapterProfile,
  ): Promise<SampleWork> {
    const { g, fed, outputs } = trace(sample);
    const label = `tune/${sample.op.name}`;
    const executable = await Executable.compile(gpu, label, g, outputs, { profile });
    fed.forEach((value, i) => {
      executable.write(value, numbersFor(value.spec, i) as Float32Array<ArrayBuffer>);
    });
    return new SampleWork(executable, outputs);
  }

  /** Does the work so many times in one submit; resolves when the GPU has done it. */
  async run(repeats = 1): Promise<void> {
    const { gpu } = this.executable;
    const encoder = gpu.device.createCommandEncoder({ label: this.executable.label });
    for (let i = 0; i < repeats; i++) this.executable.encode(encoder);
    gpu.submit(encoder.finish());
    await gpu.device.queue.onSubmittedWorkDone();
  }

  /** What each dispatch of it does. */
  get work(): readonly Work[] {
    return this.executable.program.dispatches.map(({ work }) => work);
  }

  /**
   * How often to repeat it in one submit, so that this takes `milliseconds` at least; no more than `most`.
   *
   * @param pause called between submits.
   */
  async repeatsFor(
    milliseconds: number,
    most: number,
    pause: () => Promise<void>,
  ): Promise<number> {
    for (let repeats = 1; repeats < most; repeats *= 2) {
      const from = performance.now();
      await this.run(repeats);
      if (performance.now() - from >= milliseconds) return repeats;
      await pause();
    }
    return most;
  }

  /** Outputs and gradients of the last run. */
  async values(): Promise<readonly Float32Array[]> {
    const read: Float32Array[] = [];
    for (const output of this.outputs) read.push(await this.executable.readF32(output));
    return read;
  }

  destroy(): void {
    this.executable.destroy();
  }
}
