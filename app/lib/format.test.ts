import { expect, it } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatLoss,
  formatRounded,
  formatSetting,
} from "./format.ts";

it("shows durations in their two largest units", () => {
  expect(formatDuration(9.4)).toBe("9 sec");
  expect(formatDuration(192)).toBe("3 min 12 sec");
  expect(formatDuration(7_500)).toBe("2 hr 5 min");
  expect(formatDuration(-1)).toBe("0 sec");
});

it("shows bytes in the unit that keeps them short", () => {
  expect(formatBytes(154_389_504)).toBe("154 MB");
  expect(formatBytes(1_500)).toBe("1.5 kB");
  expect(formatBytes(999_999)).toBe("1 MB");
});

it("gives losses a fixed number of decimals, settings none that were not typed", () => {
  expect(formatLoss(1.4)).toBe("1.400");
  expect(formatSetting(0.00006)).toBe("0.00006");
  expect(formatSetting(1_000)).toBe("1000");
});

it("says how long ago something was", () => {
  expect(formatAgo(5 * 60_000)).toBe("5 minutes ago");
  expect(formatAgo(3 * 3_600_000)).toBe("3 hours ago");
});

it("rounds to the digits that count, and writes what is tiny as a power", () => {
  expect(formatRounded(1.0449, 3)).toBe("1.04");
  expect(formatRounded(12_345, 3)).toBe("12,300");
  expect(formatRounded(1.379e-7, 2)).toBe("1.4E-7");
  expect(formatRounded(0, 2)).toBe("0");
});
