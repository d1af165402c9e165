// Where the software Vulkan driver of Mesa (lavapipe) registers itself on Linux.
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FOLDERS = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/** Path of lavapipe's manifest, or null where it is not installed. */
export function findLavapipe() {
  for (const folder of FOLDERS) {
    if (!existsSync(folder)) continue;
    const file = readdirSync(folder).find((name) => /^lvp_icd.*\.json$/.test(name));
    if (file) return join(folder, file);
  }
  return null;
}

/**
 * Points the Vulkan loader at lavapipe, unless the caller chose a driver. Must run before the first
 * WebGPU call of the process: the loader reads the environment once.
 */
export function chooseSoftwareVulkan(env = process.env) {
  if (!env.VK_ICD_FILENAMES && !env.VK_DRIVER_FILES && !env.VITRINE_HARDWARE_GPU) {
    const lavapipe = findLavapipe();
    if (lavapipe) env.VK_ICD_FILENAMES = lavapipe;
  }
  if (!env.XDG_RUNTIME_DIR) env.XDG_RUNTIME_DIR = mkdtempSync(join(tmpdir(), "vitrine-xdg-"));
}
