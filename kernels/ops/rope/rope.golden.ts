import type { GoldenCase, GoldenFamily } from "../../testing/golden.ts";
import { type Fed, runOp } from "../../testing/run-op.ts";
import { type RopeConfig, type RopeScaling, rope, ropeTables } from "./rope.ts";

function configOf({ attrs }: GoldenCase): RopeConfig {
  return {
    theta: attrs.theta as number,
    rotaryDim: attrs.rotary_dim as number,
    scaling: scalingOf(attrs.scaling as Readonly<Record<string, number | string>> | null),
  };
}

function scalingOf(scaling: Readonly<Record<string, number | string>> | null): RopeScaling | null {
  if (!scaling) return null;
  const factor = scaling.factor as number;
  if (scaling.rope_type === "linear") return { kind: "linear", factor };
  return {
    kind: "llama3",
    factor,
    lowFreqFactor: scaling.low_freq_factor as number,
    highFreqFactor: scaling.high_freq_factor as number,
    originalMaxPositions: scaling.original_max_position_embeddings as number,
  };
}

/** Vectors hold x as [B, H, T, D]: every head is a row of T tokens, and H rows share positions. */
export const ropeGolden: GoldenFamily = {
  kind: "run",
  async run(gpu, golden, { x, positions, grad_y }) {
    if (!x || !positions) throw new Error("rope vectors must have x and positions");
    const config = configOf(golden);
    const places = positions.array.data;
    const tables = ropeTables(config, places);
    const half = config.rotaryDim / 2;
    const [B = 1, H = 1, T = 1, D = 1] = x.array.shape;
    const table = (data: Float32Array): Fed => ({
      array: { shape: [places.length, half], data: Float64Array.from(data) },
    });
    // The table has a row per position given, so tokens name rows, not positions.
    const rows: Fed = {
      array: { shape: [B, T], data: Float64Array.from(places, (_, i) => i) },
      dtype: "u32",
    };
    const turn = async ({ array }: Fed, inverse: boolean) => {
      const heads = { array: { shape: [B * H, T, D], data: array.data } };
      const attrs = { heads: 1, headDim: D, rotaryDim: config.rotaryDim, inverse };
      const inputs = [heads, rows, table(tables.cos), table(tables.sin)];
      const [y] = await runOp(gpu, rope, inputs, attrs);
      return y?.data ?? new Float64Array();
    };
    // Vectors list cosines twice over, [freqs, freqs].
    const twice = (data: Float32Array) =>
      Float64Array.from({ length: 2 * data.length }, (_, i) => {
        const row = Math.floor(i / (2 * half));
        return data[row * half + (i % half)] as number;
      });
    return {
      y: await turn(x, false),
      cos: twice(tables.cos),
      sin: twice(tables.sin),
      inv_freq: tables.invFreq,
      ...(grad_y ? { d_x: await turn(grad_y, true) } : {}),
    };
  },
};
