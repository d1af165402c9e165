// Links restore everything, are always short, and nothing that stands in one can break the page.
import { defaultParseSearch, defaultStringifySearch } from "@tanstack/react-router";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Settings } from "../lib/config-diff.ts";
import { LANGUAGE_KIT } from "../stores/language-kit.ts";
import { inputOf, resolveChoice } from "./kit.ts";
import { LESSON_PARTS } from "./lesson.ts";
import {
  type LinkState,
  MOST_CHARACTERS,
  readLink,
  type SetupSearch,
  VIEWS,
  writeLink,
} from "./link.ts";

const PAGE = "https://studio.example.org/some/folder/of/a/static/host/vitrine/#/";
const linkOf = (search: SetupSearch): string => PAGE + defaultStringifySearch(search);
const lengthOf = (search: SetupSearch): number => linkOf(search).length;

/** Sends a link around: what the address bar of another page reads. */
async function sent(state: LinkState) {
  const { search, omitted } = await writeLink(LANGUAGE_KIT, state, lengthOf);
  const link = linkOf(search);
  const read = await readLink(
    LANGUAGE_KIT,
    defaultParseSearch(link.slice(link.indexOf("?"))) as Record<string, unknown>,
  );
  return { link, read, omitted };
}

const NOTHING: LinkState = {
  presetId: LANGUAGE_KIT.defaultPreset,
  settings: {},
  model: null,
  hidden: new Set(),
  view: "form",
};

/** A value that a field may have, or be empty with. */
const valueFor = (field: (typeof LANGUAGE_KIT.fields)[number]) => {
  const { kind, min, max, options, empty } = field;
  const own: fc.Arbitrary<string | number | boolean | null> =
    kind === "integer"
      ? fc.integer({ min: min ?? 0, max: Math.min(max ?? 0, Number.MAX_SAFE_INTEGER) })
      : kind === "real"
        ? fc.double({ min: min ?? 0, max: max ?? 1, noNaN: true })
        : kind === "choice"
          ? fc.constantFrom(...options)
          : kind === "flag"
            ? fc.boolean()
            : fc.oneof(
                fc.string({ maxLength: 60, unit: "grapheme" }),
                fc.string({ minLength: 1_000, maxLength: 4_000, unit: "grapheme" }),
              );
  return empty === null ? own : fc.option(own);
};

const settingsOf = fc.record(
  Object.fromEntries(LANGUAGE_KIT.fields.map((field) => [field.path, valueFor(field)])),
  { requiredKeys: [] },
);

const stateOf: fc.Arbitrary<LinkState> = fc.record({
  presetId: fc.constantFrom(...Object.keys(LANGUAGE_KIT.presets)),
  settings: settingsOf as fc.Arbitrary<Settings>,
  model: fc.option(
    fc.record({
      name: fc.string({ maxLength: 60 }),
      hash: fc.string({
        unit: fc.constantFrom(..."0123456789abcdef"),
        minLength: 64,
        maxLength: 64,
      }),
    }),
  ),
  hidden: fc.subarray([...LESSON_PARTS]).map((parts) => new Set(parts)),
  view: fc.constantFrom(...VIEWS),
});

describe("a link", () => {
  it("is the page's own address while nothing is changed", async () => {
    expect((await sent(NOTHING)).link).toBe(PAGE);
  });

  it("restores everything but what it says it leaves out, and is never too long", async () => {
    await fc.assert(
      fc.asyncProperty(stateOf, async (state) => {
        const { link, read, omitted } = await sent(state);
        expect(link.length).toBeLessThan(MOST_CHARACTERS);
        const { settings, ...others } = state;
        const kept = Object.fromEntries(
          Object.entries(settings).filter(([path]) => !omitted.includes(path)),
        );
        expect(read).toEqual({ ...others, settings: kept, omitted, ignored: [] });
        // Only texts are too long for a link.
        for (const path of omitted)
          expect(LANGUAGE_KIT.fields.find((field) => field.path === path)?.kind).toBe("text");
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it("keeps short settings readable, and packs many", async () => {
    const few = await sent({ ...NOTHING, settings: { "train.max_steps": 500 } });
    expect(decodeURIComponent(few.link)).toContain('set={"train.max_steps":500}');
    const prompt = "Once upon a time there was a fox. ".repeat(60);
    const many = await sent({ ...NOTHING, settings: { "sample.prompt": prompt } });
    expect(many.link).toContain("z=");
    expect(many.read.settings["sample.prompt"]).toBe(prompt);
    expect(many.omitted).toEqual([]);
  });

  it("goes without a text that is too long even so, and says which", async () => {
    const prompt = Array.from({ length: 3_000 }, (_, i) =>
      String.fromCodePoint(0x4e00 + ((i * 7_919) % 20_000)),
    ).join("");
    const { read } = await sent({ ...NOTHING, settings: { "sample.prompt": prompt, seed: 7 } });
    expect(read.settings).toEqual({ seed: 7 });
    expect(read.omitted).toEqual(["sample.prompt"]);
  });
});

describe("an address that somebody made up", () => {
  const read = (search: Record<string, unknown>) => readLink(LANGUAGE_KIT, search);

  it.each([
    [{ preset: "../../etc" }, ["preset"]],
    [{ preset: "__proto__" }, ["preset"]],
    [{ preset: { a: 1 } }, ["preset"]],
    [{ set: "train" }, ["set"]],
    [{ set: [1, 2] }, ["set"]],
    [{ set: { "train.speed": 3 } }, ["train.speed"]],
    [
      { set: { "__proto__.polluted": 1, "constructor.x": 2 } },
      ["__proto__.polluted", "constructor.x"],
    ],
    [{ set: { "train.max_steps": { deep: 1 } } }, ["train.max_steps"]],
    [{ z: "not base64 at all!" }, ["z"]],
    [{ z: 7 }, ["z"]],
    [{ model: { name: "x", hash: "1234" } }, ["model"]],
    [{ view: "everything" }, ["view"]],
    [{ lesson: "form,lights" }, ["lesson=lights"]],
    [{ omit: "all" }, ["omit"]],
  ])("%j is passed over and named", async (search, ignored) => {
    const found = await read(search);
    expect(found.ignored).toEqual(ignored);
    expect(resolveChoice(LANGUAGE_KIT, found).config).not.toBeNull();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("with impossible values shows them where they belong", async () => {
    const found = await read({ set: { "train.max_steps": "many", "model.n_heads": 7 } });
    expect(found.ignored).toEqual([]);
    const { config, issues } = resolveChoice(LANGUAGE_KIT, found);
    expect(config).toBeNull();
    expect(issues.map(({ path }) => path)).toContain("train.max_steps");
  });

  it("does not unpack to more than a tab can bear", async () => {
    const bomb = new Blob([JSON.stringify({ seed: "0".repeat(40_000_000) })]);
    const bytes = await new Response(
      bomb.stream().pipeThrough(new CompressionStream("deflate-raw")),
    ).arrayBuffer();
    const z = Buffer.from(bytes).toString("base64url");
    expect((await read({ z })).ignored).toEqual(["z"]);
  });

  it("of any kind never throws, and always leaves a setup", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          {
            preset: fc.anything(),
            set: fc.oneof(fc.anything(), fc.dictionary(fc.string(), fc.anything())),
            z: fc.oneof(fc.anything(), fc.base64String()),
            omit: fc.anything(),
            model: fc.anything(),
            lesson: fc.anything(),
            view: fc.anything(),
          },
          { requiredKeys: [] },
        ),
        async (search) => {
          const found = await read(JSON.parse(JSON.stringify(search)));
          expect(() => inputOf(LANGUAGE_KIT, found)).not.toThrow();
          resolveChoice(LANGUAGE_KIT, found);
        },
      ),
      { numRuns: 300 },
    );
  });
});
