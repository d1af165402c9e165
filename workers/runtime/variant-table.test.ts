import { describe, expect, it } from "vitest";
import { FaultError } from "../../kernels/core/fault.ts";
import { livingRows, rowsOfFile, slugOf } from "./variant-table.ts";

const HERE = {
  vendor: "mesa",
  architecture: "software",
  device: "llvmpipe (LLVM 19.1, 256 bits)",
  description: "Mesa 25.0",
};
const ROWS = { "matmul/many.nn": "plain", "attention/wide.long": "blocks1" };

const faultOf = (data: unknown) => {
  try {
    rowsOfFile(data, HERE, "t.json");
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  throw new Error("nothing was refused");
};

describe("a table of kernel variants", () => {
  it("is called by its adapter", () => {
    expect(slugOf(HERE)).toBe("mesa-software-llvmpipe-llvm-19-1-256-bits-mesa-25-0");
    expect(slugOf({ vendor: "", architecture: "", device: "", description: "" })).toBe("adapter");
  });

  it("is read from a file of the same adapter", () => {
    expect(rowsOfFile({ adapter: HERE, rows: ROWS, report: [] }, HERE, "t.json")).toEqual(ROWS);
  });

  it.each([
    ["what is no table", [1, 2], "it has no adapter and rows"],
    ["nothing", null, "it has no adapter and rows"],
    ["rows that are no names", { adapter: HERE, rows: { a: 1 } }, "it has no adapter and rows"],
    [
      "another adapter's",
      { adapter: { ...HERE, vendor: "intel" }, rows: ROWS },
      /on this adapter, mesa-.*; it belongs to intel-software/,
    ],
    [
      "a kernel that does not exist",
      { adapter: HERE, rows: { ...ROWS, "matmul/few.nn": "tile9x9" } },
      "matmul/few.nn: tile9x9 do not",
    ],
  ])("is refused when the file holds %s", (_, data, message) => {
    const fault = faultOf(data);
    expect(fault.code).toBe("bad-config");
    expect(fault.message).toMatch(message);
    expect(fault.hint).toContain("npm run bench -- tune");
  });

  it("loses the rows that no longer name kernels", () => {
    const rows = { ...ROWS, "matmul/few.nn": "tile9x9", "softmax/wide": "plain" };
    expect(livingRows({ rows })).toEqual(ROWS);
  });
});
