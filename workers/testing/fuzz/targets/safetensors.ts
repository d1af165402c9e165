import { parseSafetensors, toFloat32, writeSafetensors } from "../../../interop/safetensors.ts";
import { type Mutator, mutateBytes, mutateJson } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const file = () =>
  writeSafetensors(
    [
      { name: "wte.weight", dtype: "F32", shape: [4, 3], bytes: new Uint8Array(48) },
      { name: "ln.bias", dtype: "BF16", shape: [5], bytes: new Uint8Array(10) },
      { name: "h.0.attn", dtype: "I64", shape: [1], bytes: new Uint8Array(8) },
      { name: "empty", dtype: "F16", shape: [0, 7], bytes: new Uint8Array(0) },
    ],
    { format: "pt" },
  );

/** The header damaged as JSON, its length set right or left wrong; else the bytes. */
const mutate: Mutator = (bytes, draws) => {
  if (draws.chance(0.4)) return mutateBytes(bytes, draws);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const changed = new TextEncoder().encode(JSON.stringify(mutateJson(header, draws)));
  const result = new Uint8Array(8 + changed.length + bytes.length - 8 - length);
  const told = draws.chance(0.8)
    ? BigInt(changed.length)
    : BigInt(draws.pick([0, 1, 2 ** 31, 2 ** 53]));
  new DataView(result.buffer).setBigUint64(0, told, true);
  result.set(changed, 8);
  result.set(bytes.subarray(8 + length), 8 + changed.length);
  return result;
};

export const safetensors: FuzzTarget = {
  name: "safetensors",
  seeds: () => [file()],
  mutate,
  parse: (bytes) => parseSafetensors(bytes).tensors.map((tensor) => toFloat32(tensor).length),
};
