// Ways to damage valid files. Bytes, text and JSON have their own: a mutation that keeps most of a file's
// structure reaches code behind the first check, where random bytes never come.
import type { Draws } from "./random.ts";

export type Mutator = (bytes: Uint8Array, draws: Draws) => Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// --- bytes -----------------------------------------------------------------------------------------

const EDGE_BYTES = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff];

type ByteEdit = (bytes: Uint8Array, at: number, draws: Draws) => Uint8Array;

const splice = (bytes: Uint8Array, at: number, removed: number, added: Uint8Array) => {
  const end = Math.min(bytes.length, at + removed);
  const result = new Uint8Array(bytes.length - (end - at) + added.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(bytes.subarray(end), at + added.length);
  return result;
};

const BYTE_EDITS: Readonly<Record<string, ByteEdit>> = {
  flipBit: (bytes, at, draws) => {
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ (1 << draws.below(8));
    return copy;
  },
  setEdge: (bytes, at, draws) => {
    const copy = bytes.slice();
    copy[at] = draws.pick(EDGE_BYTES);
    return copy;
  },
  /** A length field made huge: most formats have four or eight of these bytes in a row. */
  fill: (bytes, at, draws) => {
    const copy = bytes.slice();
    copy.fill(draws.pick([0x00, 0xff, 0x7f]), at, at + draws.pick([2, 4, 8, 64]));
    return copy;
  },
  insert: (bytes, at, draws) =>
    splice(
      bytes,
      at,
      0,
      Uint8Array.from({ length: 1 + draws.below(16) }, () => draws.below(256)),
    ),
  remove: (bytes, at, draws) => splice(bytes, at, 1 + draws.below(32), new Uint8Array()),
  duplicate: (bytes, at, draws) => splice(bytes, at, 0, bytes.slice(at, at + 1 + draws.below(256))),
  truncate: (bytes, at) => bytes.slice(0, at),
  behead: (bytes, at) => bytes.slice(at),
  swap: (bytes, at, draws) => {
    const length = 1 + draws.below(64);
    const other = draws.below(bytes.length);
    const copy = bytes.slice();
    copy.set(bytes.slice(other, other + length).subarray(0, copy.length - at), at);
    return copy;
  },
};

/** One to four edits at random places. */
export const mutateBytes: Mutator = (bytes, draws) => {
  let result = bytes;
  for (let edit = 0; edit < 1 + draws.below(4); edit++) {
    if (result.length === 0) return Uint8Array.of(draws.below(256));
    result = (BYTE_EDITS[draws.pick(Object.keys(BYTE_EDITS))] as ByteEdit)(
      result,
      draws.below(result.length),
      draws,
    );
  }
  return result;
};

// --- text ------------------------------------------------------------------------------------------

/** Pieces of a text as a grammar might see them: words, numbers, runs of space, single signs. */
const PIECES = /\s+|[\p{L}_]+|\d+|./gsu;
const EDGE_PIECES = [
  "",
  " ",
  "\n",
  "\r\n",
  "\u0000",
  "\ufeff",
  '"',
  '""',
  "'",
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "0",
  "-1",
  "1e308",
  "9007199254740993",
  "NaN",
  "null",
  "𝕏",
  "\ud800",
];

/** Pieces of a text moved, repeated, dropped or replaced; `vocabulary` is of the format. */
export const mutateText =
  (vocabulary: readonly string[] = []): Mutator =>
  (bytes, draws) => {
    const pieces = decoder.decode(bytes).match(PIECES) ?? [""];
    const words = [...vocabulary, ...EDGE_PIECES];
    for (let edit = 0; edit < 1 + draws.below(5); edit++) {
      const at = draws.below(pieces.length);
      const kind = draws.below(6);
      if (kind === 0) pieces.splice(at, 1 + draws.below(8));
      else if (kind === 1) pieces.splice(at, 0, draws.pick(words));
      else if (kind === 2) pieces[at] = draws.pick(words);
      else if (kind === 3) pieces.splice(at, 0, ...pieces.slice(at, at + 1 + draws.below(20)));
      else if (kind === 4) pieces[at] = (pieces[at] ?? "").repeat(1 + draws.below(200));
      else pieces[at] = pieces[draws.below(pieces.length)] ?? "";
    }
    return encoder.encode(pieces.join(""));
  };

// --- JSON ------------------------------------------------------------------------------------------

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Values that break what expects another; deep and long ones are bounded by the input's own budget. */
const EDGE_VALUES: readonly (() => Json)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 0.5,
  () => 1e308,
  () => 4_294_967_296,
  () => 9_007_199_254_740_991,
  () => -2_147_483_649,
  () => "",
  () => "x".repeat(2_000),
  () => "\ud800",
  () => "__proto__",
  () => "constructor",
  () => [],
  () => ({}),
  () => Array.from({ length: 500 }, () => 0),
  () => nested(400),
];

function nested(depth: number): Json {
  let value: Json = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

interface Place {
  readonly parent: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

/** Every place of a tree that holds a value. */
function placesOf(root: Json): Place[] {
  const places: Place[] = [];
  const visit = (node: Json) => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Array.isArray(node) ? node.keys() : Object.keys(node)) {
      places.push({ parent: node, key });
      visit((node as Record<string | number, Json>)[key] as Json);
    }
  };
  visit(root);
  return places;
}

const valueAt = ({ parent, key }: Place): Json =>
  (parent as Record<string | number, Json>)[key] as Json;
const setAt = ({ parent, key }: Place, value: Json) => {
  Object.defineProperty(parent, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
};

/** A tree with one to four values replaced, dropped, renamed, repeated or swapped. */
export function mutateJson(root: Json, draws: Draws): Json {
  const tree = structuredClone({ root });
  for (let edit = 0; edit < 1 + draws.below(4); edit++) {
    const places = placesOf(tree as Json);
    const place = draws.pick(places);
    const { parent, key } = place;
    const kind = draws.below(5);
    if (kind <= 1) setAt(place, draws.pick(EDGE_VALUES)());
    else if (kind === 2) {
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else if (parent !== (tree as Json)) delete parent[key];
    } else if (kind === 3) {
      if (Array.isArray(parent)) parent.splice(Number(key), 0, structuredClone(valueAt(place)));
      else setAt({ parent, key: draws.pick([`${key}s`, "__proto__", ""]) }, valueAt(place));
    } else {
      const other = draws.pick(places);
      // A value put inside itself would have no end.
      const copy = structuredClone(valueAt(other));
      setAt(place, copy);
    }
  }
  return tree.root;
}

/** A JSON file damaged as a tree, or now and then as text. */
export const mutateJsonFile: Mutator = (bytes, draws) => {
  if (draws.chance(0.2)) return mutateText(["{", "}", "[", "]", '"', ",", ":"])(bytes, draws);
  const root = JSON.parse(decoder.decode(bytes)) as Json;
  return encoder.encode(JSON.stringify(mutateJson(root, draws)));
};
