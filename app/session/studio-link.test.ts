import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Fault, Outcome } from "../../workers/api/outcome.ts";
import { supervise } from "./studio-link.ts";

const SILENT: Fault = { code: "worker-died", message: "no sign of life" };
const CRASHED: Fault = { code: "worker-died", message: "crashed" };
const never = <T>() => new Promise<T>(() => {});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const watch = (ping: () => Promise<unknown> = async () => null) =>
  supervise({ ping, intervalMs: 1_000, patience: 3, silenceFault: () => SILENT });

it("settles a call that the worker will never answer", async () => {
  const link = watch();
  const waiting = link.call(() => never<Outcome<null>>());
  link.end(CRASHED);
  expect(await waiting).toEqual({ ok: false, fault: CRASHED });
});

it("answers calls made after the end at once, without asking the worker", async () => {
  const link = watch();
  link.end(CRASHED);
  const work = vi.fn(() => never<Outcome<null>>());
  expect(await link.call(work)).toEqual({ ok: false, fault: CRASHED });
  expect(work).not.toHaveBeenCalled();
});

it("takes a worker that stays silent for dead, and one that answers for alive", async () => {
  const silent = watch(() => never());
  const waiting = silent.call(() => never<Outcome<null>>());
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await waiting).toEqual({ ok: false, fault: SILENT });

  const alive = watch();
  let fault: Fault | null = null;
  alive.ended.then((reason) => {
    fault = reason;
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fault).toBeNull();
});

it("counts events as signs of life while a long call blocks the replies", async () => {
  const link = watch(() => never());
  let ended = false;
  link.ended.then(() => {
    ended = true;
  });
  for (let second = 0; second < 20; second++) {
    await vi.advanceTimersByTimeAsync(1_000);
    link.sawLife();
  }
  expect(ended).toBe(false);
});

it("turns what the worker throws into a fault", async () => {
  const outcome = await watch().call(() => Promise.reject(new TypeError("x is not a function")));
  expect(outcome).toEqual({
    ok: false,
    fault: { code: "internal", message: "TypeError: x is not a function" },
  });
});

it("keeps the first reason", async () => {
  const link = watch();
  link.end(CRASHED);
  link.end(SILENT);
  expect(await link.ended).toBe(CRASHED);
});
