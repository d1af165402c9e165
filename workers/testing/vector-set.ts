// A set of golden vectors: manifests and the tensors they name.
import type { GoldenCase } from "../../kernels/testing/golden.ts";
import type { Fed } from "../../kernels/testing/run-op.ts";
import { parseSafetensors, type StoredTensor, toFloat32 } from "../interop/safetensors.ts";

/** Reads a file of the set by its relative path. */
export type ReadFile = (path: string) => Promise<Uint8Array<ArrayBuffer>>;

interface Manifest {
  readonly groups: Readonly<
    Record<string, { file: string; rtol?: number; atol?: number; cases: number }>
  >;
  readonly cases: readonly GoldenCase[];
}

export class VectorSet {
  private constructor(
    readonly cases: readonly GoldenCase[],
    readonly tolerances: ReadonlyMap<string, { rtol: number; atol: number }>,
    readonly readFile: ReadFile,
    private readonly tensors: ReadonlyMap<string, ReadonlyMap<string, StoredTensor>>,
  ) {}

  /** @param manifests paths of the manifests, relative to the set's folder. */
  static async open(
    manifests: readonly string[],
    readFile: ReadFile,
    wantGroup: (group: string) => boolean = () => true,
  ): Promise<VectorSet> {
    const cases: GoldenCase[] = [];
    const tensors = new Map<string, ReadonlyMap<string, StoredTensor>>();
    const tolerances = new Map<string, { rtol: number; atol: number }>();
    for (const path of manifests) {
      const manifest = JSON.parse(new TextDecoder().decode(await readFile(path))) as Manifest;
      cases.push(...manifest.cases);
      for (const [group, { file, rtol, atol }] of Object.entries(manifest.groups)) {
        if (rtol !== undefined || atol !== undefined)
          tolerances.set(group, { rtol: rtol ?? 1e-5, atol: atol ?? 1e-6 });
        if (!wantGroup(group)) continue;
        const parsed = parseSafetensors(await readFile(file));
        tensors.set(group, new Map(parsed.tensors.map((t) => [t.name, t])));
      }
    }
    return new VectorSet(cases, tolerances, readFile, tensors);
  }

  /** A tensor of a case by its key, as doubles with its type. */
  tensor(group: string, key: string): Fed {
    const entry = this.tensors.get(group)?.get(key);
    if (!entry) throw new Error(`the set has no tensor "${key}" in group ${group}`);
    if (entry.dtype === "I32") {
      const { buffer, byteOffset, byteLength } = entry.bytes;
      const ints = new Int32Array(buffer.slice(byteOffset, byteOffset + byteLength));
      return { array: { shape: entry.shape, data: Float64Array.from(ints) }, dtype: "i32" };
    }
    return {
      array: { shape: entry.shape, data: Float64Array.from(toFloat32(entry)) },
      dtype: "f32",
    };
  }
}
