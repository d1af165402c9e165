import type { NdArray, OpDefinition } from "../../core/op.ts";
import { ShapeError, showShape, type TensorSpec } from "../../core/shape.ts";
import code from "./decode_advance.wgsl?raw";

/**
 * Moves a decoding batch on by one token, on the GPU.
 *
 * Inputs: `sampled` u32 `[B]`; `stops` u32 `[K]` tokens that end a row; in place `token` u32 `[B]`
 * (fed next), `lengths` u32 `[B]` (position of `token`, which is also how many tokens the cache
 * holds before it), `limits` u32 `[B]` (a row runs while its length is below), `history` u32
 * `[B, S]` (prompt and continuation), `rng` u32 `[4]` (its word 2 counts steps).
 *
 * @throws ShapeError when the batch axes differ.
 */
export const decodeAdvance: OpDefinition = {
  name: "decodeAdvance",
  inputs: ["sampled", "stops", "token", "lengths", "limits", "history", "rng"],
  outputs: ["tokenOut", "lengthsOut", "limitsOut", "historyOut", "rngOut"],
  inPlace: {
    tokenOut: "token",
    lengthsOut: "lengths",
    limitsOut: "limits",
    historyOut: "history",
    rngOut: "rng",
  },
  infer([sampled, , token, lengths, limits, history, rng]) {
    const batch = sampled?.shape[0] ?? 0;
    for (const [name, spec] of Object.entries({ token, lengths, limits, history }))
      if (spec?.shape[0] !== batch)
        throw new ShapeError(
          "decodeAdvance",
          `${name} must have the batch of sampled; it is ${showShape(spec?.shape ?? [])}, sampled [${batch}]`,
        );
    return [token, lengths, limits, history, rng] as TensorSpec[];
  },
  plan({ inputs: [sampled, stops, , , , history] }) {
    const batch = sampled?.shape[0] ?? 0;
    return {
      dispatches: [
        {
          label: "decodeAdvance",
          code,
          bindings: [
            "sampled",
            "stops",
            "tokenOut",
            "lengthsOut",
            "limitsOut",
            "historyOut",
            "rngOut",
          ],
          params: { batch, capacity: history?.shape[1] ?? 0, stops: stops?.shape[0] ?? 0 },
          workgroups: [Math.ceil(batch / 64), 1, 1],
          // A token is read and put in two places; a row's length and limit are read and written.
          cost: { flops: 0, bytes: 4 * (batch * 7 + (stops?.shape[0] ?? 0) + 2) },
        },
      ],
    };
  },
  gradient: { none: "tokens are integers" },
  reference(inputs) {
    const [sampled, stops, ...state] = inputs as NdArray[];
    const [token, lengths, limits, history, rng] = state.map((a) => ({
      shape: a.shape,
      data: a.data.slice(),
    })) as [NdArray, NdArray, NdArray, NdArray, NdArray];
    const capacity = history.shape[1] as number;
    rng.data[2] = (rng.data[2] as number) + 1;
    sampled?.data.forEach((id, b) => {
      const length = lengths.data[b] as number;
      if (length >= (limits.data[b] as number) || length + 1 >= capacity) return;
      history.data[b * capacity + length + 1] = id;
      token.data[b] = id;
      lengths.data[b] = length + 1;
      if (stops?.data.includes(id)) limits.data[b] = length + 1;
    });
    return [token, lengths, limits, history, rng];
  },
};
