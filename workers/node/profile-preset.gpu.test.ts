import { describe, expect, it } from "vitest";
import { formatProfile } from "../../kernels/core/profile.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { profilePreset } from "./profile-preset.ts";

describe("profilePreset", () => {
  it("x", async () => {
    const gpu = await testGpu();
    const p = await profilePreset(gpu, "configs/presets/language/nano.yaml");
    console.log(formatProfile(p));
    console.log(formatProfile(p, "paths"));
    expect(p.steps).toBe(5);
  });
});
