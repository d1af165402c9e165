export interface CrossEntropyAttrs {
  /** Rows with this target count for nothing; torch's default is -100. */
  readonly ignoreIndex: number;
  /** Share of the target's probability that is spread evenly over all classes, in [0, 1]. */
  readonly labelSmoothing: number;
  readonly reduction: "mean" | "sum";
}

/** torch's defaults. */
export const CROSS_ENTROPY_DEFAULTS: CrossEntropyAttrs = {
  ignoreIndex: -100,
  labelSmoothing: 0,
  reduction: "mean",
};
