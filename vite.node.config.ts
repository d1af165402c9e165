// Builds the command-line entries of workers/node for Node: WGSL comes in through `?raw`.
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    ssr: true,
    outDir: "dist-node",
    target: "node20",
    emptyOutDir: true,
    minify: false,
    sourcemap: true,
    rollupOptions: {
      input: {
        bench: "workers/node/bench.ts",
        evidence: "workers/node/evidence.ts",
        fuzz: "workers/node/fuzz.ts",
        headless: "workers/node/headless.ts",
        vectors: "workers/node/vectors.ts",
      },
      output: { entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
    },
  },
  ssr: { noExternal: true, external: ["webgpu"] },
  logLevel: "warn",
});
