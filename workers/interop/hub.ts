// The model hub as files: what a repository holds at one commit, and where its files lie. It asks only
// the address it was given; a token goes there and to no other host.
// Source: https://huggingface.co/docs/hub/api, and huggingface_hub's hf_api.py and file_download.py.
import * as z from "../../configs/zod.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import { refusal } from "./hub-refusals.ts";

/** The public hub. */
const HUB_ADDRESS = "https://huggingface.co";

export interface HubOptions {
  /** Where the hub is, without a path at its end. Default: {@link HUB_ADDRESS}. */
  readonly address?: string;
  /** An access token, for repositories that ask for one. */
  readonly token?: string;
  /** For tests; the browser's own otherwise. */
  readonly fetch?: typeof fetch;
}

/** Models and datasets are kept apart: the same name may be both. */
export type HubKind = "model" | "dataset";

export interface HubRepo {
  readonly kind: HubKind;
  /** `owner/name`, or `name` for the oldest ones. */
  readonly name: string;
  /** Branch, tag or commit. Default: the branch that the hub shows. */
  readonly revision?: string;
}

/** What the hub says of a file's content. Large files have a SHA-256; the others are git blobs. */
export interface HubDigest {
  readonly kind: "sha256" | "git-blob";
  readonly hex: string;
}

export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  readonly digest: HubDigest;
}

/** A repository at one commit: what it holds cannot change any more. */
export interface HubListing {
  readonly kind: HubKind;
  readonly name: string;
  /** 40 hex digits. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

const PLACES: { readonly [K in HubKind]: { readonly api: string; readonly files: string } } = {
  model: { api: "api/models", files: "" },
  dataset: { api: "api/datasets", files: "datasets/" },
};

/** A hub that is silent for so long is not there. */
const ANSWER_MS = 30_000;
/** A listing of a thousand entries is some 300 kB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_PAGES = 200;

const infoSchema = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const bytesSchema = z.number().int().nonnegative();
const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: bytesSchema,
    oid: z.string(),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: bytesSchema }).optional(),
  }),
);

/**
 * What a person typed or pasted as a repository: `owner/name`, `owner/name@revision`, or its address in
 * the browser.
 *
 * @throws FaultError "bad-config" if it is none.
 */
export function readRepo(text: string, kind: HubKind = "model"): HubRepo {
  const typed = text.trim();
  const { path, revision } = /^https?:\/\//.test(typed) ? fromAddress(typed) : fromName(typed);
  const names = path[0] === `${kind}s` ? path.slice(1) : path;
  const isName = (name: string) => /^[\w.-]{1,96}$/.test(name) && !/^[-.]|[-.]$|--|\.\./.test(name);
  if (names.length < 1 || names.length > 2 || !names.every(isName))
    throw new FaultError(
      "bad-config",
      `A repository must be named as owner/name; ${JSON.stringify(typed.slice(0, 120))} was given.`,
      "Copy the name from the top of its page on the hub.",
    );
  return { kind, name: names.join("/"), ...(revision ? { revision } : {}) };
}

function fromName(typed: string): { path: string[]; revision: string | undefined } {
  const [name = "", ...revision] = typed.split("@");
  return { path: name.split("/"), revision: revision.join("@") || undefined };
}

function fromAddress(typed: string): { path: string[]; revision: string | undefined } {
  const path = URL.canParse(typed) ? new URL(typed).pathname.split("/").filter(Boolean) : [];
  const at = path.findIndex((part) => ["tree", "blob", "resolve"].includes(part));
  if (at < 1) return { path, revision: undefined };
  const revision = path[at + 1];
  return { path: path.slice(0, at), revision: revision && decoded(revision) };
}

/** As it was before it was put into an address; a stray % is none of that. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export class HubClient {
  /** Without a slash at its end. */
  readonly address: string;
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;

  /** @throws FaultError "bad-config" if the address is none. */
  constructor(options: HubOptions = {}) {
    const address = options.address?.trim() || HUB_ADDRESS;
    if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
      throw new FaultError(
        "bad-config",
        `The hub's address must begin with https://; it is ${JSON.stringify(address.slice(0, 120))}.`,
        `Leave it empty for the public hub, ${HUB_ADDRESS}.`,
      );
    const { origin, pathname } = new URL(address);
    this.address = (origin + pathname).replace(/\/+$/, "");
    this.#token = options.token?.trim() || undefined;
    // Bound: the browser's fetch refuses to be a method of anything else.
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /**
   * Everything that a repository holds, at the commit that its revision names now.
   *
   * @throws FaultError "hub" if there is no such repository or it may not be read, "network" if the hub
   *   does not answer or answers with what cannot be read; the signal's reason.
   */
  async list(repo: HubRepo, signal?: AbortSignal): Promise<HubListing> {
    const what = `${repo.kind} ${repo.name}`;
    const api = `${this.address}/${PLACES[repo.kind].api}/${repo.name}`;
    const at = repo.revision ? `/revision/${encodeURIComponent(repo.revision)}` : "";
    const { value: info } = await this.#json(`${api}${at}`, infoSchema, what, signal);
    const files: HubFile[] = [];
    let next: string | null = `${api}/tree/${info.sha}?recursive=true`;
    for (let page = 0; next; page++) {
      if (page === MAX_PAGES)
        throw new FaultError(
          "hub",
          `A repository may hold some ${MAX_PAGES} thousand files; the list of ${what} does not end.`,
          "Choose a smaller repository.",
        );
      const { value, link }: Answer<z.infer<typeof treeSchema>> = await this.#json(
        next,
        treeSchema,
        what,
        signal,
      );
      for (const entry of value) if (entry.type === "file") files.push(fileOf(entry, what));
      next = this.#nextPage(link);
    }
    return { kind: repo.kind, name: repo.name, commit: info.sha, files };
  }

  /** Where a file lies. The hub may send on from there to another host. */
  fileAddress(listing: Pick<HubListing, "kind" | "name" | "commit">, path: string): string {
    const below = path.split("/").map(encodeURIComponent).join("/");
    return `${this.address}/${PLACES[listing.kind].files}${listing.name}/resolve/${listing.commit}/${below}`;
  }

  /**
   * Asks for a file from some byte on. The answer may be whole all the same: look at its status.
   *
   * @throws FaultError as {@link list}; 416, there is no such byte, is handed on.
   */
  async open(
    listing: Pick<HubListing, "kind" | "name" | "commit">,
    path: string,
    offset: number,
    signal?: AbortSignal,
  ): Promise<Response> {
    const response = await this.#send(
      this.fileAddress(listing, path),
      // A range that the page asks for needs no leave of the other host; a condition (If-Range) would.
      offset > 0 ? { range: `bytes=${offset}-` } : {},
      signal,
    );
    if (response.ok || (response.status === 416 && offset > 0)) return response;
    throw await this.#refusal(response, `${path} of ${listing.kind} ${listing.name}`);
  }

  async #json<T>(
    address: string,
    schema: z.ZodType<T>,
    what: string,
    signal?: AbortSignal,
  ): Promise<Answer<T>> {
    const timeout = AbortSignal.timeout(ANSWER_MS);
    const patience = signal ? AbortSignal.any([signal, timeout]) : timeout;
    const response = await this.#send(address, { accept: "application/json" }, patience);
    if (!response.ok) throw await this.#refusal(response, what);
    const unreadable = (met: string, cause?: unknown) =>
      new FaultError(
        "network",
        `The hub must answer with what it knows of ${what}; ${met}.`,
        `Is ${this.address} a model hub? Look at its address in the settings.`,
        { cause },
      );
    let found: unknown;
    try {
      found = JSON.parse(await textOf(response, MAX_ANSWER_BYTES));
    } catch (error) {
      signal?.throwIfAborted();
      throw timeout.aborted
        ? silent(this.address)
        : unreadable("its answer is not JSON or was cut off", error);
    }
    const { success, data, error } = schema.safeParse(found);
    if (success) return { value: data, link: response.headers.get("link") };
    const [issue] = error.issues;
    throw unreadable(`it said ${issue?.path.join(".") ?? "something"}: ${issue?.message}`, error);
  }

  /** The next page of a listing. It must lie on the same host: the token goes with it. */
  #nextPage(link: string | null): string | null {
    const [, next] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? "") ?? [];
    if (next === undefined || !URL.canParse(next, this.address)) return null;
    const { pathname, search } = new URL(next, this.address);
    return new URL(pathname + search, this.address).href;
  }

  async #send(
    address: string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Response> {
    const init = (token: string | undefined, redirect: RequestRedirect): RequestInit => ({
      headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
      redirect,
      // Weights are kept by us; in the browser's cache they would lie twice.
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      ...(signal ? { signal } : {}),
    });
    try {
      if (!this.#token) return await this.#fetch(address, init(undefined, "follow"));
      return await this.#sendWithToken(address, this.#token, init);
    } catch (error) {
      if (isTimeout(signal?.reason)) throw silent(this.address);
      signal?.throwIfAborted();
      if (error instanceof FaultError) throw error;
      throw unreachable(this.address, error);
    }
  }

  /** Follows redirects without the token where they lead to another host. */
  async #sendWithToken(
    address: string,
    token: string,
    init: (token: string | undefined, redirect: RequestRedirect) => RequestInit,
  ): Promise<Response> {
    const { origin } = new URL(this.address);
    let at = address;
    for (let hops = 0; hops < 5; hops++) {
      const isOurs = new URL(at).origin === origin;
      const response = await this.#fetch(
        at,
        isOurs ? init(token, "manual") : init(undefined, "follow"),
      );
      if (response.type === "opaqueredirect") return this.#followInBrowser(at, token, init);
      const next = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || !next) return response;
      await response.body?.cancel();
      at = new URL(next, at).href;
    }
    throw new TypeError("too many redirects");
  }

  /** A page cannot see where it is sent, so the browser must be one that leaves the token behind. */
  #followInBrowser(
    address: string,
    token: string,
    init: (token: string | undefined, redirect: RequestRedirect) => RequestInit,
  ): Promise<Response> {
    // Chrome learnt both in version 119; the others knew about the token before they had this.
    if (!("withResolvers" in Promise))
      throw new FaultError(
        "hub",
        "A token must go to the hub alone; this browser would send it on to the host that keeps the file.",
        "Update the browser, or take the token out of the settings.",
      );
    return this.#fetch(address, init(token, "follow"));
  }

  async #refusal(response: Response, what: string): Promise<FaultError> {
    const { status, headers } = response;
    const code = headers.get("x-error-code");
    await response.body?.cancel();
    return refusal(what, {
      status,
      code,
      hasToken: this.#token !== undefined,
      address: this.address,
      wait: headers.get("retry-after"),
    });
  }
}

interface Answer<T> {
  readonly value: T;
  readonly link: string | null;
}

/** A host that cannot be reached. The browser does not say why, lest pages spy out networks. */
function unreachable(address: string, error: unknown): FaultError {
  const said = error instanceof Error ? error.message : String(error);
  return new FaultError(
    "network",
    `${address} must be reachable; the browser said: ${said}.`,
    "Look at the connection, and at the hub's address in the settings. This page may ask only the hosts that its server allows it: the public hub, and those named by npm start -- --hub ADDRESS.",
    { cause: error },
  );
}

const isTimeout = (reason: unknown): boolean =>
  reason instanceof DOMException && reason.name === "TimeoutError";

const silent = (address: string): FaultError =>
  new FaultError(
    "network",
    `${address} must answer; it has been silent for ${ANSWER_MS / 1_000} seconds.`,
    "Look at the connection, or try again in a while.",
  );

function fileOf(entry: z.infer<typeof treeSchema>[number], what: string): HubFile {
  const { path, size, oid, lfs } = entry;
  const names = path.split("/");
  if (names.some((name) => name === "" || name === "." || name === "..") || /[\\\0]/.test(path))
    throw new FaultError(
      "hub",
      `Files of a repository must have plain names; ${what} has ${JSON.stringify(path.slice(0, 120))}.`,
      "Choose another repository.",
    );
  return {
    path,
    bytes: lfs?.size ?? size,
    digest: lfs ? { kind: "sha256", hex: lfs.oid } : { kind: "git-blob", hex: oid },
  };
}

/** The body as text, read no further than the limit. @throws RangeError beyond it. */
async function textOf(response: Response, limit: number): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { value, done } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > limit) {
      await reader.cancel();
      throw new RangeError(`the answer has more than ${limit} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
