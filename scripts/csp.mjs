// What the page may do, as text: the one source of the Content-Security-Policy. It stands in index.html
// and in public/_headers word for word, and scripts/serve.mjs sends it with every file; a test compares
// all three. Workers obey the header of their own file, not the page's <meta>.
//   node scripts/csp.mjs            compares; exit code 1 where a file says something else
//   node scripts/csp.mjs --write    writes both files anew
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The model hub, and where it sends those who download: its stores live below both names. */
const HUB = [
  "https://huggingface.co",
  "https://*.huggingface.co",
  "https://hf.co",
  "https://*.hf.co",
];

/**
 * The policy. Nothing is allowed but what is named; directives that a <meta> would ignore
 * (frame-ancestors, sandbox, reporting) are left out, so that the same text serves in both places.
 *
 * @param {readonly string[]} hubs further origins that models may come from, such as a stand-in for the hub: "http://localhost:8080".
 */
export function contentSecurityPolicy(hubs = []) {
  const directives = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    // Mantine and the chart library write style elements and attributes; see docs/decisions.md.
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'", ...HUB, ...hubs],
    "worker-src": ["'self'"],
    "manifest-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, values]) => [name, ...values].join(" "))
    .join("; ");
}

/**
 * Headers of every answer. The last stands for frame-ancestors, which a <meta> cannot say.
 *
 * @param {readonly string[]} hubs
 */
export const securityHeaders = (hubs = []) => ({
  "content-security-policy": contentSecurityPolicy(hubs),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "SAMEORIGIN",
});

/**
 * An origin as the policy names it.
 *
 * @throws Error where the address is none of http or https.
 */
export function originOf(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw new Error(
      `--hub must be an address such as http://127.0.0.1:8080; it is ${JSON.stringify(address)}.`,
    );
  return url.origin;
}

/** The same page under a policy that names further hubs. */
export const withHubs = (html, hubs) =>
  html.replace(contentSecurityPolicy(), contentSecurityPolicy(hubs));

const META = /<meta\s+http-equiv="Content-Security-Policy"\s+content="[^"]*"\s*\/>/;

/** The <meta> of a page; build tools that need inline scripts take it out. */
export const withoutPolicy = (html) => html.replace(META, "");

/** `Name-In-Capitals`, as the files of static hosts write it. */
const capitals = (name) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

/** Contents of public/_headers, read by static hosts that know such a file. */
const headersFile = () =>
  [
    "/*",
    ...Object.entries(securityHeaders()).map(([name, value]) => `  ${capitals(name)}: ${value}`),
    "",
  ].join("\n");

/** Both files, with what they must hold. */
export function policyFiles(root) {
  const page = readFileSync(join(root, "index.html"), "utf8");
  const meta = `<meta\n      http-equiv="Content-Security-Policy"\n      content="${contentSecurityPolicy()}"\n    />`;
  if (!META.test(page))
    throw new Error("csp: index.html must have a <meta> for the Content-Security-Policy.");
  return {
    "index.html": page.replace(META, meta),
    "public/_headers": headersFile(),
  };
}

function main(args) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  for (const [path, wanted] of Object.entries(policyFiles(root))) {
    if (args.includes("--write")) writeFileSync(join(root, path), wanted);
    else if (readFileSync(join(root, path), "utf8") !== wanted) {
      console.error(`csp: ${path} must hold the policy of scripts/csp.mjs. Run it with --write.`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
