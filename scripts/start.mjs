// npm start: from a fresh clone with nothing but Node to the studio in a browser. Installs from the lockfile
// if that is needed, builds if the sources are newer than the build, serves it on 127.0.0.1.
//   npm start -- [--port N] [--no-open] [--hub ADDRESS]...
// The page may fetch models from the model hub alone; --hub adds another address that it may fetch from.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { flagValue, flagValues, serveFolder } from "./serve.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NEEDED = [20, 19];
const DEFAULT_PORT = 4173;
/** What the built page is made from. */
const SOURCES = [
  "app",
  "configs",
  "kernels",
  "workers",
  "public",
  "index.html",
  "vite.config.ts",
  "vite.yaml.ts",
  "package-lock.json",
];

/** Whether a version such as "20.19.0" is new enough. */
export function isNodeRecent(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** Newest modification below a path, in milliseconds; 0 where there is nothing. */
export function newestChange(path) {
  if (!existsSync(path)) return 0;
  const facts = statSync(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  const below = readdirSync(path).map((name) => newestChange(join(path, name)));
  // The folder's own time changes when a file in it is deleted.
  return Math.max(facts.mtimeMs, ...below);
}

/** Whether packages are missing, or older than the lockfile that names them. */
export function needsInstall(root) {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return true;
  return statSync(installed).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs;
}

/** Whether there is no build, or a source is newer than it. */
export function needsBuild(root) {
  const built = join(root, "dist", ".vite", "manifest.json");
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  return SOURCES.some((source) => newestChange(join(root, source)) > builtAt);
}

function run(what, command, args) {
  console.log(what);
  const isWindows = process.platform === "win32";
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: "inherit",
    shell: isWindows,
  });
  if (status === 0) return;
  console.error(
    `start: ${what} must succeed; ${error ? error.message : `${command} ended with ${status}`}. See the lines above.`,
  );
  process.exit(1);
}

function openBrowser(address) {
  const [command, args] =
    process.platform === "darwin"
      ? ["open", [address]]
      : process.platform === "win32"
        ? ["cmd", ["/c", "start", "", address]]
        : ["xdg-open", [address]];
  // Where there is no browser to open, the printed address is enough.
  spawn(command, args, { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}

async function main(args) {
  if (!isNodeRecent(process.versions.node)) {
    console.error(
      `start: Node must be ${NEEDED.join(".")} or later; this is ${process.versions.node}. Install one from https://nodejs.org`,
    );
    process.exit(1);
  }
  if (needsInstall(ROOT)) run("Installing packages", "npm", ["ci", "--no-audit", "--no-fund"]);
  if (needsBuild(ROOT))
    run("Building the page", "npm", ["run", "--silent", "build", "--", "--logLevel", "warn"]);
  const wanted = flagValue(args, "port", null);
  const { address } = await listen(wanted, flagValues(args, "hub"));
  console.log(`Vitrine is at ${address}`);
  if (!args.includes("--no-open") && !process.env.CI) openBrowser(address);
}

/** The wanted port or nothing else; without a wish, the usual port or any free one. */
async function listen(wanted, hubs) {
  const folder = join(ROOT, "dist");
  try {
    return await serveFolder(folder, wanted === null ? DEFAULT_PORT : Number(wanted), { hubs });
  } catch (error) {
    if (wanted === null && error.code === "EADDRINUSE") return serveFolder(folder, 0, { hubs });
    const isTaken = error.code === "EADDRINUSE";
    console.error(
      `start: ${isTaken ? `port ${wanted} must be free; ` : ""}${error.message}${isTaken ? ". Choose another with --port" : ""}`,
    );
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
