import { expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../charts/settings.ts";
import { readSettings } from "./charts.ts";

it("reads what was kept, and gives way field by field where it cannot be", () => {
  const kept = { xAxis: "tokens", smoothing: 0.9, logX: true, logY: false, clip: true };
  expect(readSettings(JSON.stringify(kept))).toEqual(kept);
  expect(readSettings('{"xAxis":"tokens","smoothing":7,"logY":"yes","older":1}')).toEqual({
    ...DEFAULT_SETTINGS,
    xAxis: "tokens",
  });
  for (const bad of [null, "", "[]", "null", "{", "17"])
    expect(readSettings(bad)).toEqual(DEFAULT_SETTINGS);
});
