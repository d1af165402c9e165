// A stand-in for the model hub: folders on this machine at the hub's addresses, large files on a second
// host as the real one has them. Tests drive it; it can be slow and it can fail on command.
//   node scripts/hub-server.mjs FOLDER [--port N] [--files-port N]
// FOLDER/owner/name/... are models, FOLDER/datasets/owner/name/... are datasets.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { flagValue } from "./serve.mjs";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers":
    "ETag, Link, X-Error-Code, X-Error-Message, X-Repo-Commit, Accept-Ranges, Content-Range, Retry-After",
};
const PREFLIGHT = {
  ...CORS,
  "access-control-allow-methods": "GET, HEAD, OPTIONS",
  "access-control-allow-headers": "authorization, range",
};

const hexOf = (algorithm, ...parts) => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

/**
 * Starts both hosts. Ports of 0 take any free ones. Files from `largeBytes` on lie on the second host, and
 * so does every .safetensors and .parquet.
 *
 * @param {{ port?: number, filesPort?: number, largeBytes?: number, pageEntries?: number }} options
 */
export async function startHub(options = {}) {
  const hub = new Hub(options);
  await hub.listen(options.port ?? 0, options.filesPort ?? 0);
  return hub;
}

class Hub {
  /** `models/owner/name` to what it holds. */
  #repos = new Map();
  #blobs = new Map();
  #servers = [];
  #largeBytes;
  #pageEntries;
  /**
   * Every request so far.
   * @type {{ host: string, method: string | undefined, path: string, range: string | null, token: string | null }[]}
   */
  requests = [];
  /**
   * Bytes a millisecond that a file is sent with; null sends as fast as it can.
   * @type {number | null}
   */
  bytesPerMs = null;
  /**
   * What goes wrong with files whose path matches, `{path: RegExp, how, times}`. `how` is a status
   * (404, 401, 403, 429, 500) or one of
   *   "half"         half of what was asked for, then the connection is closed
   *   "long"         more bytes than the list says     "short"   fewer, and it says so
   *   "damaged"      other bytes of the right length   "no-ranges"  always the whole file
   * @type {{ path: RegExp, how: string | number, times?: number }[]}
   */
  faults = [];

  /** @param {{ largeBytes?: number, pageEntries?: number }} options */
  constructor({ largeBytes = 10 * 1024 * 1024, pageEntries = 1000 }) {
    this.#largeBytes = largeBytes;
    this.#pageEntries = pageEntries;
  }

  /**
   * @param {string} name
   * @param {Record<string, Uint8Array>} files
   * @param {{ kind?: "model" | "dataset", token?: string | null, branches?: string[] }} options
   */
  add(name, files, { kind = "model", token = null, branches = ["main"] } = {}) {
    const entries = Object.entries(files).map(([path, bytes]) => {
      const sha256 = hexOf("sha256", bytes);
      this.#blobs.set(sha256, bytes);
      return { path, bytes, sha256, oid: hexOf("sha1", `blob ${bytes.length}\0`, bytes) };
    });
    const commit = hexOf("sha1", name, ...entries.map(({ path, oid }) => `${path} ${oid}\n`));
    this.#repos.set(`${kind}s/${name}`, { name, commit, entries, token, branches });
    return commit;
  }

  /**
   * Adds every file below a folder.
   * @param {string} name
   * @param {string} folder
   * @param {{ kind?: "model" | "dataset", token?: string | null, branches?: string[] }} options
   */
  addFolder(name, folder, options = {}) {
    const files = {};
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const at = join(folder, path);
      if (statSync(at).isFile()) files[path.replaceAll("\\", "/")] = readFileSync(at);
    }
    return this.add(name, files, options);
  }

  async listen(port, filesPort) {
    const serve = (host, answer, wanted) =>
      new Promise((fulfil, reject) => {
        const server = createServer((request, response) => {
          const { authorization: token = null, range = null } = request.headers;
          const path = decodeURIComponent(request.url ?? "/");
          this.requests.push({ host, method: request.method, path, range, token });
          if (request.method === "OPTIONS") response.writeHead(204, PREFLIGHT).end();
          else answer(request, response);
        });
        server.once("error", reject);
        server.listen(wanted, "127.0.0.1", () => {
          this.#servers.push(server);
          fulfil(`http://127.0.0.1:${server.address().port}`);
        });
      });
    this.filesAddress = await serve("files", (...pair) => this.#answerFiles(...pair), filesPort);
    this.address = await serve("hub", (...pair) => this.#answerHub(...pair), port);
  }

  close() {
    return Promise.all(
      this.#servers.map(
        (server) =>
          new Promise((fulfil) => {
            server.close(fulfil);
            server.closeAllConnections();
          }),
      ),
    );
  }

  #answerHub(request, response) {
    const url = new URL(request.url, this.address);
    const api = /^\/api\/(models|datasets)\/(.+?)(?:\/(revision|tree)\/([^/]+))?$/.exec(
      url.pathname,
    );
    if (api) return this.#answerApi(request, response, url, api);
    const file = /^\/(datasets\/)?(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    if (!file) return refuse(response, 404, "EntryNotFound");
    const [, dataset, name, revision, path] = file.map((part) => part && decodeURIComponent(part));
    const repo = this.#allowed(
      request,
      response,
      `${dataset ? "datasets" : "models"}/${name}`,
      revision,
    );
    if (!repo) return;
    const entry = repo.entries.find((each) => each.path === path);
    if (!entry) return refuse(response, 404, "EntryNotFound");
    const status = this.#takeFault(path, (how) => typeof how === "number")?.how;
    if (status) return refuse(response, status, STATUS_CODES[status]);
    if (!this.#isLarge(entry)) return this.#send(request, response, entry);
    // A signed address: whoever has it needs no token.
    response
      .writeHead(302, {
        ...CORS,
        location: `${this.filesAddress}/${entry.sha256}?${new URLSearchParams({ signed: "yes", path })}`,
        "content-length": 0,
      })
      .end();
  }

  #answerApi(request, response, url, [, kind, name, what, revision]) {
    const wanted = revision && decodeURIComponent(revision);
    const repo = this.#allowed(request, response, `${kind}/${decodeURIComponent(name)}`, wanted);
    if (!repo) return;
    const status = this.#takeFault(url.pathname, (how) => typeof how === "number")?.how;
    if (status) return refuse(response, status, STATUS_CODES[status]);
    if (what !== "tree") {
      const { commit, entries, token } = repo;
      const siblings = entries.map(({ path }) => ({ rfilename: path }));
      return sendJson(response, {
        id: repo.name,
        sha: commit,
        private: false,
        gated: token ? "manual" : false,
        siblings,
      });
    }
    const all = this.#tree(repo);
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const page = all.slice(from, from + this.#pageEntries);
    const next = new URL(url);
    next.searchParams.set("cursor", String(from + page.length));
    const hasMore = from + page.length < all.length;
    sendJson(response, page, hasMore ? { link: `<${next.href}>; rel="next"` } : {});
  }

  #tree({ entries }) {
    const folders = new Set();
    for (const { path } of entries)
      for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1))
        folders.add(path.slice(0, at));
    return [
      ...[...folders].map((path) => ({
        type: "directory",
        path,
        size: 0,
        oid: hexOf("sha1", path),
      })),
      ...entries.map((entry) => ({
        type: "file",
        path: entry.path,
        size: entry.bytes.length,
        oid: entry.oid,
        ...(this.#isLarge(entry)
          ? { lfs: { oid: entry.sha256, size: entry.bytes.length, pointerSize: 134 } }
          : {}),
      })),
    ];
  }

  #allowed(request, response, key, revision) {
    const repo = this.#repos.get(key);
    const { authorization } = request.headers;
    // As the hub does: without a token one does not learn what does not exist.
    if (!repo) refuse(response, authorization ? 404 : 401, "RepoNotFound");
    else if (repo.token && authorization !== `Bearer ${repo.token}`)
      refuse(response, authorization ? 403 : 401, "GatedRepo");
    else if (revision && revision !== repo.commit && !repo.branches.includes(revision))
      refuse(response, 404, "RevisionNotFound");
    else return repo;
    return null;
  }

  #isLarge({ path, bytes }) {
    return bytes.length >= this.#largeBytes || /\.(safetensors|parquet)$/.test(path);
  }

  #answerFiles(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.filesAddress);
    const sha256 = pathname.slice(1);
    const bytes = this.#blobs.get(sha256);
    if (!bytes) return refuse(response, 404, "EntryNotFound");
    // As object stores do: two ways to prove oneself are one too many.
    if (request.headers.authorization || searchParams.get("signed") !== "yes")
      return refuse(response, 400, "InvalidArgument");
    this.#send(request, response, { path: searchParams.get("path") ?? "", bytes, sha256 });
  }

  #takeFault(path, fits) {
    const fault = this.faults.find(
      (each) => each.path.test(path) && fits(each.how) && each.times !== 0,
    );
    if (fault?.times) fault.times--;
    return fault;
  }

  #send(request, response, { path, bytes: whole, sha256 }) {
    const how = this.#takeFault(path, (each) => typeof each === "string")?.how;
    const bytes = CHANGES[how]?.(whole) ?? whole;
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const offset = first === undefined || how === "no-ranges" ? 0 : Number(first);
    if (offset >= bytes.length && offset > 0)
      return response.writeHead(416, { ...CORS, "content-range": `bytes */${bytes.length}` }).end();
    const body = bytes.subarray(offset);
    response.writeHead(offset > 0 ? 206 : 200, {
      ...CORS,
      etag: `"${sha256}"`,
      "content-type": "application/octet-stream",
      "content-length": body.length,
      ...(how === "no-ranges" ? {} : { "accept-ranges": "bytes" }),
      ...(offset > 0
        ? { "content-range": `bytes ${offset}-${bytes.length - 1}/${bytes.length}` }
        : {}),
    });
    if (request.method === "HEAD") return response.end();
    this.#stream(
      response,
      how === "half" ? body.subarray(0, body.length >> 1) : body,
      how === "half",
    );
  }

  /** Sends at the wanted speed, which may change on the way. */
  async #stream(response, body, isCut) {
    const TICK_MS = 20;
    for (let at = 0; at < body.length && !response.destroyed; ) {
      const size = this.bytesPerMs === null ? body.length : Math.max(1, this.bytesPerMs * TICK_MS);
      response.write(body.subarray(at, at + size));
      at += size;
      if (this.bytesPerMs !== null) await new Promise((fulfil) => setTimeout(fulfil, TICK_MS));
    }
    if (!isCut) response.end();
    // What was written must have left before the line is cut.
    else setTimeout(() => response.destroy(), 50);
  }
}

const STATUS_CODES = { 401: "GatedRepo", 403: "GatedRepo", 404: "EntryNotFound", 416: "Range" };

const CHANGES = {
  long: (bytes) => Buffer.concat([bytes, Buffer.alloc(7)]),
  short: (bytes) => bytes.subarray(0, bytes.length - 7),
  damaged: (bytes) => {
    const other = Buffer.from(bytes);
    other[other.length - 1] ^= 1;
    return other;
  },
};

function refuse(response, status, code) {
  response
    .writeHead(status, {
      ...CORS,
      "content-type": "application/json",
      "x-error-code": code ?? "",
      "x-error-message": code ?? "",
    })
    .end(JSON.stringify({ error: code }));
}

function sendJson(response, value, headers = {}) {
  response
    .writeHead(200, { ...CORS, "content-type": "application/json; charset=utf-8", ...headers })
    .end(JSON.stringify(value));
}

/** Adds FOLDER/owner/name as models, FOLDER/datasets/owner/name as datasets. */
function addAll(hub, root, kind = "model") {
  const folders = (at) =>
    readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name: owner } of folders(root)) {
    if (kind === "model" && owner === "datasets") addAll(hub, join(root, owner), "dataset");
    else
      for (const { name } of folders(join(root, owner)))
        hub.addFolder(`${owner}/${name}`, join(root, owner, name), { kind });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const hub = await startHub({
    port: Number(flagValue(args, "port", "4180")),
    filesPort: Number(flagValue(args, "files-port", "4181")),
  });
  addAll(hub, resolve(args[0] ?? "."));
  console.log(`${hub.address} (large files at ${hub.filesAddress})`);
}
