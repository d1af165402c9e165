// How the studio's page is served and built. Presets are YAML on disk and plain data in the bundle,
// so no YAML parser is fetched; every path is relative, so the built folder works on any static host.
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { parse } from "yaml";
import { withoutPolicy } from "./scripts/csp.mjs";

/** `import preset from "./nano.yaml"` gives the parsed data; `?raw` and `?url` stay as Vite has them. */
const yamlAsData = (): Plugin => ({
  name: "yaml-as-data",
  transform(code, id) {
    if (!id.endsWith(".yaml")) return null;
    const data = JSON.stringify(parse(code));
    return { code: `export default ${data};`, map: null, moduleType: "js" };
  },
});

/** The hot-reloading page has inline scripts and a socket, which the page's policy forbids. */
const policyInBuiltPagesOnly = (): Plugin => ({
  name: "policy-in-built-pages-only",
  apply: "serve",
  transformIndexHtml: withoutPolicy,
});

export default defineConfig({
  base: "./",
  plugins: [
    yamlAsData(),
    policyInBuiltPagesOnly(),
    react(),
    VitePWA({
      // The page registers the worker itself (app/session/offline.ts), in built pages only. The page comes from
      // the network while there is one, so a new build is seen at once; the cache is for when there is none.
      registerType: "autoUpdate",
      injectRegister: null,
      devOptions: { enabled: false },
      workbox: {
        globPatterns: ["**/*.{js,css,svg,json,wasm}"],
        navigateFallback: null,
        maximumFileSizeToCacheInBytes: 16 * 1024 * 1024,
        runtimeCaching: [
          {
            urlPattern: ({ request }) => request.mode === "navigate",
            handler: "NetworkFirst",
            options: { cacheName: "page", networkTimeoutSeconds: 5 },
          },
        ],
      },
      manifest: {
        name: "Vitrine",
        short_name: "Vitrine",
        description: "A training studio in one browser tab",
        start_url: "./",
        display: "standalone",
        background_color: "#fbfaf8",
        theme_color: "#147366",
        icons: [
          { src: "icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
          { src: "icon-maskable.svg", sizes: "any", type: "image/svg+xml", purpose: "maskable" },
        ],
      },
    }),
  ],
  worker: { format: "es", plugins: () => [yamlAsData()] },
  build: {
    target: "es2023",
    manifest: true,
    sourcemap: false,
    chunkSizeWarningLimit: 1_000,
  },
  server: { host: "127.0.0.1" },
});
