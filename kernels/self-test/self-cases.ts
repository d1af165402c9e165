import type { OpName } from "../index.ts";
import type { SelfCases } from "./case.ts";
import { LAYER_CASES } from "./layers.ts";
import { LOSS_CASES } from "./losses.ts";
import { PRODUCT_CASES } from "./products.ts";
import { TRAINING_CASES } from "./training.ts";

/** Problems for every op there is: one that is missing here does not compile. */
export const SELF_CASES: SelfCases<OpName> = {
  ...PRODUCT_CASES,
  ...LAYER_CASES,
  ...LOSS_CASES,
  ...TRAINING_CASES,
};
