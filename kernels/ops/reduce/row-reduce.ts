import { type AdapterProfile, subgroupSizeOf } from "../../core/adapter.ts";
import { gridFor } from "../../core/plan.ts";
import barrierCode from "./row_reduce.wgsl?raw";
import subgroupCode from "./row_reduce_subgroup.wgsl?raw";

/** How a kernel whose rows are shared by lanes is launched. */
export interface RowLaunch {
  /** WGSL of `row_max`, `row_sum` and `row_sum2`, of WG and WIDTH; goes before the kernel. */
  readonly prelude: string;
  /** Of the prelude; a kernel adds its own. */
  readonly constants: Readonly<Record<string, number>>;
  readonly workgroups: readonly [number, number, number];
}

/** Lanes of a workgroup, and of them those that share a row. */
interface Lanes {
  readonly WG: number;
  readonly WIDTH: number;
}

/** Whether the lanes of a row are best one subgroup: where barriers are dear and its size is known. */
function subgroupOf(adapter: AdapterProfile): number | null {
  return adapter.adapterClass === "gpu" ? null : subgroupSizeOf(adapter);
}

/** As many lanes as pay: about 8 elements per lane. */
function lanesFor(cols: number): Lanes {
  return { WG: 256, WIDTH: Math.min(256, Math.max(8, 2 ** Math.ceil(Math.log2(cols / 8)))) };
}

/**
 * Launches a row kernel.
 *
 * @param lanes for devices on which rows are not given to subgroups.
 */
export function rowLaunch(
  rows: number,
  cols: number,
  adapter: AdapterProfile,
  lanes: Lanes = lanesFor(cols),
): RowLaunch {
  const subgroup = subgroupOf(adapter);
  if (subgroup !== null)
    return {
      prelude: subgroupCode.replace(/^const WIDTH/m, `const LANES = ${subgroup}u;\n$&`),
      constants: {},
      workgroups: gridFor(rows),
    };
  return {
    prelude: barrierCode,
    constants: { ...lanes },
    workgroups: gridFor(Math.ceil(rows / (lanes.WG / lanes.WIDTH))),
  };
}
