// The message catalogue and the code agree: no key is used that does not exist, none exists that is not used,
// and every language has the same keys.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { describeSchema } from "../../configs/schema/describe.ts";
import { languageSchema } from "../../configs/schema/language.ts";

const APP = join(import.meta.dirname, "..");
const LOCALES = import.meta.dirname;
const PLURAL = /_(zero|one|two|few|many|other)$/;

type Messages = { readonly [key: string]: string | Messages };

const flatten = (messages: Messages, prefix = ""): string[] =>
  Object.entries(messages).flatMap(([key, value]) =>
    typeof value === "string" ? [prefix + key] : flatten(value, `${prefix}${key}.`),
  );

/** English help of fields is the schema's own: it has no file. */
const HELP_OF_SCHEMA = describeSchema(languageSchema).flatMap(({ path, empty }) => [
  `help:help.${path}`,
  ...(empty === null ? [] : [`help:empty.${path}`]),
]);

/** `ns:key` of every message, plural forms as one. */
function keysOf(language: string): Set<string> {
  const folder = join(LOCALES, language);
  const files = readdirSync(folder);
  if (language === "en") expect(files).not.toContain("help.json");
  return new Set([
    ...(language === "en" ? HELP_OF_SCHEMA : []),
    ...files.flatMap((file) => {
      const messages = JSON.parse(readFileSync(join(folder, file), "utf8")) as Messages;
      const namespace = file.replace(/\.json$/, "");
      return flatten(messages).map((key) => `${namespace}:${key.replace(PLURAL, "")}`);
    }),
  ]);
}

interface Use {
  readonly file: string;
  /** Text with `*` where something is filled in. */
  readonly text: string;
  /** Whether it is the first argument of a translating function. */
  readonly isKey: boolean;
}

/** Every string and template literal of the page's code. */
function literals(): Use[] {
  const uses: Use[] = [];
  for (const file of readdirSync(APP, { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(file) || /\.test\.tsx?$|\.d\.ts$/.test(file)) continue;
    const code = readFileSync(join(APP, file), "utf8");
    const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node) => {
      const text = textOf(node);
      if (text !== null) uses.push({ file, text, isKey: isKeyArgument(node) });
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return uses;
}

function textOf(node: ts.Node): string | null {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `*${literal.text}`).join("");
  return null;
}

/** `t("…")`, `tCommon("…")`, `i18n.t("…")`. */
function isKeyArgument(node: ts.Node): boolean {
  const call = node.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== node) return false;
  const called = ts.isPropertyAccessExpression(call.expression)
    ? call.expression.name.text
    : call.expression.getText();
  return /^t([A-Z]\w*)?$/.test(called);
}

function matches(use: string, key: string): boolean {
  const [, bare] = key.split(":") as [string, string];
  const pattern = use.split("*").map(escapePattern).join(".+");
  return new RegExp(`^(${pattern})$`).test(use.includes(":") ? key : bare);
}

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const keys = [...keysOf("en")];
const uses = literals();

it("uses no key that the catalogue lacks", () => {
  const missing = uses
    .filter(({ isKey, text }) => isKey && !keys.some((key) => matches(text, key)))
    .map(({ file, text }) => `${file}: ${text}`);
  expect(missing).toEqual([]);
});

it("keeps no key that nothing uses", () => {
  const texts = [...new Set(uses.map(({ text }) => text))].filter(
    (text) => /[\w.]/.test(text) && text !== "*",
  );
  expect(keys.filter((key) => !texts.some((text) => matches(text, key)))).toEqual([]);
});

it("has the same keys in every language", () => {
  const languages = readdirSync(LOCALES, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(languages.map(({ name }) => name)).toContain("en");
  for (const { name } of languages) expect([...keysOf(name)].sort()).toEqual([...keys].sort());
});

it("names every field of the schema, every option and every unit", () => {
  const known = new Set(keys);
  const missing = describeSchema(languageSchema).flatMap(({ path, options, unit }) =>
    [
      `fields:label.${path}`,
      ...options.map((option) => `fields:option.${path}.${option}`),
      ...(unit === null ? [] : [`fields:unit.${unit}`]),
    ].filter((key) => !known.has(key)),
  );
  expect(missing).toEqual([]);
});
