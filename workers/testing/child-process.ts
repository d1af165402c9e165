// TypeScript in a process of its own, with a heap as small as a test wants it.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build } from "vite";

/** Bundles a file for Node into a folder; returns the path of the bundle. */
export async function bundleChild(entry: string, folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: "error",
    build: {
      ssr: entry,
      outDir: folder,
      target: "node20",
      minify: false,
      rollupOptions: { output: { entryFileNames: "child.mjs" } },
    },
    ssr: { noExternal: true },
  });
  return join(folder, "child.mjs");
}

/** @param heapMegabytes what V8 may use for objects that live on. */
export function runChild(bundle: string, args: readonly string[], heapMegabytes: number) {
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMegabytes}`, "--expose-gc", bundle, ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  let errors = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  child.stderr.on("data", (data) => {
    errors += data;
  });
  return new Promise<{ code: number | null; output: string; errors: string }>((resolve) => {
    child.on("exit", (code) => resolve({ code, output, errors }));
  });
}
