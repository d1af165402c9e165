import { describe, expect, it } from "vitest";
import type { OpDefinition } from "./core/op.ts";
import { OPS } from "./index.ts";

const isOp = (value: unknown): value is OpDefinition<never> =>
  typeof value === "object" &&
  value !== null &&
  "infer" in value &&
  "plan" in value &&
  "inputs" in value;

/** Every OpDefinition that a file below kernels/ops/ exports, by the name it is exported under. */
async function findExportedOps(): Promise<readonly (readonly [string, OpDefinition<never>])[]> {
  const files = import.meta.glob<Record<string, unknown>>([
    "./ops/*/*.ts",
    "!**/*.{test,bench,golden,cases,ref}.ts",
  ]);
  const modules = await Promise.all(Object.values(files).map((load) => load()));
  return modules.flatMap((module) =>
    Object.entries(module).flatMap(([name, value]) =>
      isOp(value) ? [[name, value] as const] : [],
    ),
  );
}

describe("the table of ops", () => {
  it("has a row for every op that is exported, and no others", async () => {
    const exported = await findExportedOps();
    expect(exported.length).toBeGreaterThan(40);
    expect(Object.keys(OPS).sort()).toEqual(exported.map(([name]) => name).sort());
    for (const [name, op] of exported) expect(OPS[name as keyof typeof OPS], name).toBe(op);
  });

  const rows: [string, OpDefinition<never>][] = Object.entries(OPS);

  it.each(rows)("knows %s whole", (key, op) => {
    expect(op.name).toBe(key);
    expect(typeof op.reference).toBe("function");
    if ("none" in op.gradient) expect(op.gradient.none).toMatch(/\w+ \w+/);
    else expect(typeof op.gradient.build).toBe("function");
  });

  it.each(rows)("finds in %s no name that two tensors share, and none that nobody has", (_, op) => {
    const inputs = op.inputs.map((name) => name.replace(/\?$/, ""));
    const saves = "none" in op.gradient ? [] : op.gradient.saves;
    expect(new Set([...inputs, ...op.outputs]).size).toBe(inputs.length + op.outputs.length);
    expect([...inputs, ...op.outputs]).toEqual(expect.arrayContaining([...saves]));
    expect(op.outputs).toEqual(expect.arrayContaining([...(op.accumulable ?? [])]));
    for (const [output, input] of Object.entries(op.inPlace ?? {})) {
      expect(op.outputs).toContain(output);
      expect(inputs).toContain(input);
    }
  });
});
