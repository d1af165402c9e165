// How the studio's page is served and built. Presets are YAML on disk and plain data in the bundle,
// so no YAML parser is fetched; every path is relative, so the built folder works on any static host.
import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { VitePWA, type VitePWAOptions } from "vite-plugin-pwa";
import { withoutPolicy } from "./scripts/csp.mjs";
import { yamlAsData } from "./vite.yaml.ts";

type ManifestTransform = NonNullable<VitePWAOptions["workbox"]["manifestTransforms"]>[number];

/** The hot-reloading page has inline scripts and a socket, which the page's policy forbids. */
const policyInBuiltPagesOnly = (): Plugin => ({
  name: "policy-in-built-pages-only",
  apply: "serve",
  transformIndexHtml: withoutPolicy,
});

/** Address of the page that is shown without a network. */
const KEPT_PAGE = "./?kept";

/** Keeps index.html under another address. */
const keepPageAs =
  (url: string): ManifestTransform =>
  (entries) => ({
    manifest: entries.map((entry) => (entry.url === "index.html" ? { ...entry, url } : entry)),
  });

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

export default defineConfig({
  base: "./",
  // VITE_BUILD tells builds of one version apart.
  define: {
    __VERSION__: JSON.stringify([version, process.env.VITE_BUILD].filter(Boolean).join("+")),
  },
  plugins: [
    yamlAsData(),
    policyInBuiltPagesOnly(),
    react(),
    VitePWA({
      // The page registers the worker itself, in built pages only, and decides when a new version comes into
      // force: app/session/offline.ts.
      registerType: "prompt",
      injectRegister: null,
      devOptions: { enabled: false },
      workbox: {
        globPatterns: ["**/*.{html,js,css,svg,png,json,wasm}"],
        maximumFileSizeToCacheInBytes: 16 * 1024 * 1024,
        // The first visit's page, too, gets what it fetches later from what is kept.
        clientsClaim: true,
        // The page comes from the network while there is one. What is kept of it belongs to the files that are
        // kept with it, so it has a name of its own, under which nobody asks for it but the rule below.
        navigateFallback: null,
        directoryIndex: null,
        manifestTransforms: [keepPageAs(KEPT_PAGE)],
        runtimeCaching: [
          {
            urlPattern: ({ request }) => request.mode === "navigate",
            handler: "NetworkOnly",
            options: { precacheFallback: { fallbackURL: KEPT_PAGE } },
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
          { src: "icon-192.png", sizes: "192x192", type: "image/png", purpose: "any" },
          { src: "icon-512.png", sizes: "512x512", type: "image/png", purpose: "any" },
          {
            src: "icon-maskable-512.png",
            sizes: "512x512",
            type: "image/png",
            purpose: "maskable",
          },
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
