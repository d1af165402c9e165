import type { NdArray } from "../../core/op.ts";
import { type ActivationKind, activationRow } from "./functions.ts";

/** y = act(x), elementwise, in doubles. */
export function activationRef(x: NdArray, kind: ActivationKind): NdArray {
  return { shape: x.shape, data: x.data.map(activationRow(kind).reference) };
}

/** dx = dy * act'(x), elementwise, in doubles. */
export function activationBackwardRef(x: NdArray, dy: NdArray, kind: ActivationKind): NdArray {
  const { derivative } = activationRow(kind);
  return { shape: x.shape, data: x.data.map((v, i) => (dy.data[i] as number) * derivative(v)) };
}
