import { type LanguageConfig, parseLanguageConfig } from "../../../configs/schema/language.ts";
import { differingPaths, leafText, leavesOf, shortKeys } from "../../lib/config-leaves.ts";
import { telling } from "../../lib/run-labels.ts";
import { PRESETS } from "../../stores/presets.ts";

/**
 * What a run's settings change of the preset that it is named after: "learning_rate 0.01"; none where it changes
 * nothing, null where there is no such preset.
 */
export function whatDiffers(config: LanguageConfig): readonly string[] | null {
  for (const preset of Object.values(PRESETS)) {
    const parsed = parseLanguageConfig(preset);
    if (!parsed.ok || parsed.config.title !== config.title) continue;
    const [own, usual] = [leavesOf(config), leavesOf(parsed.config)];
    const paths = telling(differingPaths([usual, own]));
    const keyOf = shortKeys(paths);
    return paths.map((path) => `${keyOf(path)} ${leafText(own.get(path))}`);
  }
  return null;
}
