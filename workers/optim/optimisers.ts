// Every optimiser there is. A new one is one file like lion.ts and one line here.
import { adam, adamw } from "./adam.ts";
import { lion } from "./lion.ts";
import { muon } from "./muon.ts";
import type { OptimiserDefinition, OptimiserName } from "./optimiser.ts";
import { sgd } from "./sgd.ts";

export const OPTIMISERS: Readonly<Record<OptimiserName, OptimiserDefinition>> = {
  adamw,
  adam,
  sgd,
  lion,
  muon,
};
