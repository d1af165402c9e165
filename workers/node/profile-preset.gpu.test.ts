import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatProfile } from "../../kernels/core/profile.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { profilePreset } from "./profile-preset.ts";

describe("profilePreset", () => {
  it("profiles the steps of a preset", async () => {
    const gpu = await testGpu();
    const before = gpu.counters.liveBytes;
    const profile = await profilePreset(gpu, "configs/presets/language/nano.yaml", { steps: 2 });
    expect(gpu.counters.liveBytes).toBe(before);
    expect(profile).toMatchObject({ method: "timestamps", steps: 2 });
    // 8 windows of 64 tokens through two blocks of 64 channels: 6 N T operations are most of a step.
    expect(profile.total.flops).toBeGreaterThan(6 * 100_000 * 512);
    expect(profile.total.flops).toBeLessThan(10 * 110_000 * 512);
    const table = formatProfile(profile).split("\n");
    expect(table).toHaveLength(6 + profile.kernels.length + 1);
    gpu.assertHealthy();
  });

  it("says what is wrong with a file", async () => {
    const gpu = await testGpu();
    const folder = await mkdtemp(join(tmpdir(), "vitrine-preset-"));
    const path = join(folder, "some.yaml");
    await expect(profilePreset(gpu, path)).rejects.toThrow(/must be a YAML file/);
    await writeFile(path, "lab: language\nmodel: { n_layers: -1 }\n");
    await expect(profilePreset(gpu, path)).rejects.toThrow(/valid config; model\.n_layers/);
    await rm(folder, { recursive: true });
  });
});
