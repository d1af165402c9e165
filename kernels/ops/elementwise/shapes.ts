import { ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";

/**
 * The spec that all these tensors share.
 *
 * @throws ShapeError naming the first two that differ.
 */
export function requireSameShape(
  op: string,
  tensors: Readonly<Record<string, TensorSpec | null | undefined>>,
): TensorSpec {
  const [[firstName, first], ...others] = Object.entries(tensors) as [
    [string, TensorSpec],
    ...[string, TensorSpec][],
  ];
  for (const [name, spec] of others) {
    if (showShape(spec.shape) !== showShape(first.shape))
      throw new ShapeError(
        op,
        `${firstName} and ${name} must have the same shape; they are ${showShape(first.shape)} and ${showShape(spec.shape)}`,
      );
  }
  return first;
}

/**
 * A tensor as rows of its last axis.
 *
 * @throws ShapeError if it is a scalar or its last axis is empty.
 */
export function rowsOf(op: string, name: string, spec: TensorSpec): { rows: number; cols: number } {
  const cols = spec.shape.at(-1);
  if (!cols)
    throw new ShapeError(op, `needs a non-empty last axis; ${name} is ${showShape(spec.shape)}`);
  return { rows: sizeOf(spec.shape) / cols, cols };
}
