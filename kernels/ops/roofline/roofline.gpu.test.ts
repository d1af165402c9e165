import { describe, expect, it } from "vitest";
import { testGpu } from "../../testing/gpu.ts";
import { measurePeaks } from "./roofline.ts";

describe("measurePeaks", () => {
  it("measures", async () => {
    const gpu = await testGpu();
    console.log(await measurePeaks(gpu));
    gpu.assertHealthy();
  });
});
