// Reading config.json of strangers: every key is looked at with the question what it must be.
import { FaultError } from "../../kernels/core/fault.ts";

/** A parsed config.json, or an object inside it. */
export type HfConfig = Readonly<Record<string, unknown>>;

const HINT = "Use the config.json that was published with the model.";

/** A value that cannot be, as a Fault. */
export function badConfig(must: string, met: string, hint = HINT): FaultError {
  return new FaultError("bad-model", `config.json: ${must}; ${met}.`, hint);
}

/** Typed access to keys. A key that is absent or null has its default; without a default it must be there. */
export interface ConfigReader {
  /** A whole number, at least 1. */
  count(key: string, fallback?: number): number;
  /** A positive number. */
  positive(key: string, fallback?: number): number;
  /** As count, but null is a value of its own: only an absent key has the default. */
  countOrNull(key: string, fallback: number | null): number | null;
  /** As positive, but null is a value of its own: only an absent key has the default. */
  positiveOrNull(key: string, fallback: number | null): number | null;
  /** A number, at least 0. */
  share(key: string, fallback: number): number;
  flag(key: string, fallback: boolean): boolean;
  /** One of the keys of `table`, as its value. */
  choice<T>(key: string, table: Readonly<Record<string, T>>, fallback?: string): T;
  /** An object, or null. */
  object(key: string): ConfigReader | null;
  /** A list, or null. */
  list(key: string): readonly unknown[] | null;
  /** A token id; the first of a list; null where there is none. */
  tokenId(key: string): number | null;
  /** Refuses any value but these: what we cannot compute must not be ignored. */
  only(key: string, allowed: readonly unknown[]): void;
  has(key: string): boolean;
}

/** No model comes near, and a table of this size can still be built. */
const MAX_COUNT = 2 ** 31 - 1;

export function readConfig(config: HfConfig, path = ""): ConfigReader {
  const has = (key: string) =>
    Object.hasOwn(config, key) && config[key] !== null && config[key] !== undefined;
  const numeric = <T extends number | undefined>(
    key: string,
    fallback: T,
    must: string,
    test: (value: number) => boolean,
  ): number => {
    const value = has(key) ? config[key] : fallback;
    if (typeof value !== "number" || !test(value))
      throw badConfig(`${path}${key} must be ${must}`, `it is ${show(value)}`);
    return value;
  };
  const count = (key: string, fallback?: number) =>
    numeric(
      key,
      fallback,
      "a whole number, 1 or more",
      (value) => Number.isInteger(value) && value >= 1 && value <= MAX_COUNT,
    );
  const positive = (key: string, fallback?: number) =>
    numeric(key, fallback, "a positive number", (value) => value > 0 && Number.isFinite(value));
  const orNull =
    (read: (key: string) => number) =>
    (key: string, fallback: number | null): number | null => {
      if (has(key)) return read(key);
      return Object.hasOwn(config, key) ? null : fallback;
    };
  return {
    has,
    count,
    positive,
    countOrNull: orNull(count),
    positiveOrNull: orNull(positive),
    share: (key, fallback) =>
      numeric(
        key,
        fallback,
        "a number, 0 or more",
        (value) => value >= 0 && Number.isFinite(value),
      ),
    flag: (key, fallback) => {
      const value = has(key) ? config[key] : fallback;
      if (typeof value !== "boolean")
        throw badConfig(`${path}${key} must be true or false`, `it is ${show(value)}`);
      return value;
    },
    choice: <T>(key: string, table: Readonly<Record<string, T>>, fallback?: string): T => {
      const value = has(key) ? config[key] : fallback;
      if (typeof value !== "string" || !Object.hasOwn(table, value))
        throw badConfig(
          `${path}${key} must be one of ${Object.keys(table).join(", ")}`,
          `it is ${show(value)}`,
        );
      return table[value] as T;
    },
    object: (key) => {
      if (!has(key)) return null;
      const value = config[key];
      if (typeof value !== "object" || Array.isArray(value))
        throw badConfig(`${path}${key} must be an object`, `it is ${show(value)}`);
      return readConfig(value as HfConfig, `${path}${key}.`);
    },
    list: (key) => {
      if (!has(key)) return null;
      const value = config[key];
      if (!Array.isArray(value))
        throw badConfig(`${path}${key} must be a list`, `it is ${show(value)}`);
      return value;
    },
    tokenId: (key) => {
      if (!has(key)) return null;
      const value: unknown = Array.isArray(config[key]) ? config[key][0] : config[key];
      if (value === undefined || value === null) return null;
      if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > MAX_COUNT)
        throw badConfig(`${path}${key} must be a token id`, `it is ${show(config[key])}`);
      return value;
    },
    only: (key, allowed) => {
      if (!has(key) || allowed.includes(config[key])) return;
      throw badConfig(
        `${path}${key} must be ${[...allowed.map(show), "absent"].join(" or ")}`,
        `it is ${show(config[key])}`,
        "This variant cannot be computed here yet: choose another model.",
      );
    },
  };
}

/** A value as messages show it. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** Keys whose values are floats: Python tells 8.0 from 8, and some of its checks mind. */
const FLOAT_KEYS: ReadonlySet<string> = new Set([
  "attn_pdrop",
  "attention_dropout",
  "embd_pdrop",
  "resid_pdrop",
  "embed_dropout",
  "resid_dropout",
  "layer_norm_epsilon",
  "layer_norm_eps",
  "rms_norm_eps",
  "initializer_range",
  "rope_theta",
  "rope_local_base_freq",
  "rotary_pct",
  "partial_rotary_factor",
  "attn_logit_softcapping",
  "final_logit_softcapping",
  "factor",
  "high_freq_factor",
  "low_freq_factor",
]);

/** A config as text, indented as Python writes it, floats with a point. */
export function stringifyConfig(value: unknown, indent = "", key = ""): string {
  if (typeof value === "number")
    return FLOAT_KEYS.has(key) && Number.isInteger(value) && Math.abs(value) < 1e16
      ? `${value}.0`
      : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => stringifyConfig(item, inner))
    : Object.entries(value).map(
        ([name, item]) => `${JSON.stringify(name)}: ${stringifyConfig(item, inner, name)}`,
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return items.length === 0
    ? `${open}${close}`
    : `${open}\n${items.map((item) => `${inner}${item}`).join(",\n")}\n${indent}${close}`;
}

/** Equality of JSON values, whatever the order of keys; an absent key is not null. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as HfConfig];
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && isSameJson(value, right[key]))
  );
}
