// What a comparison of a kernel with its reference says. Plain data.

/** `quick`: one case of each op, with the kernels in force. `full`: every case, variant and storage type. */
export type SelfTestExtent = "quick" | "full";

/** One comparison that was made. */
export interface KernelCheck {
  readonly op: string;
  /** Class of shapes and kernel, where the op has several: `matmul/many.nn` and `tile64x64`. */
  readonly row: string | null;
  readonly variant: string | null;
  /** What it was tried on. */
  readonly problem: string;
  readonly pass: "forward" | "gradient";
  /** How tensors were stored; arithmetic is f32 either way. */
  readonly storage: "f32" | "f16";
  /** Largest difference from the reference, relative to its largest value; null where it is not finite. */
  readonly error: number | null;
  readonly tolerance: number;
  /** From the submit until it was done. */
  readonly milliseconds: number | null;
  readonly passed: boolean;
  /** Why there are no values; null where there are. */
  readonly reason: string | null;
}
