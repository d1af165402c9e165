import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { CHROMIUM_FLAGS, findChromium } from "./scripts/chromium.mjs";
import { yamlAsData } from "./vite.yaml.ts";

const executablePath = findChromium();

export default defineConfig({
  optimizeDeps: { noDiscovery: true, include: [] },
  test: {
    passWithNoTests: false,
    projects: [
      {
        plugins: [yamlAsData()],
        test: {
          name: "unit",
          environment: "node",
          include: ["{kernels,workers,configs,app,scripts}/**/*.test.{ts,tsx}"],
          exclude: ["**/*.gpu.test.ts", "**/node_modules/**"],
          // One for each core of the smallest machine: Vitest would leave one of them out.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "gpu-node",
          environment: "node",
          include: ["{kernels,workers}/**/*.gpu.test.ts"],
          setupFiles: ["workers/node/dawn.setup.ts"],
          // Forks, not threads: the Vulkan loader reads the process environment, which threads only copy.
          pool: "forks",
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "gpu-browser",
          include: ["kernels/**/*.gpu.test.ts", "workers/engine/**/*.gpu.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(executablePath && existsSync(executablePath) ? { executablePath } : {}),
                args: CHROMIUM_FLAGS,
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
