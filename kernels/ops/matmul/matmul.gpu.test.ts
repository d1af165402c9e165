import { describe, expect, it } from "vitest";
import type { AdapterProfile } from "../../core/adapter.ts";
import { HALF_ROUNDING, roundArray } from "../../core/half.ts";
import { everyRow } from "../../core/variants.ts";
import { limitBindings } from "../../testing/binding-limit.ts";
import { relativeError } from "../../testing/close.ts";
import { inBrowser, testGpu } from "../../testing/gpu.ts";
import { inHalves } from "../../testing/in-halves.ts";
import { type OpCase, testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { type Fed, runOp } from "../../testing/run-op.ts";
import { type MatmulAttrs, matmul } from "./matmul.ts";
import { MATMUL_FAMILY } from "./variants.ts";

// f32 sums of K products in [-1, 1] differ from the exact ones by a few rounding steps.
const TOLERANCE = 1e-5;

interface Size {
  readonly batch?: readonly number[];
  readonly M: number;
  readonly K: number;
  readonly N: number;
}

/** Operands of a product; `shared` names the one without batch axes. */
function operands({ batch = [], M, K, N }: Size, attrs: MatmulAttrs, shared?: "a" | "b"): Fed[] {
  const a = attrs.transA ? [K, M] : [M, K];
  const b = attrs.transB ? [N, K] : [K, N];
  return [
    { array: randomArray(shared === "a" ? a : [...batch, ...a], 1) },
    { array: randomArray(shared === "b" ? b : [...batch, ...b], 2) },
  ];
}

function layouts(size: Size): OpCase<MatmulAttrs>[] {
  return [false, true].flatMap((transA) =>
    [false, true].map((transB) => ({
      name: `${transA ? "T" : "N"}${transB ? "T" : "N"} ${size.batch ? `[${size.batch}] ` : ""}${size.M}x${size.K}x${size.N}`,
      attrs: { transA, transB },
      inputs: operands(size, { transA, transB }),
    })),
  );
}

const tail = (size: Size, attrs: MatmulAttrs): OpCase<MatmulAttrs> => ({
  name: `${attrs.activation ?? "none"} after ${size.M}x${size.K}x${size.N}`,
  attrs: { ...attrs, keepPre: attrs.activation !== undefined },
  inputs: [
    ...operands(size, attrs),
    { array: randomArray([size.N], 3) },
    { array: randomArray([...(size.batch ?? []), size.M, size.N], 4) },
  ],
});

testOnGpu(matmul, [
  ...layouts({ M: 33, K: 65, N: 17 }).slice(1, 2),
  tail({ M: 20, K: 24, N: 36 }, { transB: true, activation: "gelu_tanh" }),
  // whole vec4s, then nothing a multiple of anything
  ...layouts({ M: 64, K: 48, N: 96 }),
  ...layouts({ M: 37, K: 29, N: 51 }),
  ...layouts({ batch: [2, 3], M: 7, K: 9, N: 5 }),
  ...layouts({ batch: [3], M: 20, K: 8, N: 72 }).slice(1, 2),
  // few tiles, long sums
  ...layouts({ M: 9, K: 2053, N: 5 }),
  ...layouts({ M: 8, K: 1024, N: 12 }).slice(2, 3),
  ...layouts({ M: 67, K: 1, N: 3 }),
  // one to four rows
  ...layouts({ M: 1, K: 128, N: 200 }).slice(0, 2),
  ...layouts({ M: 1, K: 1, N: 1 }).slice(2),
  ...layouts({ M: 3, K: 70, N: 33 }).slice(0, 2),
  {
    name: "b shared by batches",
    attrs: {},
    inputs: operands({ batch: [2, 3], M: 5, K: 6, N: 7 }, {}, "b"),
  },
  {
    name: "b shared by batches of a transposed a",
    attrs: { transA: true },
    inputs: operands({ batch: [3], M: 5, K: 6, N: 7 }, { transA: true }, "b"),
  },
  {
    name: "a shared by batches",
    attrs: { transB: true },
    inputs: operands({ batch: [3], M: 5, K: 8, N: 12 }, { transB: true }, "a"),
  },
  tail({ M: 9, K: 16, N: 12 }, { activation: "gelu_erf" }),
  tail({ M: 9, K: 16, N: 12 }, { activation: "silu" }),
  tail({ M: 5, K: 7, N: 11 }, { activation: "relu" }),
  tail({ M: 1, K: 64, N: 40 }, { activation: "gelu_tanh" }),
  tail({ M: 6, K: 700, N: 10 }, { activation: "gelu_tanh", transA: true }),
  tail({ batch: [2], M: 6, K: 5, N: 9 }, {}),
  tail({ M: 5, K: 0, N: 4 }, { activation: "silu" }),
  { name: "no rows", attrs: {}, inputs: operands({ M: 0, K: 4, N: 4 }, {}) },
  {
    name: "more tiles than one grid axis",
    attrs: {},
    inputs: operands({ batch: [66_000], M: 5, K: 1, N: 1 }, {}),
  },
  {
    // queries of a packed [T, 3, H, D] times keys: two heads, five positions
    name: "views into a packed tensor",
    attrs: {
      transB: true,
      viewA: { shape: [2, 2, 5, 8], strides: [240, 8, 48, 1] },
      viewB: { shape: [2, 2, 5, 8], strides: [240, 8, 48, 1], offset: 16 },
    },
    inputs: [{ array: randomArray([10, 48], 1) }, { array: randomArray([10, 48], 2) }],
  },
]);

// Both operands in f16, each way they are stored, in vec4s and element by element, split, and one row;
// then one of the two alone, with tails that read and write f16.
testHalvesOnGpu(
  matmul,
  [
    ...layouts({ M: 33, K: 65, N: 17 }).slice(1, 3),
    ...layouts({ M: 64, K: 48, N: 96 }).slice(0, 3),
    ...layouts({ M: 9, K: 2053, N: 5 }).slice(1, 2),
    ...layouts({ M: 3, K: 70, N: 33 }).slice(0, 1),
  ],
  ["a", "b"],
);
const HALF_TAILS = [
  ...layouts({ batch: [2, 3], M: 7, K: 9, N: 5 }).slice(1, 2),
  tail({ M: 20, K: 24, N: 36 }, { transB: true, activation: "gelu_tanh" }),
  tail({ M: 5, K: 7, N: 11 }, { activation: "relu" }),
  tail({ M: 1, K: 64, N: 40 }, { activation: "gelu_tanh" }),
  tail({ M: 6, K: 700, N: 10 }, { activation: "gelu_tanh", transA: true }),
];
testHalvesOnGpu(matmul, HALF_TAILS, ["a", "bias", "residual"], { attrs: { outDtype: "f16" } });
testHalvesOnGpu(matmul, HALF_TAILS.slice(0, 2), ["b"], { attrs: { outDtype: "f16" } });

/** Device profiles, views and windows: values that any adapter gives alike, so Node alone runs them. */
function testInNode(): void {
  const compare = async (
    attrs: MatmulAttrs,
    inputs: readonly (Fed | null)[],
    change: (profile: AdapterProfile) => AdapterProfile,
    accumulates = false,
  ): Promise<void> => {
    const gpu = await testGpu();
    const arrays = inputs.map((x) => x?.array ?? null);
    const want = matmul.reference(arrays, attrs);
    // Sums over windows of K go on in y: an f16 is rounded after each of two.
    const tolerance = TOLERANCE + (attrs.outDtype === "f16" ? 2 * HALF_ROUNDING : 0);
    const profile = change(gpu.profile);
    const got = await runOp(gpu, matmul, inputs, attrs, {}, profile);
    want.forEach((w, i) => {
      expect(relativeError(got[i]?.data ?? [], w.data), `output ${i}`).toBeLessThanOrEqual(
        tolerance,
      );
    });
    if (!accumulates) return;
    const initial = roundArray(randomArray(want[0]?.shape ?? [], 9));
    const [sum] = await runOp(gpu, matmul, inputs, attrs, { y: initial }, profile);
    const target = initial.data.map((v, i) => v + (want[0]?.data[i] ?? 0));
    expect(relativeError(sum?.data ?? [], target), "accumulated").toBeLessThanOrEqual(tolerance);
    gpu.assertHealthy();
  };

  const withKernel =
    (name: string) =>
    (profile: AdapterProfile): AdapterProfile => ({
      ...profile,
      variants: everyRow(MATMUL_FAMILY, name),
    });
  const withBinding = (bytes: number) => (profile: AdapterProfile) => limitBindings(profile, bytes);

  // Every kernel is right everywhere, whichever one the table prefers here. NT and TN between them
  // take each operand both ways, once in vec4s and once element by element.
  const kernels = MATMUL_FAMILY.variants.flatMap(({ name }) =>
    [
      ...layouts({ M: 72, K: 40, N: 68 }).slice(1, 2),
      tail({ M: 67, K: 35, N: 69 }, { transA: true, activation: "silu" }),
      ...(name === "gemv" || name === "rows" ? layouts({ M: 2, K: 301, N: 70 }).slice(0, 2) : []),
      ...inHalves(
        matmul,
        [tail({ M: 67, K: 35, N: 69 }, { transA: true, activation: "silu" })],
        ["a", "b"],
      ),
    ].map((c) => [`${name}: ${c.name}`, name, c] as const),
  );
  it.each(kernels)("is right with the kernel %s", async (_, name, c) => {
    await compare(c.attrs, c.inputs, withKernel(name));
  });
  it.each(["gpu", "swiftshader"] as const)(
    "splits long sums as the class %s does",
    async (adapterClass) => {
      const c = tail({ batch: [2], M: 8, K: 604, N: 12 }, { transB: true, activation: "silu" });
      await compare(c.attrs, c.inputs, (profile) => ({ ...profile, adapterClass }));
    },
  );
  // 4 kB: windows of at most 960 elements
  it.each(layouts({ M: 40, K: 50, N: 60 }).map((c) => [c.name, c] as const))(
    "goes through windows of operands that exceed one binding: %s",
    async (_, c) => {
      await compare(c.attrs, c.inputs, withBinding(4096), true);
    },
  );
  it.each(
    layouts({ M: 40, K: 50, N: 60 })
      .slice(1, 3)
      .map((c) => [c.name, c] as const),
  )("goes through windows of f16: %s", async (_, c) => {
    const attrs = { ...c.attrs, outDtype: "f16" as const };
    const [halves] = inHalves(matmul, [{ ...c, attrs }], ["a", "b"]);
    await compare(attrs, halves?.inputs ?? [], withBinding(4096), true);
  });
  it("goes through windows of batches, tails and views", async () => {
    const batched = tail({ batch: [5], M: 12, K: 20, N: 24 }, { activation: "relu" });
    await compare(batched.attrs, batched.inputs, withBinding(4096));
    const wide = tail({ M: 20, K: 50, N: 60 }, { activation: "relu", transB: true });
    await compare(wide.attrs, wide.inputs, withBinding(4096));
    const long = tail({ M: 6, K: 400, N: 8 }, { activation: "gelu_tanh", transA: true });
    await compare(long.attrs, long.inputs, withBinding(4096));
    await compare(
      {
        transB: true,
        viewA: { shape: [2, 2, 5, 8], strides: [240, 8, 48, 1] },
        viewB: { shape: [2, 2, 5, 8], strides: [240, 8, 48, 1], offset: 16 },
      },
      [{ array: randomArray([10, 48], 1) }, { array: randomArray([10, 48], 2) }],
      withBinding(1024),
    );
  });

  it("gives the same bits every time, split sums included", async () => {
    const gpu = await testGpu();
    const inputs = operands({ M: 8, K: 1500, N: 12 }, { transA: true });
    const [first] = await runOp(gpu, matmul, inputs, { transA: true });
    const [second] = await runOp(gpu, matmul, inputs, { transA: true });
    expect(first?.data).toEqual(second?.data);
  });

  // Vectors of four read past the ends of rows; what they find there must not count, not even times 0.
  it.each(MATMUL_FAMILY.variants.map(({ name }) => name))(
    "keeps infinities in their own row and column: %s",
    async (name) => {
      const gpu = await testGpu();
      for (const { attrs, inputs } of layouts({ M: 6, K: 5, N: 7 }).slice(1, 3)) {
        const [a, b] = inputs.map((fed) => ({
          shape: fed?.array.shape ?? [],
          data: (fed?.array.data ?? new Float64Array()).map(Math.abs),
        }));
        if (!a || !b) throw new Error("operands are missing");
        for (let k = 0; k < 5; k++) {
          a.data[attrs.transA ? 6 * k + 2 : 10 + k] = Number.POSITIVE_INFINITY;
          b.data[attrs.transB ? 5 + k : 7 * k + 1] = Number.POSITIVE_INFINITY;
        }
        const profile = withKernel(name)(gpu.profile);
        const fed = [{ array: a }, { array: b }];
        const [y] = await runOp(gpu, matmul, fed, attrs, {}, profile);
        y?.data.forEach((v, i) => {
          const touched = Math.floor(i / 7) === 2 || i % 7 === 1;
          expect(v, `y[${Math.floor(i / 7)}, ${i % 7}]`).toSatisfy((x: number) =>
            touched ? x === Number.POSITIVE_INFINITY : Number.isFinite(x),
          );
        });
      }
    },
  );
}

if (!inBrowser) describe("matmul", () => testInNode());
