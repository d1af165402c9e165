// Which Chromium the tests drive, and the flags that give it WebGPU without a GPU.
import { existsSync } from "node:fs";

const CANDIDATES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser named by VITRINE_CHROMIUM, or an installed one, or null. */
export function findChromium(env = process.env) {
  if (env.VITRINE_CHROMIUM) return env.VITRINE_CHROMIUM;
  return CANDIDATES.find((path) => existsSync(path)) ?? null;
}

/** SwiftShader as the WebGPU adapter; nothing that calls home. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-gpu-watchdog",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
