import { describe, expect, it } from "vitest";
import type { KernelCheck } from "../core/check.ts";
import type { Dispatch } from "../core/plan.ts";
import { inBrowser, testGpu } from "../testing/gpu.ts";
import { type PlannedCheck, planSelfTest, runSelfTest } from "./self-test.ts";

const failures = (checks: readonly KernelCheck[]) => checks.filter(({ passed }) => !passed);

/** The check with other text in its kernels. */
function planted(check: PlannedCheck, change: (code: string) => string): PlannedCheck {
  const { op } = check;
  return {
    ...check,
    op: {
      ...op,
      plan(request) {
        const plan = op.plan(request);
        const dispatches = plan.dispatches.map((d): Dispatch => ({ ...d, code: change(d.code) }));
        return { ...plan, dispatches };
      },
    },
  };
}

// In Chromium all of them take minutes; the Device page's own test runs the quick ones there.
if (!inBrowser)
  describe("the self-test in full", () => {
    it("passes here, tells of every check, and finds no device unhealthy", async () => {
      const gpu = await testGpu();
      const checks = planSelfTest(gpu.profile, "full");
      const told: KernelCheck[] = [];
      const made = await runSelfTest(gpu, checks, { onCheck: (check) => told.push(check) });
      expect(failures(made)).toEqual([]);
      expect(made.length).toBe(checks.length);
      expect(told).toEqual(made);
    }, 600_000);
  });

describe("the self-test", () => {
  const find = async (name: string, variant: string | null = null) => {
    const gpu = await testGpu();
    const all = planSelfTest(gpu.profile, variant ? "full" : "quick");
    const check = all.find((one) => one.op.name === name && (!variant || one.variant === variant));
    if (!check) throw new Error(`there is a check of ${name}`);
    return { gpu, check };
  };

  it("catches a kernel that is wrong", async () => {
    const { gpu, check } = await find("softmax");
    const wrong = planted(check, (code) => code.replace("/ z;", "/ (1.001 * z);"));
    const [right, caught] = await runSelfTest(gpu, [check, wrong]);
    expect(right).toMatchObject({ passed: true, reason: null });
    expect(caught).toMatchObject({ op: "softmax", passed: false, reason: null });
    expect(caught?.error).toBeGreaterThan(1e-4);
  });

  it("catches a gradient that is wrong, and a variant that is", async () => {
    const { gpu, check } = await find("softmaxBackward");
    const flipped = planted(check, (code) => code.replaceAll(" - ", " + "));
    const { check: tile } = await find("matmul", "tile32x32");
    const short = planted(tile, (code) => code.replace(/\bfma\(/, "0.99 * fma("));
    const [gradient, variant] = await runSelfTest(gpu, [flipped, short]);
    expect(gradient).toMatchObject({ pass: "gradient", passed: false });
    expect(variant).toMatchObject({ row: "matmul/many.nt", variant: "tile32x32", passed: false });
  });

  it("catches elements that are not written, and says why a kernel does not compile", async () => {
    const { gpu, check } = await find("copy");
    const lazy = planted(check, (code) => code.replace(/y\[[^\]]+\] = [^;]+;/, ""));
    const broken = planted(check, (code) => `${code}\nnot wgsl`);
    const [unwritten, uncompiled] = await runSelfTest(gpu, [lazy, broken]);
    expect(unwritten).toMatchObject({ passed: false, error: null });
    expect(uncompiled).toMatchObject({ passed: false, error: null });
    expect(uncompiled?.reason).toContain("must compile");
    gpu.assertHealthy();
  });

  it("stops when it is told to", async () => {
    const { gpu, check } = await find("copy");
    const aborter = new AbortController();
    const told: KernelCheck[] = [];
    const running = runSelfTest(gpu, [check, check, check], {
      signal: aborter.signal,
      onCheck: (made) => {
        told.push(made);
        aborter.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toThrow("enough");
    expect(told.length).toBe(1);
  });
});
