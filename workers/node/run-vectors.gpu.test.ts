// The judge judged: a set that is wrong must not pass, whatever is wrong with it.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { writeSafetensors } from "../interop/safetensors.ts";
import { runVectors } from "./run-vectors.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vitrine-vectors-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** softmax of [ln 1, ln 2, ln 4, ln 8], and the gradient that a seed of [1, 0, 0, 0] gives. */
const Y = [1 / 15, 2 / 15, 4 / 15, 8 / 15];
const RIGHT = {
  x: [0, Math.log(2), Math.log(4), Math.log(8)],
  grad_y: [1, 0, 0, 0],
  y: Y,
  dx: Y.map((y, i) => (Y[0] as number) * ((i === 0 ? 1 : 0) - y)),
};

let made = 0;
/** Writes a set with one case of softmax, changed as asked, and runs it. */
async function judge(change: {
  op?: string;
  outputs?: Record<string, string>;
  tensors?: Partial<typeof RIGHT>;
  args?: readonly string[];
}): Promise<{ code: number; lines: string[] }> {
  const folder = join(root, String(made++));
  const tensors = { ...RIGHT, ...change.tensors };
  await mkdir(folder);
  await writeFile(
    join(folder, "some.safetensors"),
    writeSafetensors(
      Object.entries(tensors).map(([name, values]) => ({
        name,
        dtype: "F32" as const,
        shape: [1, 4],
        bytes: new Uint8Array(Float32Array.from(values).buffer),
      })),
    ),
  );
  const golden = {
    group: "some",
    case: "a_case",
    op: change.op ?? "softmax",
    attrs: { dim: -1 },
    inputs: { x: "x", grad_y: "grad_y" },
    outputs: change.outputs ?? { y: "y" },
    grads: { x: "dx" },
  };
  await writeFile(
    join(folder, "manifest.json"),
    JSON.stringify({
      format: 1,
      groups: { some: { file: "some.safetensors", cases: 1 } },
      cases: [golden],
    }),
  );
  const lines: string[] = [];
  const code = await runVectors([folder, ...(change.args ?? [])], testGpu, (line) =>
    lines.push(line),
  );
  return { code, lines };
}

describe("runVectors", () => {
  it("passes a right vector", async () => {
    expect(await judge({})).toEqual({ code: 0, lines: ["1 passed, 0 failed"] });
  });

  it.each([
    ["an output that is off by 1e-4", { y: Y.map((y) => y + 1e-4) }, /y: relative error/],
    ["a gradient of the wrong sign", { dx: RIGHT.dx.map((v) => -v) }, /d_x: relative error/],
    ["an expected NaN", { y: [Number.NaN, ...Y.slice(1)] }, /y: relative error/],
    ["an input that makes NaN", { x: [Number.NaN, 0, 0, 0] }, /y: relative error/],
  ])("fails %s", async (_, tensors, message) => {
    const { code, lines } = await judge({ tensors });
    expect(code).toBe(1);
    expect(lines[0]).toMatch(/^FAIL some\/a_case \(softmax\): /);
    expect(lines.join("\n")).toMatch(message);
    expect(lines.at(-1)).toBe("0 passed, 1 failed");
  });

  it("fails an output that our family does not make", async () => {
    const { code, lines } = await judge({ outputs: { y: "y", statistics: "y" } });
    expect(code).toBe(1);
    expect(lines[0]).toContain("statistics: not produced");
  });

  it("fails a tensor that the file does not hold", async () => {
    const { code, lines } = await judge({ outputs: { y: "nowhere" } });
    expect(code).toBe(1);
    expect(lines[0]).toContain('no tensor "nowhere"');
  });

  it("fails an op nobody knows, unless told to skip it", async () => {
    expect(await judge({ op: "softmux" })).toEqual({
      code: 1,
      lines: ["unknown: softmux (1 cases)", "0 passed, 1 failed"],
    });
    expect(await judge({ op: "softmux", args: ["--skip-unknown"] })).toEqual({
      code: 0,
      lines: ["unknown: softmux (1 cases)", "0 passed, 0 failed"],
    });
  });

  it.each([
    ["some", 0],
    ["softmax", 0],
    ["a_c*", 0],
    ["a_c", 1],
  ])("with --only %s ends with %d", async (name, code) => {
    expect((await judge({ args: ["--only", name] })).code).toBe(code);
  });

  it("refuses a flag it does not know", async () => {
    await expect(judge({ args: ["--skip"] })).rejects.toThrow("unknown option --skip");
  });
});
