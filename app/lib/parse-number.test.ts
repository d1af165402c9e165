import { expect, it } from "vitest";
import { parseNumber } from "./parse-number.ts";

it.each([
  ["12", 12],
  [" 0.003 ", 0.003],
  ["1e-3", 0.001],
  ["-5", -5],
  ["10 000", 10_000],
  ["1_000_000", 1_000_000],
  ["", undefined],
  ["   ", undefined],
  ["ten", "ten"],
  ["1e", "1e"],
  ["0,5", "0,5"],
  ["1e999", "1e999"],
])("reads %j as %j", (text, value) => {
  expect(parseNumber(text)).toBe(value);
});
