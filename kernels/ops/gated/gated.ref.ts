import type { NdArray } from "../../core/op.ts";
import { type ActivationKind, activationRow } from "../activation/functions.ts";
import { zipRef } from "../elementwise/elementwise.ref.ts";

/** y = act(gate) * up, in doubles. */
export function gatedRef(gate: NdArray, up: NdArray, kind: ActivationKind): NdArray {
  const { reference } = activationRow(kind);
  return zipRef((g, u) => reference(g) * u, gate, up);
}

/** dgate = dy * up * act'(gate) and dup = dy * act(gate), in doubles. */
export function gatedBackwardRef(
  gate: NdArray,
  up: NdArray,
  dy: NdArray,
  kind: ActivationKind,
): readonly [dgate: NdArray, dup: NdArray] {
  const { reference, derivative } = activationRow(kind);
  return [
    zipRef((g, u, d) => d * u * derivative(g), gate, up, dy),
    zipRef((g, d) => d * reference(g), gate, dy),
  ];
}
