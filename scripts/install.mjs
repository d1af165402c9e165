// What the project needs on a machine, and how to get it. Plain Node, because it runs before
// node_modules exists.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "./chromium.mjs";
import { findLavapipe } from "./software-vulkan.mjs";

export const root = resolve(fileURLToPath(import.meta.url), "../..");

/** Oldest Mesa whose lavapipe Dawn accepts. */
const MESA_MAJOR = 24;

/** @throws Error with what to do when Node is too old. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(
      `Vitrine needs Node 20.19 or newer; this is ${process.versions.node}. Install a current Node.`,
    );
}

/** Installs the packages of the lockfile when they are missing or older than it. */
export function ensurePackages() {
  const stamp = join(root, "node_modules/.package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log("Installing packages from the lockfile...");
  run("npm", ["ci", "--no-audit", "--no-fund"]);
}

/** Chromium and a software Vulkan driver: installed on Debian and Ubuntu as root, asked for elsewhere. */
export function ensureTestMachine() {
  const missing = [];
  if (!findChromium()) missing.push("chromium");
  if (!findLavapipe() && !process.env.VITRINE_HARDWARE_GPU) missing.push("mesa-vulkan-drivers");
  if (missing.length === 0) return;
  const canInstall = existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
  if (!canInstall)
    throw new Error(
      `The tests need ${missing.join(" and ")}.\n` +
        "Debian or Ubuntu:  sudo apt-get install chromium mesa-vulkan-drivers   (Mesa 24 or newer: on Debian 12 from bookworm-backports)\n" +
        "Elsewhere: install Chromium or Chrome and name it in VITRINE_CHROMIUM; set VITRINE_HARDWARE_GPU=1 to run kernels on this machine's own GPU.",
    );
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  console.log(`Installing ${missing.join(" and ")}...`);
  run("apt-get", ["update", "-qq"], { env });
  if (missing.includes("chromium")) run("apt-get", ["install", "-y", "-qq", "chromium"], { env });
  if (missing.includes("mesa-vulkan-drivers")) {
    const from = candidateMajor("mesa-vulkan-drivers") >= MESA_MAJOR ? [] : addBackports(env);
    run("apt-get", ["install", "-y", "-qq", ...from, "libvulkan1", "mesa-vulkan-drivers"], { env });
  }
}

function candidateMajor(name) {
  const policy = spawnSync("apt-cache", ["policy", name], { encoding: "utf8" }).stdout ?? "";
  return Number(/Candidate:\s*(?:\d+:)?(\d+)\./.exec(policy)?.[1] ?? 0);
}

/** Adds the backports suite of this release from the mirror the machine already uses. */
function addBackports(env) {
  const release = readFileSync("/etc/os-release", "utf8");
  const codename = /^VERSION_CODENAME=(.+)$/m.exec(release)?.[1]?.replaceAll('"', "");
  const source = codename && findSource(codename);
  if (!source)
    throw new Error(
      `The tests need mesa-vulkan-drivers ${MESA_MAJOR} or newer, and no apt source of this machine leads to it. Install it by hand.`,
    );
  const suite = `${codename}-backports`;
  const signed = source.signedBy ? `Signed-By: ${source.signedBy}\n` : "";
  writeFileSync(
    "/etc/apt/sources.list.d/vitrine-backports.sources",
    `Types: deb\nURIs: ${source.uri}\nSuites: ${suite}\nComponents: main\n${signed}`,
  );
  run("apt-get", ["update", "-qq"], { env });
  return ["-t", suite];
}

/** Mirror and key of the release's main suite, from either format of apt sources. */
function findSource(codename) {
  const folder = "/etc/apt/sources.list.d";
  const files = [
    "/etc/apt/sources.list",
    ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
  ].filter((file) => existsSync(file));
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    if (file.endsWith(".sources")) {
      for (const stanza of text.split(/\n\s*\n/)) {
        const field = (name) =>
          new RegExp(`^${name}:[ \\t]*(.+)$`, "m").exec(stanza)?.[1]?.trim() ?? "";
        if (field("Suites").split(/\s+/).includes(codename))
          return { uri: field("URIs").split(/\s+/)[0], signedBy: field("Signed-By") };
      }
    } else {
      const line = new RegExp(`^deb\\s+(?:\\[([^\\]]*)\\]\\s+)?(\\S+)\\s+${codename}\\s`, "m").exec(
        text,
      );
      if (line) return { uri: line[2], signedBy: /signed-by=(\S+)/.exec(line[1] ?? "")?.[1] ?? "" };
    }
  }
  return null;
}

/** @throws Error when the command fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed with exit code ${result.status}`);
}
