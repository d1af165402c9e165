// Plans of the run that is being set up: asked for once the person pauses, one at a time, and only the newest
// answer counts.
import type { PlanRequest } from "../../workers/api/plan.ts";
import { planStore } from "../stores/plan.ts";
import { callStudio } from "./session.ts";

const PAUSE_MS = 200;
/** The device is being measured meanwhile. */
const AGAIN_MS = 1_500;

let wanted: { readonly request: PlanRequest | null; readonly key: string } | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let isAsking = false;

/** Asks for the plan of a run; null where there is none to plan, because its settings are wrong. */
export function requestPlan(request: PlanRequest | null): void {
  const key = JSON.stringify(request);
  if (wanted?.key === key && planStore.getState().plan) return;
  wanted = { request, key };
  planStore.setState(request ? { isStale: true } : { plan: null, fault: null, isStale: false });
  schedule(PAUSE_MS);
}

function schedule(delay: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void run(), delay);
}

async function run(): Promise<void> {
  const asked = wanted;
  if (!asked?.request || isAsking) return;
  isAsking = true;
  const { request } = asked;
  const outcome = await callStudio(({ runs }) => runs.plan(request));
  isAsking = false;
  if (wanted !== asked) return schedule(0);
  planStore.setState(
    outcome.ok
      ? { plan: outcome.value, fault: null, isStale: false }
      : { plan: null, fault: outcome.fault, isStale: false },
  );
  if (outcome.ok && outcome.value.time?.isMeasuring) schedule(AGAIN_MS);
}

/** What was said rests on what is over: a run has shown how long steps take. */
export const forgetPlan = (): void => {
  wanted = null;
};
