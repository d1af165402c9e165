/** Dimensions of a tensor, outermost first. Rank 0 is a scalar. */
export type Shape = readonly number[];

/** Element types of GPU tensors. All are four bytes wide except f16. */
export type DType = "f32" | "u32" | "i32" | "f16";

/** What is known of a tensor before it holds numbers. Row-major and contiguous, always. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Number of elements in a tensor of this shape; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

/** `[32, 768]` — the one way shapes are printed, in errors and in the UI. */
export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Bytes that the elements of a tensor take, without padding. */
export const bytesOf = (spec: TensorSpec): number =>
  sizeOf(spec.shape) * (spec.dtype === "f16" ? 2 : 4);

/** f32 is what most tensors are: `f32([4, 8])`. */
export const f32 = (shape: Shape): TensorSpec => ({ shape, dtype: "f32" });
/** An integer tensor of token ids, positions or masks. */
export const u32 = (shape: Shape): TensorSpec => ({ shape, dtype: "u32" });

/** Thrown by shape rules, before anything reaches the GPU. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
  constructor(
    readonly op: string,
    message: string,
  ) {
    super(`${op}: ${message}`);
  }
}
