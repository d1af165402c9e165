// Model folders for tests: those of the set of vectors, and models whose every value is known.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfBytes, joinParts, type ModelFolder } from "../interop/files.ts";
import { parseSafetensors, type StoredTensor, writeSafetensors } from "../interop/safetensors.ts";
import { writeFolder } from "../interop/write-folder.ts";
import { type ModelConfig, parametersOf } from "../nn/config.ts";

const FOLDERS = join(import.meta.dirname, "vectors/models");
export type Files = Record<string, Uint8Array>;

/** The files of a folder of the set. */
export const filesOf = (name: string): Files =>
  Object.fromEntries(
    readdirSync(join(FOLDERS, name)).map((file) => [
      file,
      new Uint8Array(readFileSync(join(FOLDERS, name, file))),
    ]),
  );
export const folderOf = (files: Files): ModelFolder => folderOfBytes(Object.entries(files));
export const written = async (...args: Parameters<typeof writeFolder>): Promise<Files> =>
  Object.fromEntries(
    [...(await writeFolder(...args))].map(([name, parts]) => [name, joinParts(parts)]),
  );
export const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
export const json = (bytes: Uint8Array | undefined) =>
  JSON.parse(text(bytes)) as Record<string, unknown>;
export const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
export const tensorsOf = (bytes: Uint8Array | undefined) =>
  parseSafetensors(bytes as Uint8Array).tensors as StoredTensor[];
/** Contents by digest: comparing megabytes element by element takes seconds. */
export const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
export const digests = (files: Files) =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, digest(bytes)]));
export const digestsOf = (parameters: ReadonlyMap<string, Float32Array>) =>
  [...parameters].map(([name, values]) => [
    name,
    digest(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);
/** A folder with its tensors changed. */
export const withTensors = (
  files: Files,
  change: (tensors: StoredTensor[]) => StoredTensor[],
): Files => ({
  ...files,
  "model.safetensors": writeSafetensors(change(tensorsOf(files["model.safetensors"])), {
    format: "pt",
  }),
});
export const withConfig = (files: Files, change: Record<string, unknown>): Files => ({
  ...files,
  "config.json": encode({ ...json(files["config.json"]), ...change }),
});
/** Distinct values in every parameter, exact in f32. */
export const numbered = (config: ModelConfig) => {
  let next = 0;
  return new Map(
    parametersOf(config).map(({ name, shape }) => [
      name,
      Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => next++),
    ]),
  );
};

export const zeros = (config: ModelConfig) =>
  new Map(
    parametersOf(config).map(({ name, shape }) => [
      name,
      new Float32Array(shape.reduce((n, d) => n * d, 1)),
    ]),
  );
