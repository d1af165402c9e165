// Presets are YAML on disk and plain data in the bundle, so no YAML parser is fetched for them.
import type { Plugin } from "vite";
import { parse } from "yaml";

/** `import preset from "./nano.yaml"` gives the parsed data; `?raw` and `?url` stay as Vite has them. */
export const yamlAsData = (): Plugin => ({
  name: "yaml-as-data",
  transform(code, id) {
    if (!id.endsWith(".yaml")) return null;
    const data = JSON.stringify(parse(code));
    return { code: `export default ${data};`, map: null, moduleType: "js" };
  },
});
