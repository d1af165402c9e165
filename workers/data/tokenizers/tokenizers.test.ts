import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type BpeTokenizer, createBpeTokenizer } from "./bpe.ts";
import { trainBpe } from "./bpe-train.ts";
import { createByteTokenizer } from "./byte.ts";
import { characterTokenizerOf, splitsPair } from "./character.ts";
import { createStreamDecoder, encodeInPieces, type Tokenizer } from "./tokenizer.ts";
import { fromTokenizerJson } from "./tokenizer-json.ts";
import {
  BPE_SAMPLE_CHARACTERS,
  TOKENIZERS,
  type TrainableKind,
  tokenizerOf,
} from "./tokenizers.ts";

const TEXT =
  `The fox's cub said: "We'll see 12 geese, 7 hens & 1 owl."  The owl didn't.\n\n\tSo they saw
the geese; the hens; the owl. Naïve Čeština, Ελληνικά, 漢字と仮名, 👩‍🚀🚀 — done.\n`.repeat(3);
const anyText = fc.string({ unit: "binary", maxLength: 40 });
/** Text whose words repeat, so that merges apply. */
const wordyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        " the",
        "the",
        " owl",
        "'s",
        "  ",
        "\n",
        "\u0085",
        "\uFEFF",
        "12",
        " 漢字",
        "🚀",
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

let bpe: BpeTokenizer;
let all: readonly Tokenizer[];
const withEnd = { specials: { bos: "<|endoftext|>", eos: "<|endoftext|>" } };

beforeAll(async () => {
  bpe = await trainBpe(TEXT, { vocabSize: 400, ...withEnd });
  all = [
    characterTokenizerOf(TEXT),
    characterTokenizerOf(TEXT, { unknown: "token", ...withEnd }),
    createByteTokenizer(),
    createByteTokenizer(withEnd),
    bpe,
    await trainBpe(TEXT, { vocabSize: 300 }),
  ];
});

describe("every tokenizer of ours", () => {
  it("gives the text back", () => {
    for (const tokenizer of all) {
      const ids = tokenizer.encode(TEXT);
      expect(tokenizer.decode(ids)).toBe(TEXT);
      expect(Math.max(...ids)).toBeLessThan(tokenizer.vocabSize);
    }
  });

  it("gives the ids that its tokenizer.json gives in @huggingface/tokenizers", () => {
    for (const tokenizer of all) {
      const hub = new HubTokenizer(
        JSON.parse(JSON.stringify(tokenizer)) as object,
        tokenizer.toConfig(),
      );
      const check = (text: string) => {
        const ids = [...tokenizer.encode(text)];
        expect(hub.encode(text, { add_special_tokens: false }).ids).toEqual(ids);
        if (ids.length > 0) expect(hub.decode(ids)).toBe(tokenizer.decode(ids));
      };
      check(TEXT);
      check(`a<|endoftext|>b <|endoftext|>`);
      fc.assert(fc.property(fc.oneof(anyText, wordyText), check), { numRuns: 60 });
    }
  });

  it("comes back from its tokenizer.json as what it was", () => {
    for (const tokenizer of all) {
      const json: unknown = JSON.parse(JSON.stringify(tokenizer));
      const back = fromTokenizerJson(json, tokenizer.toConfig());
      expect(back.kind).toBe(tokenizer.kind);
      expect(back.specials).toEqual(tokenizer.specials);
      expect(back.vocabSize).toBe(tokenizer.vocabSize);
      expect([...back.encode(TEXT)]).toEqual([...tokenizer.encode(TEXT)]);
    }
  });

  it("names its bytes: laid end to end they are the text", () => {
    for (const tokenizer of all) {
      const bytes = [...tokenizer.encode(TEXT)].flatMap((id) => [...tokenizer.tokenBytes(id)]);
      expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(TEXT);
    }
  });

  it("streams what it decodes, whatever the ids", () => {
    for (const tokenizer of all)
      fc.assert(
        fc.property(fc.array(fc.nat(tokenizer.vocabSize - 1), { maxLength: 30 }), (ids) => {
          const stream = createStreamDecoder(tokenizer);
          const text = ids.map((id) => stream.push(id)).join("") + stream.finish();
          expect(text).toBe(tokenizer.decode(ids));
        }),
        { numRuns: 60 },
      );
  });

  it("may be cut where it says so", () => {
    for (const tokenizer of all)
      fc.assert(
        fc.property(wordyText, fc.nat(100), (text, place) => {
          const index = text.length > 1 ? 1 + (place % (text.length - 1)) : 0;
          if (index === 0 || !tokenizer.isSafeCut(text, index)) return;
          const cut = [
            ...tokenizer.encode(text.slice(0, index)),
            ...tokenizer.encode(text.slice(index)),
          ];
          expect(cut).toEqual([...tokenizer.encode(text)]);
        }),
        { numRuns: 200 },
      );
  });

  it("may not be cut inside a run of white space, which is one word", async () => {
    const spaced = await trainBpe("a\n\n\n\n\tb  c".repeat(20), { vocabSize: 300 });
    const whiteSpace = fc.string({ unit: fc.constantFrom("a", "\n", " ", "\t"), maxLength: 12 });
    fc.assert(
      fc.property(whiteSpace, (text) => {
        for (let index = 1; index < text.length; index++) {
          if (!spaced.isSafeCut(text, index)) continue;
          const parts = [text.slice(0, index), text.slice(index)];
          expect(parts.flatMap((part) => [...spaced.encode(part)])).toEqual([
            ...spaced.encode(text),
          ]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("encodes in pieces as at once, reports, and can be stopped", async () => {
    for (const tokenizer of all) {
      const shares: number[] = [];
      const ids = await encodeInPieces(tokenizer, TEXT, {
        pieceLength: 17,
        onProgress: (share) => shares.push(share),
      });
      expect([...ids]).toEqual([...tokenizer.encode(TEXT)]);
      expect(shares.at(-1)).toBe(1);
    }
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(encodeInPieces(bpe, TEXT, { signal })).rejects.toThrow("stop");
  });

  it("refuses an id it does not have", () => {
    for (const tokenizer of all) {
      expect(() => tokenizer.decode([tokenizer.vocabSize])).toThrow(/an id must be/);
      expect(() => tokenizer.decodeToken(-1)).toThrow(/an id must be/);
      expect(() => tokenizer.tokenBytes(0.5)).toThrow(/an id must be/);
    }
  });

  it("has a row in the table that builds it", async () => {
    for (const kind of Object.keys(TOKENIZERS) as TrainableKind[]) {
      const tokenizer = await tokenizerOf(kind, TEXT, { vocabSize: 300 });
      expect(tokenizer.kind).toBe(kind);
      expect(tokenizer.decode(tokenizer.encode(TEXT))).toBe(TEXT);
    }
  });
});

describe("a tokenizer learnt from pieces", () => {
  it.each(["character", "byte", "bpe"] as const)(
    "is the one learnt from the whole: %s",
    async (kind) => {
      const options = {
        vocabSize: 300,
        specials: { eos: "<end>" },
        expectedCharacters: TEXT.length,
      };
      const learner = TOKENIZERS[kind].learn(options);
      for (let at = 0; at < TEXT.length; ) {
        let end = Math.min(at + 7, TEXT.length);
        if (splitsPair(TEXT, end)) end++;
        learner.add(TEXT.slice(at, end));
        at = end;
      }
      const whole = await tokenizerOf(kind, TEXT, options);
      expect((await learner.finish()).toJSON()).toEqual(whole.toJSON());
    },
  );

  it("learns a BPE from an even sample of a long text", async () => {
    const long = Array.from({ length: 100 }, (_, i) => `word${i % 10} `.repeat(40));
    const learner = TOKENIZERS.bpe.learn({
      vocabSize: 300,
      // Ten times what is learnt from at most, as far as the learner knows.
      expectedCharacters: 10 * BPE_SAMPLE_CHARACTERS,
    });
    for (const text of long) learner.add(text);
    const tokenizer = await learner.finish();
    expect(tokenizer.encode("word0 word9 ").length).toBeLessThan(8);
  });
});

describe("byte and bpe tokenizers", () => {
  it("give any string back", () => {
    for (const tokenizer of all.slice(2))
      fc.assert(
        fc.property(fc.oneof(anyText, wordyText), (text) => {
          expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
        }),
        { numRuns: 100 },
      );
  });

  it("write half a surrogate pair as U+FFFD", () => {
    for (const tokenizer of all.slice(1))
      expect(tokenizer.decode(tokenizer.encode("owl\ud83d owl"))).toBe("owl\ufffd owl");
  });

  it("knows its special token inside a text and keeps it whole", () => {
    const ids = bpe.encode("owl<|endoftext|>owl");
    expect([...ids].filter((id) => id === bpe.specials.eos)).toHaveLength(1);
    expect(bpe.specials).toEqual({ bos: bpe.vocabSize - 1, eos: bpe.vocabSize - 1 });
    expect(bpe.decode(ids)).toBe("owl<|endoftext|>owl");
  });
});

describe("the character tokenizer", () => {
  it("has the text's characters in the order of code points", () => {
    const tokenizer = characterTokenizerOf("b🚀a\nb\uFFFF");
    expect(tokenizer.characters).toEqual(["\n", "a", "b", "\uFFFF", "🚀"]);
    expect([...tokenizer.encode("ab🚀")]).toEqual([1, 2, 4]);
  });

  it("leaves unknown characters out or marks them, and says which they are", () => {
    const skips = characterTokenizerOf("abc");
    expect(skips.decode(skips.encode("a?b"))).toBe("ab");
    expect(skips.unknownCharacters("a?b!?")).toEqual(["?", "!"]);
    const marks = characterTokenizerOf("abc", { unknown: "token" });
    expect(marks.decode(marks.encode("a?b"))).toBe("a\ufffdb");
  });

  it("counts half a surrogate pair as U+FFFD", () => {
    expect(characterTokenizerOf("a\ud83d").characters).toEqual(["a", "\ufffd"]);
  });

  it("refuses an empty text", () => {
    expect(() => characterTokenizerOf("")).toThrow("must have a vocabulary");
  });
});

describe("trainBpe", () => {
  it("merges the most frequent pair first, of equals the lower ids", async () => {
    // " ab" 3 times, "cd" twice: pairs are (space, a) 3, (a, b) 3, (c, d) 2.
    const trained = await trainBpe(" ab ab ab cd\ncd", { vocabSize: 260 });
    expect(trained.merges).toEqual([
      [32, 97],
      [256, 98],
      [99, 100],
    ]);
  });

  it("counts as the plain algorithm does, overlaps included", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom("a", "b", "c", " "), minLength: 1, maxLength: 80 }),
        async (text) => {
          const trained = await trainBpe(text, { vocabSize: 256 + 12 });
          expect(trained.merges).toEqual(plainBpe(text, 12));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("stops early when nothing repeats, and never merges across words", async () => {
    const trained = await trainBpe("abcdefg", { vocabSize: 1000 });
    expect(trained.vocabSize).toBe(256);
    const spaced = await trainBpe("x x x x\n\nx", { vocabSize: 300 });
    for (let id = 256; id < spaced.vocabSize; id++)
      expect(spaced.decodeToken(id)).toMatch(/^ ?\S+$|^\s+$/);
  });

  it("does not learn from special tokens", async () => {
    const trained = await trainBpe("ab<|endoftext|>cd<|endoftext|>ef<|endoftext|>", {
      vocabSize: 300,
      ...withEnd,
    });
    expect(trained.merges).toEqual([]);
  });

  it("takes pieces as it takes the whole", async () => {
    const pieces = [TEXT.slice(0, TEXT.length / 3), TEXT.slice(TEXT.length / 3)];
    const [a, b] = await Promise.all([
      trainBpe(pieces, { vocabSize: 400 }),
      trainBpe(TEXT, { vocabSize: 400 }),
    ]);
    expect(a.merges).toEqual(b.merges);
  });

  it("reports progress, yields, and stops when told", async () => {
    const words = Array.from({ length: 60_000 }, (_, i) => ` w${(i * 7919) % 9973}x`).join("");
    const phases = new Set<string>();
    await trainBpe(words, { vocabSize: 800, onProgress: ({ phase }) => phases.add(phase) });
    expect([...phases]).toEqual(["counting words", "merging"]);
    const controller = new AbortController();
    const run = trainBpe(words.repeat(4), { vocabSize: 3000, signal: controller.signal });
    setTimeout(() => controller.abort(new Error("stopped by the user")), 1);
    await expect(run).rejects.toThrow("stopped by the user");
  });

  it("refuses a vocabulary without room for the bytes", async () => {
    await expect(trainBpe("abab", { vocabSize: 200 })).rejects.toThrow("room for 256 bytes");
    await expect(trainBpe("abab", { vocabSize: Number.NaN })).rejects.toThrow("asked for is NaN");
  });

  it("stays fast on one endless word", async () => {
    const dna = Array.from({ length: 200_000 }, (_, i) => "ACGT"[(i * i * 31 + (i >> 3)) & 3]).join(
      "",
    );
    const start = performance.now();
    const trained = await trainBpe(dna, { vocabSize: 356 });
    expect(trained.decode(trained.encode(dna))).toBe(dna);
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});

describe("createBpeTokenizer", () => {
  it("merges a long word as it merges a short one", async () => {
    const tokenizer = await trainBpe("abcabcaabbcc abca".repeat(20), { vocabSize: 290 });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 65, maxLength: 200 }),
        (word) => {
          expect([...tokenizer.encode(word)]).toEqual(applyMerges(word, tokenizer.merges));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("refuses merges of tokens that do not exist", () => {
    expect(() => createBpeTokenizer([[97, 256]])).toThrow("merge 0 joins 97 and 256");
    expect(() =>
      createBpeTokenizer([
        [97, 98],
        [97, 98],
      ]),
    ).toThrow("once");
  });
});

describe("fromTokenizerJson", () => {
  const metaspace = {
    added_tokens: [
      { id: 0, content: "<unk>", special: true },
      { id: 1, content: "<s>", special: true },
      { id: 2, content: "</s>", special: true },
    ],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      unk_token: "<unk>",
      byte_fallback: true,
      vocab: Object.fromEntries(
        [
          "<unk>",
          "<s>",
          "</s>",
          ...Array.from(
            { length: 256 },
            (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`,
          ),
          "▁",
          "h",
          "i",
          "▁h",
          "▁hi",
        ].map((token, id) => [token, id]),
      ),
      merges: [
        ["▁", "h"],
        ["▁h", "i"],
      ],
    },
  };

  it("runs a tokenizer of another make: ids, specials, bytes, stream", () => {
    const tokenizer = fromTokenizerJson(metaspace, {
      bos_token: "<s>",
      eos_token: { content: "</s>" },
    });
    expect(tokenizer.kind).toBe("huggingface");
    expect(tokenizer.specials).toEqual({ bos: 1, eos: 2 });
    expect(tokenizer.vocabSize).toBe(264);
    const text = "hi hi 漢 hi";
    const ids = [...tokenizer.encode(text)];
    expect(tokenizer.decode(ids)).toBe(text);
    expect(tokenizer.decodeToken(ids[1] as number)).toBe(" hi");
    expect([...tokenizer.tokenBytes(3 + 0xe6)]).toEqual([0xe6]);
    const stream = createStreamDecoder(tokenizer);
    const pieces = ids.map((id) => stream.push(id));
    expect(pieces.join("") + stream.finish()).toBe(text);
    expect(pieces.filter((piece) => piece === "")).toHaveLength(2);
  });

  it("streams a foreign tokenizer as it decodes", () => {
    const tokenizer = fromTokenizerJson(metaspace);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("h", "i", " ", "é", "🚀"), maxLength: 60 }),
        (text) => {
          const stream = createStreamDecoder(tokenizer);
          const ids = [...tokenizer.encode(text)];
          expect(ids.map((id) => stream.push(id)).join("") + stream.finish()).toBe(
            tokenizer.decode(ids),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it("says what is wrong with a file that is none", () => {
    const fault = (json: unknown) => {
      try {
        fromTokenizerJson(json);
      } catch (error) {
        return error;
      }
      return null;
    };
    for (const json of [
      null,
      [],
      {},
      { model: {} },
      { model: { type: "BPE", vocab: { a: -1 }, merges: [] } },
      { model: { type: "BPE", vocab: { a: 1e12 }, merges: [] } },
      { model: { type: "BPE", vocab: { a: 0 } } },
      { model: { type: "Nonsense", vocab: { a: 0 } }, added_tokens: [{}] },
      { model: { type: "BPE", vocab: { a: 0 }, merges: [] }, decoder: { type: "Nonsense" } },
    ])
      expect(fault(json), JSON.stringify(json)).toMatchObject({
        code: "bad-model",
        message: expect.stringMatching(/^tokenizer\.json: /),
      });
  });
});

/** BPE as in the paper: count all pairs anew for each merge. */
function plainBpe(text: string, wanted: number): [number, number][] {
  const words = (text.match(/ ?\p{L}+|\s+(?!\S)|\s+/gu) ?? []).map((word) => [
    ...new TextEncoder().encode(word),
  ]);
  const merges: [number, number][] = [];
  while (merges.length < wanted) {
    const counts = new Map<string, number>();
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]},${word[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    const ranked = [...counts]
      .map(([key, count]) => ({ pair: key.split(",").map(Number) as [number, number], count }))
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    const best = ranked[0];
    if (!best || best.count < 2) break;
    merges.push(best.pair);
    for (const word of words) joinPairs(word, best.pair, 255 + merges.length);
  }
  return merges;
}

function applyMerges(word: string, merges: readonly (readonly [number, number])[]): number[] {
  const ids = [...new TextEncoder().encode(word)];
  merges.forEach((pair, i) => {
    joinPairs(ids, pair, 256 + i);
  });
  return ids;
}

function joinPairs(ids: number[], [left, right]: readonly [number, number], made: number): void {
  for (let i = 0; i + 1 < ids.length; i++)
    if (ids[i] === left && ids[i + 1] === right) ids.splice(i, 2, made);
}
