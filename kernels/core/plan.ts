import type { TensorSpec } from "./shape.ts";
import type { Choice } from "./variants.ts";

/** Most workgroups WebGPU guarantees along one dispatch axis. */
const MAX_GRID = 65_535;

/** A number in a kernel's uniform: a plain number is a u32; other types say so. */
export type Param = number | { readonly f32: number } | { readonly i32: number };

/** One tensor bound to a kernel, whole (its name) or a window of it, counted in elements. */
export type Binding =
  | string
  | { readonly name: string; readonly offset: number; readonly length: number };

/**
 * The work of one dispatch, for the profiler: what its problem takes, not how the kernel goes about it.
 * Where the data decide (rows of a table, keys that a mask hides), the most that can be needed.
 */
export interface Cost {
  /**
   * Operations on floating-point numbers: additions, multiplications, divisions, comparisons, and calls
   * of exp, tanh, sqrt and the like, one each; a multiply-add is two. Integers count nothing.
   */
  readonly flops: number;
  /** Bytes that must be read or written. Left out: every bound range once, those of `updated` twice. */
  readonly bytes?: number;
  /** Bound names that are read as well as written. */
  readonly updated?: readonly string[];
}

/** One dispatch, as plain data: building it needs no GPU, so it can be asserted on in Node. */
export interface Dispatch {
  /** Path of the kernel within its op, e.g. "layernorm/backward"; also the GPU label. */
  readonly label: string;
  /** The whole WGSL module; its entry point is `main`. */
  readonly code: string;
  /** Values of the module's `override` declarations. Part of the pipeline's identity. */
  readonly constants?: Readonly<Record<string, number>>;
  /**
   * Bindings 0..n-1 of `@group(0)`, in this order: names of the op's inputs, outputs or temps. A
   * window must start at a multiple of 256 bytes (64 f32).
   */
  readonly bindings: readonly Binding[];
  /** Fields of the uniform struct at binding n, in order. Absent or empty: no uniform is bound. */
  readonly params?: Readonly<Record<string, Param>>;
  /** Workgroups along x, y, z. Any zero means: nothing to do, the dispatch is skipped. */
  readonly workgroups: readonly [x: number, y: number, z: number];
  readonly cost?: Cost;
}

/** What one op does on the GPU: dispatches in order, and the scratch tensors they share. */
export interface OpPlan {
  readonly dispatches: readonly Dispatch[];
  /** Scratch that lives for this op only, by name. Contents are undefined at the start. */
  readonly temps?: Readonly<Record<string, TensorSpec>>;
  /** What was chosen where there are several kernels; windows of one op may lie in several rows. */
  readonly choices?: readonly Choice[];
}

/** Spreads `n` workgroups over x and y; the kernel reads the index back as `wid.x + wid.y * grid.x`. */
export function gridFor(n: number): readonly [number, number, number] {
  return n <= MAX_GRID ? [n, 1, 1] : [MAX_GRID, Math.ceil(n / MAX_GRID), 1];
}

/** The uniform's bytes: every param is one 32-bit word, in order, padded to 16 bytes. */
export function packParams(params: Readonly<Record<string, Param>>): Uint8Array<ArrayBuffer> {
  const values = Object.values(params);
  const bytes = new Uint8Array(Math.ceil((values.length * 4) / 16) * 16);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    if (typeof value === "number") view.setUint32(i * 4, value, true);
    else if ("f32" in value) view.setFloat32(i * 4, value.f32, true);
    else view.setInt32(i * 4, value.i32, true);
  });
  return bytes;
}

/** A plan under other names: what one op's plan calls `a` may be another op's `x`, or a temp of it. */
export function renamed(plan: OpPlan, names: Readonly<Record<string, string>>): OpPlan {
  const of = (name: string): string => names[name] ?? name;
  return {
    ...plan,
    dispatches: plan.dispatches.map(
      (dispatch): Dispatch => ({
        ...dispatch,
        bindings: dispatch.bindings.map(
          (binding): Binding =>
            typeof binding === "string" ? of(binding) : { ...binding, name: of(binding.name) },
        ),
        ...(dispatch.cost?.updated
          ? { cost: { ...dispatch.cost, updated: dispatch.cost.updated.map(of) } }
          : {}),
      }),
    ),
    ...(plan.temps
      ? {
          temps: Object.fromEntries(
            Object.entries(plan.temps).map(([name, spec]) => [of(name), spec]),
          ),
        }
      : {}),
  };
}
