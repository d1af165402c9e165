import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import { f32, u32 } from "../../core/shape.ts";
import { chunksOf, groupSquares } from "./group-squares.ts";

const nd = (...data: number[]) => ({ shape: [data.length], data: Float64Array.from(data) });

describe("groupSquares", () => {
  it("adds up the squares of each group, gaps left out", () => {
    const x = nd(1, 2, 3, 9, 4, 5, 0, 9, 6);
    const chunks = { shape: [3, 2], data: Float64Array.of(0, 3, 4, 2, 8, 1) };
    const [sums] = groupSquares.reference([x, chunks, nd(0, 1, 0)], { groups: 3 });
    const after = { shape: [3], data: Float64Array.of(1, 2, 3) };
    const [carried] = groupSquares.reference([x, chunks, nd(0, 1, 0), after], { groups: 3 });
    expect([...(carried?.data ?? [])]).toEqual([51, 43, 3]);
    expect([...(sums?.data ?? [])]).toEqual([1 + 4 + 9 + 36, 16 + 25, 0]);
  });

  it("cuts long stretches, and only those", () => {
    const { chunks, owners } = chunksOf([
      { begin: 0, length: 20_000, group: 2 },
      { begin: 20_032, length: 5, group: 0 },
      { begin: 20_096, length: 0, group: 1 },
    ]);
    expect([...chunks]).toEqual([0, 8_192, 8_192, 8_192, 16_384, 3_616, 20_032, 5]);
    expect([...owners]).toEqual([2, 2, 2, 0]);
  });

  it("binds a page that exceeds the binding limit in windows", () => {
    const adapter = {
      ...BASELINE_PROFILE,
      limits: { ...BASELINE_PROFILE.limits, maxStorageBufferBindingSize: 1024 },
    };
    const { dispatches } = groupSquares.plan({
      inputs: [f32([600]), u32([4, 2]), u32([4])],
      outputs: [f32([2])],
      attrs: { groups: 2 },
      accumulate: [false],
      adapter,
    });
    expect(dispatches.map(({ params }) => params)).toEqual([
      { count: 4, first: 0, end: 256, mode: 0 },
      { count: 4, first: 256, end: 512, mode: 1 },
      { count: 4, first: 512, end: 600, mode: 1 },
      { count: 4, groups: 2, mode: 0 },
    ]);
  });

  it("refuses tables that do not belong together", () => {
    const infer = (chunks: number[], owners: number[], groups: number) =>
      groupSquares.infer([f32([8]), u32(chunks), u32(owners)], { groups });
    expect(() => infer([3, 2], [2], 1)).toThrow("groupSquares: chunks must be u32 [2, 2]");
    expect(() => infer([2, 2], [2], 0)).toThrow("groupSquares: needs a group or more");
  });
});
