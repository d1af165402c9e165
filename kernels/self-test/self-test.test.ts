import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../core/adapter.ts";
import type { OpDefinition } from "../core/op.ts";
import { philox, STREAMS } from "../core/philox.ts";
import { planAlone, specOf } from "../core/run-op.ts";
import { OPS, type OpName } from "../index.ts";
import { processLogitsRef } from "../ops/sampling/sampling.ref.ts";
import { FAMILIES } from "../tuned.ts";
import type { SelfCase } from "./case.ts";
import { SELF_CASES } from "./self-cases.ts";
import { OPS_WITH_VARIANTS, planSelfTest } from "./self-test.ts";

const EVERYTHING = { ...BASELINE_PROFILE, f16: true };
const ALL = Object.entries(SELF_CASES) as unknown as [OpName, readonly SelfCase[]][];

it("has cases of every op, and each of them fits its op", () => {
  expect(ALL.map(([name]) => name).sort()).toEqual(Object.keys(OPS).sort());
  for (const [name, cases] of ALL) {
    expect(cases.length, name).toBeGreaterThan(0);
    expect(new Set(cases.map((one) => one.name)).size, `${name}: names`).toBe(cases.length);
    for (const { inputs, attrs, halves = [] } of cases) {
      const op = OPS[name] as unknown as OpDefinition;
      const fed = inputs();
      expect(
        () =>
          op.infer(
            fed.map((one) => one && specOf(one)),
            attrs,
          ),
        name,
      ).not.toThrow();
      const names = op.inputs.map((input) => input.replace("?", ""));
      expect(names).toEqual(expect.arrayContaining([...halves]));
    }
  }
});

it("knows which ops have variants", () => {
  const chosen = ALL.filter(([name, [first]]) => {
    const op = OPS[name] as unknown as OpDefinition;
    const { attrs, inputs } = first as SelfCase;
    const specs = inputs().map((fed) => fed && specOf(fed));
    return planAlone(op, specs, attrs, BASELINE_PROFILE).choices?.length;
  });
  // newtonSchulz is made of products: it takes those in force, and matmul tries the others.
  expect(chosen.map(([name]) => name).sort()).toEqual(
    [...OPS_WITH_VARIANTS, "newtonSchulz"].sort(),
  );
});

describe("a full test", () => {
  const checks = planSelfTest(
    { ...EVERYTHING, subgroups: true, subgroupMinSize: 8, subgroupMaxSize: 8 },
    "full",
  );

  it("takes every variant of every family, forward and backward", () => {
    for (const { name, variants } of FAMILIES)
      for (const variant of variants)
        expect(
          checks.some(
            (check) => check.row?.startsWith(`${name}/`) && check.variant === variant.name,
          ),
          `${name}: ${variant.name}`,
        ).toBe(true);
    const backward = checks.filter(({ op }) => op.name === "attentionBackward");
    expect(new Set(backward.map(({ variant }) => variant)).size).toBeGreaterThan(1);
  });

  it("takes storage in f16 where there is any, and adding where an op can", () => {
    const has = (storage: string) => checks.some((check) => check.storage === storage);
    expect(has("f16")).toBe(true);
    const without = planSelfTest(BASELINE_PROFILE, "full");
    expect(without.some(({ storage }) => storage === "f16")).toBe(false);
    expect(checks.filter(({ accumulates }) => accumulates).length).toBeGreaterThan(3);
  });
});

it("is quick with one check of each op, by the kernels in force", () => {
  const checks = planSelfTest(BASELINE_PROFILE, "quick");
  expect(checks.map(({ op }) => op.name).sort()).toEqual(
    Object.values(OPS)
      .map(({ name }) => name)
      .sort(),
  );
  expect(checks.find(({ op }) => op.name === "matmul")?.variant).toBe("tile64x64");
});

it("draws no token so near to an edge that rounding could choose another", () => {
  for (const { inputs } of SELF_CASES.sampleToken) {
    const [logits, history, lengths, settings, rng] = inputs().map((fed) => fed?.array);
    if (!logits || !history || !lengths || !settings || !rng) throw new Error("all are given");
    const { probs } = processLogitsRef(logits, history, lengths, settings);
    const [rows, V] = logits.shape as [number, number];
    const [low, high, step] = rng.data as unknown as [number, number, number];
    for (let r = 0; r < rows; r++) {
      const [word] = philox([r, step, STREAMS.sampling, 0], [low, high]);
      const u = (word >>> 8) / 16_777_216;
      let running = 0;
      for (const p of probs.data.subarray(r * V, (r + 1) * V)) {
        running += p;
        expect(Math.abs(running - u), `row ${r}`).toBeGreaterThan(1e-5);
      }
    }
  }
});
