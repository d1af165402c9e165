// Runs a command of workers/node: node scripts/node-entry.mjs NAME ARGS...
// Builds dist-node first when a source is newer than the bundle.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chooseSoftwareVulkan } from "./software-vulkan.mjs";

const root = resolve(fileURLToPath(import.meta.url), "../..");
const SOURCES = ["kernels", "workers", "configs", "vite.node.config.ts", "package.json"];

/** Time of the newest file below `path`, in milliseconds. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  let latest = stat.mtimeMs;
  for (const name of readdirSync(path))
    if (name !== "node_modules") latest = Math.max(latest, newest(join(path, name)));
  return latest;
}

export function buildIfStale(name) {
  const bundle = join(root, "dist-node", `${name}.mjs`);
  if (!existsSync(join(root, "node_modules"))) {
    console.error("The packages are not installed yet. Run: npm ci");
    process.exit(1);
  }
  const fresh =
    existsSync(bundle) &&
    statSync(bundle).mtimeMs > Math.max(...SOURCES.map((source) => newest(join(root, source))));
  if (!fresh) {
    const vite = join(root, "node_modules/vite/bin/vite.js");
    const built = spawnSync(
      process.execPath,
      [vite, "build", "--config", join(root, "vite.node.config.ts")],
      { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
    );
    if (built.status !== 0) process.exit(built.status ?? 1);
  }
  return bundle;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, ...args] = process.argv.slice(2);
  const bundle = buildIfStale(name);
  process.argv = [process.argv[0], bundle, ...args];
  chooseSoftwareVulkan();
  await import(pathToFileURL(bundle).href);
}
