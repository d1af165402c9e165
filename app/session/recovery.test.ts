import { describe, expect, it } from "vitest";
import type { Fault } from "../../workers/api/outcome.ts";
import { mayResume, Recovery, type TabMemory } from "./recovery.ts";

const NO_ADAPTER: Fault = { code: "no-adapter", message: "none" };
const MINUTE = 60_000;

function setUp() {
  const kept = new Map<string, string>();
  const memory: TabMemory = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
  };
  const clock = { now: 1e12 };
  return { clock, memory, open: () => new Recovery(memory, () => clock.now) };
}

describe("a run whose device is lost", () => {
  it("resumes by itself as long as it gets further", () => {
    const losses = Array.from({ length: 20 }, (_, i) => ({ at: 10 * i, from: 10 * i }));
    expect(mayResume(losses, 200)).toBe(true);
  });

  it("does not lose the device at the same place for ever", () => {
    const here = { at: 60, from: 50 };
    expect(mayResume([], 60)).toBe(true);
    expect(mayResume([here, here], 60)).toBe(true);
    expect(mayResume([here, here, here], 60)).toBe(false);
    expect(mayResume([here, here, here], 61)).toBe(true);
    // Further on once does not help what is lost earlier again and again.
    expect(mayResume([here, { at: 55, from: 50 }, { at: 70, from: 50 }], 52)).toBe(false);
  });
});

describe("a browser without an adapter", () => {
  it("is one without a graphics card where it never gave one", () => {
    expect(setUp().open().explain(NO_ADAPTER)).toBe(NO_ADAPTER);
  });

  it("needs a reload where it gave one to this tab, and a restart after three losses in an hour", () => {
    const { clock, open } = setUp();
    open().noteDevice();
    expect(open().explain(NO_ADAPTER).code).toBe("reload-needed");
    for (let loss = 0; loss < 2; loss++) {
      open().noteLoss();
      open().noteLoss(); // another run on the same device
      clock.now += MINUTE;
      expect(open().explain(NO_ADAPTER).code).toBe("reload-needed");
    }
    open().noteLoss();
    expect(open().explain(NO_ADAPTER).code).toBe("restart-needed");
    clock.now += 59 * MINUTE;
    expect(open().explain(NO_ADAPTER).code).toBe("reload-needed");
    const other: Fault = { code: "out-of-memory", message: "too much" };
    expect(open().explain(other)).toBe(other);
  });

  it("is asked again for the runs that wait, after a reload too", () => {
    const { open } = setUp();
    open().waiting = ["a", "b"];
    expect(open().waiting).toEqual(["a", "b"]);
    open().waiting = [];
    expect(open().waiting).toEqual([]);
  });

  it("goes without a memory where pages may store nothing", () => {
    const forbidden = () => {
      throw new DOMException("no", "SecurityError");
    };
    const recovery = new Recovery({ getItem: forbidden, setItem: forbidden }, () => 0);
    recovery.noteDevice();
    recovery.waiting = ["a"];
    expect(recovery.waiting).toEqual([]);
    expect(recovery.explain(NO_ADAPTER)).toBe(NO_ADAPTER);
  });
});
