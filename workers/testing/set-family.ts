import type { Gpu } from "../../kernels/core/gpu.ts";
import type { GoldenCase } from "../../kernels/testing/golden.ts";
import type { VectorSet } from "./vector-set.ts";

/** A family that reads more of the set than its own tensors: model folders, shared weights. */
export interface SetFamily {
  readonly kind: "set";
  readonly hostSide?: string;
  run(
    gpu: Gpu,
    golden: GoldenCase,
    set: VectorSet,
  ): Promise<Readonly<Record<string, ArrayLike<number>>>>;
}
