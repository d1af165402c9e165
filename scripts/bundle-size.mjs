// How much JavaScript is fetched before the Language lab can be used: the entry and everything it imports
// statically, as gzip. Charts, panels and workers are fetched later and do not count. Fails above the limit.
//   node scripts/bundle-size.mjs [DIST]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export const LIMIT_BYTES = 300_000;

/** Files of the entry's static import graph, in the order they are met. */
export function staticFiles(manifest) {
  const entry = Object.values(manifest).find(({ isEntry }) => isEntry);
  if (!entry)
    throw new Error(
      "bundle-size: the manifest must name an entry; it has none. Build the page first",
    );
  const files = new Set();
  const visit = (chunk) => {
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const name of chunk.imports ?? []) visit(manifest[name]);
  };
  visit(entry);
  return [...files];
}

/** Scripts that index.html itself asks for, module preloads included. */
export const pageFiles = (html) =>
  [...html.matchAll(/<(?:script|link)[^>]+(?:src|href)="\.\/([^"]+\.js)"/g)].map(
    ([, file]) => file,
  );

function main(dist) {
  const manifest = JSON.parse(readFileSync(join(dist, ".vite", "manifest.json"), "utf8"));
  const html = readFileSync(join(dist, "index.html"), "utf8");
  const files = [...new Set([...staticFiles(manifest), ...pageFiles(html)])];
  const sizes = files
    .map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file))).length }))
    .sort((one, other) => other.bytes - one.bytes);
  for (const { file, bytes } of sizes)
    console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${file}`);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  of ${LIMIT_BYTES / 1000} kB, gzip`);
  if (total > LIMIT_BYTES) {
    console.error(
      "bundle-size: move what is not needed at once into a chunk of its own (import())",
    );
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main(process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url)));
