import { describe, expect, it } from "vitest";
import { FaultError } from "../../kernels/core/fault.ts";
import { requireOneWindow } from "./one-window.ts";

const faultOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof FaultError ? error.fault : error;
  }
  return null;
};

describe("requireOneWindow", () => {
  const needs = { name: "a.txt", contextLength: 64, characters: 130 };

  it("passes what fills a window", () => {
    requireOneWindow({ ...needs, trainTokens: 65, validationTokens: 2 });
  });

  it("says how many characters would do", () => {
    // 2 characters per token and 9 of 10 tokens for training: 65 / 0.9 * 2 = 145 characters.
    const fault = faultOf(() =>
      requireOneWindow({ ...needs, characters: 100, trainTokens: 45, validationTokens: 5 }),
    );
    expect(fault).toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("window of 64 tokens"),
      hint: expect.stringContaining("about 145 characters"),
    });
  });

  it("asks for a validation part", () => {
    expect(
      faultOf(() => requireOneWindow({ ...needs, trainTokens: 100, validationTokens: 1 })),
    ).toMatchObject({ code: "bad-data", message: expect.stringContaining("validation part") });
  });
});
