// Serves the built page on this machine only. Plain node:http: `npm start` must not need more.
//   node scripts/serve.mjs [--port N] [--folder dist] [--hub ADDRESS]...
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { originOf, securityHeaders, withHubs } from "./csp.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".wgsl": "text/plain; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
};

/**
 * Serves a folder on 127.0.0.1. A port of 0 takes any free one. Resolves with the server and the address
 * once it listens; rejects if the port is taken.
 *
 * @param {string} folder
 * @param {number} port
 * @param {{ hubs?: readonly string[] }} options `hubs`: addresses, beside the model hub's own, that the page's policy lets it fetch from.
 */
export function serveFolder(folder, port, { hubs = [] } = {}) {
  const root = resolve(folder);
  const origins = hubs.map(originOf);
  const headers = securityHeaders(origins);
  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      await answer(root, origins, request, response);
    } catch {
      response.writeHead(500).end("The file could not be read.");
    }
  });
  return new Promise((fulfil, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      fulfil({ server, address: `http://127.0.0.1:${server.address().port}/` });
    });
  });
}

async function answer(root, hubs, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  const path = pathOf(request.url);
  const file = path === null ? null : join(root, path.endsWith("/") ? `${path}index.html` : path);
  const facts = file?.startsWith(root + sep) ? await stat(file).catch(() => null) : null;
  if (!facts?.isFile()) {
    response
      .writeHead(404, { "content-type": "text/plain" })
      .end("Nothing is kept at this address.");
    return;
  }
  // The page's own <meta> says the same as the header: a request must be allowed by both.
  const page =
    hubs.length > 0 && extname(file) === ".html"
      ? Buffer.from(withHubs(await readFile(file, "utf8"), hubs))
      : null;
  // Names under assets/ carry a hash of their content; everything else may change with the next build.
  const isHashed = path.startsWith("/assets/");
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-length": page?.length ?? facts.size,
    "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
  });
  if (request.method === "HEAD") response.end();
  else if (page) response.end(page);
  else createReadStream(file).pipe(response);
}

/** The decoded path of a request, or null if it is not a path at all. */
function pathOf(url) {
  try {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    return path.includes("\0") ? null : path;
  } catch {
    return null;
  }
}

/** The value after `--name`, or the fallback. */
export function flagValue(args, name, fallback) {
  const at = args.indexOf(`--${name}`);
  return at === -1 ? fallback : args[at + 1];
}

/** Every value that follows a `--name`. */
export const flagValues = (args, name) =>
  args.flatMap((arg, at) => (arg === `--${name}` && at + 1 < args.length ? [args[at + 1]] : []));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const folder = flagValue(args, "folder", fileURLToPath(new URL("../dist", import.meta.url)));
  const { address } = await serveFolder(folder, Number(flagValue(args, "port", "4173")), {
    hubs: flagValues(args, "hub"),
  });
  console.log(address);
}
