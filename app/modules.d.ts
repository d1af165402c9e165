// Presets arrive as data: vite.config.ts turns YAML into a module.
declare module "*.yaml" {
  const data: unknown;
  export default data;
}

/** The page's version, and what tells this build from others of it; see vite.config.ts. */
declare const __VERSION__: string;
