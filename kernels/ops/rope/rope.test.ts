import { describe, expect, it } from "vitest";
import { f32, u32 } from "../../core/shape.ts";
import { firstMismatch } from "../../testing/close.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { rope, ropeTables, rotaryDimOf } from "./rope.ts";
import { ropeFrequencies } from "./tables.ts";

const tablesFor = (positions: number, rotaryDim: number) => {
  const { cos, sin } = ropeTables({ theta: 10_000, rotaryDim, scaling: null }, positions);
  const shape = [positions, rotaryDim / 2];
  return [
    { shape, data: Float64Array.from(cos) },
    { shape, data: Float64Array.from(sin) },
  ] as const;
};

const [cos, sin] = tablesFor(6, 4);
const positions = { array: randomInts([2, 3], 1, 6), dtype: "u32" as const };
const fedTables = [{ array: cos }, { array: sin }];

testGradients(
  rope,
  [
    {
      name: "two of three heads, partly rotated",
      attrs: { heads: 2, headDim: 5, rotaryDim: 4, offset: 1 },
      inputs: [{ array: randomArray([2, 3, 16], 2) }, positions, ...fedTables],
    },
    {
      name: "inverse",
      attrs: { heads: 1, headDim: 4, rotaryDim: 4, inverse: true },
      inputs: [{ array: randomArray([2, 3, 4], 3) }, positions, ...fedTables],
    },
  ],
  ["x"],
);

describe("rope", () => {
  const attrs = { heads: 2, headDim: 4, rotaryDim: 4 };
  const x = randomArray([2, 3, 12], 4);

  it("leaves position 0 and the columns past the heads alone", () => {
    const zero = { shape: [2, 3], data: new Float64Array(6) };
    const [still] = rope.reference([x, zero, cos, sin], attrs);
    expect(still?.data).toEqual(x.data);
    const [y] = rope.reference([x, positions.array, cos, sin], attrs);
    for (let row = 0; row < 6; row++)
      for (let c = 8; c < 12; c++) expect(y?.data[row * 12 + c]).toBe(x.data[row * 12 + c]);
  });

  it("is undone by its inverse", () => {
    const [y = null] = rope.reference([x, positions.array, cos, sin], attrs);
    const inverse = { ...attrs, inverse: true };
    const [back] = rope.reference([y, positions.array, cos, sin], inverse);
    expect(firstMismatch(back?.data ?? [], x.data, { rtol: 1e-6, atol: 1e-7 })).toBeNull();
  });

  it("makes scores depend on the distance of two tokens only", () => {
    const attrs = { heads: 1, headDim: 4, rotaryDim: 4 };
    const [q, k] = [randomArray([1, 1, 4], 5), randomArray([1, 1, 4], 6)];
    const score = (m: number, n: number) => {
      const at = (p: number) => ({ shape: [1, 1], data: Float64Array.of(p) });
      const [rq] = rope.reference([q, at(m), cos, sin], attrs);
      const [rk] = rope.reference([k, at(n), cos, sin], attrs);
      return rq?.data.reduce((sum, v, i) => sum + v * (rk?.data[i] as number), 0) ?? Number.NaN;
    };
    expect(score(5, 3)).toBeCloseTo(score(2, 0), 6);
  });

  it("refuses heads, positions and tables that do not fit", () => {
    const specs = [f32([2, 3, 12]), u32([2, 3]), f32([6, 2]), f32([6, 2])];
    expect(() => rope.infer(specs, { heads: 4, headDim: 4, rotaryDim: 4 })).toThrow(
      "rope: 4 heads of 4 from column 0 must fit a row; x is [2, 3, 12]",
    );
    expect(() => rope.infer(specs, { heads: 2, headDim: 4, rotaryDim: 3 })).toThrow(
      "rope: rotaryDim must be even and within a head of 4; it is 3",
    );
    expect(() => rope.infer(specs, { heads: 2, headDim: 4, rotaryDim: 2 })).toThrow(
      "rope: cos must be [positions, 1]; it is [6, 2]",
    );
    expect(() => rope.infer([f32([2, 3, 12]), u32([4]), f32([6, 2]), f32([6, 2])], attrs)).toThrow(
      "rope: positions must be one per token",
    );
  });
});

describe("ropeTables", () => {
  it("keeps its digits at far positions", () => {
    const far = 1_000_003;
    const { cos } = ropeTables({ theta: 10_000, rotaryDim: 2, scaling: null }, [far]);
    expect(cos[0]).toBe(Math.fround(Math.cos(far)));
  });

  it("stretches every frequency by a linear factor", () => {
    const scaling = { kind: "linear", factor: 4 } as const;
    const plain = ropeFrequencies({ theta: 100, rotaryDim: 8, scaling: null });
    const scaled = ropeFrequencies({ theta: 100, rotaryDim: 8, scaling });
    expect(Array.from(scaled)).toEqual(Array.from(plain, (f) => f / 4));
  });

  it("keeps short wavelengths, stretches long ones and blends between (llama3)", () => {
    const scaling = {
      kind: "llama3",
      factor: 8,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalMaxPositions: 8192,
    } as const;
    const config = { theta: 500_000, rotaryDim: 128 };
    const plain = ropeFrequencies({ ...config, scaling: null });
    const ratio = Array.from(
      ropeFrequencies({ ...config, scaling }),
      (f, j) => f / (plain[j] ?? 0),
    );
    expect(ratio[0]).toBe(1);
    expect(ratio.at(-1)).toBe(1 / 8);
    expect(ratio.some((r) => r > 0.2 && r < 0.9)).toBe(true);
    expect([...ratio].sort((a, b) => b - a)).toEqual(ratio);
  });

  it("takes the rotated share of a head, which must be even", () => {
    expect(rotaryDimOf(64, 0.25)).toBe(16);
    expect(() => rotaryDimOf(10, 0.5)).toThrow("0.5 of 10 is 5");
  });
});
