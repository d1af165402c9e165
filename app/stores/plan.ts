// What is known of the run that is being set up before it starts.
import { createStore } from "zustand/vanilla";
import type { Fault } from "../../workers/api/outcome.ts";
import type { RunPlan } from "../../workers/api/plan.ts";

export interface PlanState {
  readonly plan: RunPlan | null;
  /** Why there is none. */
  readonly fault: Fault | null;
  /** Settings have changed since, and the new answer is on its way. */
  readonly isStale: boolean;
}

export const planStore = createStore<PlanState>(() => ({
  plan: null,
  fault: null,
  isStale: false,
}));

/** Whether the plan says that the run cannot start. */
export const isRefused = ({ plan }: PlanState): boolean =>
  plan?.problems.some(({ isFatal }) => isFatal) ?? false;
