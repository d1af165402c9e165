// Tables of measured kernel rows: whose they are, and what of them still holds.
import type { VariantRows } from "../../kernels/core/adapter.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import { knownRows } from "../../kernels/core/variants.ts";
import { FAMILIES } from "../../kernels/tuned.ts";
import type { AdapterName, Tuning } from "../api/device.ts";

export function adapterName({ adapterInfo }: Gpu): AdapterName {
  const { vendor, architecture, device, description } = adapterInfo;
  return { vendor, architecture, device, description };
}

/** An adapter's name as the name of a file or a key: `mesa-llvmpipe-llvm-19-1-0-256-bits`. */
export const slugOf = ({ vendor, architecture, device, description }: AdapterName): string =>
  [vendor, architecture, device, description]
    .join(" ")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "") || "adapter";

/** Rows of a kept table that still name kernels: a newer version may have dropped some. */
export const livingRows = (tuning: Pick<Tuning, "rows">): VariantRows =>
  knownRows(FAMILIES, tuning.rows);

/**
 * The rows of a table that was written to a file.
 *
 * @param here the adapter that it is for.
 * @param where names it in faults.
 * @throws FaultError `bad-config` when it is no such table, belongs to another adapter, or names kernels
 *   that do not exist.
 */
export function rowsOfFile(data: unknown, here: AdapterName, where: string): VariantRows {
  const { adapter, rows } = (data ?? {}) as { adapter?: AdapterName; rows?: VariantRows };
  const isTable =
    typeof adapter === "object" &&
    typeof rows === "object" &&
    rows !== null &&
    adapter !== null &&
    Object.values(rows).every((variant) => typeof variant === "string");
  if (!isTable)
    throw new FaultError(
      "bad-config",
      `${where} must hold a table of kernel variants; it has no adapter and rows.`,
      "Make one with: npm run bench -- tune --out FILE",
    );
  const [theirs, ours] = [slugOf(adapter), slugOf(here)];
  if (theirs !== ours)
    throw new FaultError(
      "bad-config",
      `${where} must have been measured on this adapter, ${ours}; it belongs to ${theirs}.`,
      "Measure this one: npm run bench -- tune --out FILE",
    );
  const known = livingRows({ rows });
  const unknown = Object.keys(rows).filter((row) => !(row in known));
  if (unknown.length > 0)
    throw new FaultError(
      "bad-config",
      `${where} must name kernels that exist; ${unknown.map((row) => `${row}: ${rows[row]}`).join(", ")} do not.`,
      "Measure again: npm run bench -- tune --out FILE",
    );
  return known;
}
