import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "./adapter.ts";
import {
  chooseVariant,
  everyRow,
  knownRows,
  tableOf,
  type Variant,
  type VariantFamily,
} from "./variants.ts";

const variant = (name: string, most = Number.POSITIVE_INFINITY): Variant<number> => ({
  name,
  serves: (n) => n <= most,
});

const FAMILY: VariantFamily<number> = {
  name: "f",
  variants: [variant("plain"), variant("quick"), variant("tiny", 4)],
  classes: ["small", "big"],
  classOf: (n) => (n < 10 ? "small" : "big"),
  shipped: (adapterClass, shapeClass) =>
    adapterClass === "gpu" ? (shapeClass === "small" ? "tiny" : "quick") : "plain",
};

const choose = (n: number, variants = {}) =>
  chooseVariant(FAMILY, n, { ...BASELINE_PROFILE, variants }).choice;

describe("chooseVariant", () => {
  it("takes the table's row, else the shipped one", () => {
    expect(choose(2)).toEqual({ row: "f/small", variant: "tiny", served: "tiny" });
    expect(choose(20)).toEqual({ row: "f/big", variant: "quick", served: "quick" });
    expect(choose(20, { "f/big": "plain" })).toMatchObject({ variant: "plain", served: "plain" });
    expect(choose(2, { "f/big": "plain" })).toMatchObject({ variant: "tiny" });
  });

  it("lets the plain one serve where the named one cannot, and still tells the name", () => {
    expect(choose(7)).toEqual({ row: "f/small", variant: "tiny", served: "plain" });
  });

  it("refuses a name that the family does not have", () => {
    expect(() => choose(2, { "f/small": "gone" })).toThrow(
      'f/small: the table must name one of plain, quick, tiny; it names "gone".',
    );
  });
});

describe("a table", () => {
  it("has a row for every class", () => {
    const variants = { "f/big": "plain", "g/any": "quick" };
    expect(tableOf([FAMILY], { ...BASELINE_PROFILE, variants })).toEqual({
      "f/small": "tiny",
      "f/big": "plain",
    });
    expect(everyRow(FAMILY, "quick")).toEqual({ "f/small": "quick", "f/big": "quick" });
  });

  it("keeps what it knows", () => {
    const rows = { "f/big": "plain", "f/small": "gone", "f/huge": "plain", "g/any": "quick" };
    expect(knownRows([FAMILY], rows)).toEqual({ "f/big": "plain" });
  });
});
