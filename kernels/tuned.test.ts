import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "./core/adapter.ts";
import { rowName } from "./core/variants.ts";
import { FAMILIES, TUNED, type TunedSample } from "./tuned.ts";

const ADAPTERS = ["lavapipe", "swiftshader", "gpu"] as const;

const CLASSES = TUNED.flatMap((tuned) =>
  tuned.family.classes.map(
    (shapeClass) => [rowName(tuned.family.name, shapeClass), tuned, shapeClass] as const,
  ),
);

function choicesOf({ op, inputs, attrs }: TunedSample, adapterClass: (typeof ADAPTERS)[number]) {
  const outputs = op.infer(inputs, attrs);
  const accumulate = outputs.map(() => false);
  const adapter = { ...BASELINE_PROFILE, adapterClass };
  return op.plan({ inputs, outputs, attrs, accumulate, adapter }).choices ?? [];
}

describe("what families are measured on", () => {
  it.each(CLASSES)("is a problem of the class %s", (row, tuned, shapeClass) => {
    for (const adapter of ADAPTERS) {
      const { timed, judged } = tuned.samples(shapeClass, adapter);
      expect(choicesOf(timed, adapter).map((choice) => choice.row)).toEqual([row]);
      for (const sample of judged)
        for (const choice of choicesOf(sample, adapter))
          expect(choice.row).toMatch(rowName(tuned.family.name, ""));
      expect(judged.length).toBeGreaterThan(0);
    }
  });

  it.each(FAMILIES.map((family) => [family.name, family] as const))(
    "names variants of %s that exist",
    (_, { variants, classes, shipped }) => {
      const names = variants.map(({ name }) => name);
      expect(names[0]).toBe("plain");
      expect(new Set(names).size).toBe(names.length);
      for (const adapter of ADAPTERS)
        for (const shapeClass of classes) expect(names).toContain(shipped(adapter, shapeClass));
    },
  );
});
