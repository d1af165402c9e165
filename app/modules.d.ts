// Presets arrive as data: vite.config.ts turns YAML into a module.
declare module "*.yaml" {
  const data: unknown;
  export default data;
}
