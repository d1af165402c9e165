import { expect, it } from "vitest";
import { DEFAULT_CHARTS } from "../watch/chart-specs.ts";
import { readChoices } from "./watch.ts";

it("reads what was chosen, and gives way to the usual where it cannot", () => {
  expect(readChoices('{"charts":["train/lr"],"notifies":true}')).toEqual({
    charts: ["train/lr"],
    notifies: true,
  });
  // None is a choice too.
  expect(readChoices('{"charts":[]}').charts).toEqual([]);
  for (const bad of [null, "", "null", "7", '{"charts":[3]}', '{"notifies":"yes"}'])
    expect(readChoices(bad)).toEqual({ charts: DEFAULT_CHARTS, notifies: false });
});
