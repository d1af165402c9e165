import { gridFor } from "../../core/plan.ts";
import wgsl from "./row_reduce.wgsl?raw";

/** WGSL of `row_max` and `row_sum`; prepend it to a kernel of 256 lanes and set its constant WIDTH. */
export const rowReduceCode: string = wgsl;

/** Constant and grid for a kernel that gives each row as many lanes as pay: about 8 elements per lane. */
export function rowLaunch(
  rows: number,
  cols: number,
): { constants: { WIDTH: number }; workgroups: readonly [number, number, number] } {
  const WIDTH = Math.min(256, Math.max(8, 2 ** Math.ceil(Math.log2(cols / 8))));
  return { constants: { WIDTH }, workgroups: gridFor(Math.ceil(rows / (256 / WIDTH))) };
}
