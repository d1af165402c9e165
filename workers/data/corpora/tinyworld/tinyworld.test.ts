import { describe, expect, it } from "vitest";
import { RandomStream, STREAMS } from "../../../../kernels/core/philox.ts";
import { NgramModel } from "../ngram.ts";
import { Composer } from "./composer.ts";
import { compose } from "./plots.ts";
import { grammar } from "./rules.ts";
import {
  annotateText,
  choiceNats,
  conceptsAt,
  documentIndex,
  generateDocument,
  generateText,
  judgeAnswer,
  judgeDocument,
  METADATA,
  parseSentence,
  questionPrompts,
  SEPARATOR,
  vocabulary,
} from "./tinyworld.ts";

const DOCUMENTS = Array.from({ length: 2_000 }, (_, index) => generateDocument(11, index));
const isWord = (token: string) => /^[a-z]+$/.test(token);
const number = (id: string) => METADATA.concepts.findIndex((concept) => concept.id === id);
/** Concept ids at the n-th token with this text. */
const at = (text: string, token: string, n = 0): string[] => {
  const found = annotateText(text).filter((t) => t.text === token)[n];
  return (found?.concepts ?? []).map((c) => METADATA.concepts[c]?.id ?? "");
};

describe("writing", () => {
  it("is a pure function of seed and index", () => {
    expect(generateDocument(5, 17)).toEqual(generateDocument(5, 17));
    expect(generateDocument(5, 17).text).not.toBe(generateDocument(5, 18).text);
    expect(generateDocument(5, 17).text).not.toBe(generateDocument(6, 17).text);
    expect(generateText(3, 5_000)).toBe(generateText(3, 9_000).slice(0, 5_000));
  });

  it("still writes what it wrote: runs name this text by its seed alone", () => {
    expect(generateDocument(0, 3).text).toBe(
      "it was a snowy afternoon. once there was a curious boy named peter. peter felt very merry. " +
        "he was in the clearing. he laughed and sang a song. peter had a friend named hugo. " +
        "peter carried a red ring. peter saw a fluffy hedgehog. the hedgehog rolled up. " +
        "he gave the ring to hugo. there hugo followed a trail. peter was always polite. " +
        'he wanted something to eat. "may i have some butter, please?" asked peter. ' +
        'hugo gave peter some butter. "thank you," he said. in the end peter was cheerful.',
    );
  });

  it("keeps training and validation apart", () => {
    expect([0, 1, 2].map((n) => documentIndex("train", n))).toEqual([0, 2, 4]);
    expect([0, 1, 2].map((n) => documentIndex("validation", n))).toEqual([1, 3, 5]);
    const train = new Set(generateText(0, 200_000).split(SEPARATOR));
    const held = generateText(0, 100_000, "validation").split(SEPARATOR).slice(0, -1);
    expect(held.length).toBeGreaterThan(100);
    expect(held.filter((text) => train.has(text))).toEqual([]);
  });

  it("refuses an index that is no whole number below 2^32", () => {
    expect(() => generateDocument(1, -1)).toThrow("tinyworld: index must be a whole number");
    expect(() => generateDocument(1, 2 ** 32)).toThrow("it is 4294967296");
  });

  it("has 600 to 1,000 words, counted in its tables and in its texts", () => {
    const seen = new Set(DOCUMENTS.flatMap((d) => d.tokens.map((t) => t.text)).filter(isWord));
    const known = vocabulary();
    expect(known.length).toBeGreaterThanOrEqual(600);
    expect(known.length).toBeLessThanOrEqual(1_000);
    expect(METADATA.vocabularySize).toBe(known.length);
    expect(seen.size).toBeGreaterThanOrEqual(600);
    expect([...seen].filter((word) => !known.includes(word))).toEqual([]);
  });

  it("writes 40 to 230 tokens a document, in three registers near their shares", () => {
    const lengths = DOCUMENTS.map((d) => d.tokens.length);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(230);
    for (const { id, share } of METADATA.registers) {
      const found = DOCUMENTS.filter((d) => d.register === id).length / DOCUMENTS.length;
      expect(Math.abs(found - share), id).toBeLessThan(0.04);
    }
  });

  it("gives every token its place in the text", () => {
    for (const { text, tokens } of DOCUMENTS.slice(0, 200)) {
      expect(tokens.map((t) => text.slice(t.start, t.end))).toEqual(tokens.map((t) => t.text));
      expect(tokens.map((t) => t.text).join("")).toBe(text.replace(/\s/g, ""));
    }
  });

  it("says every kind of sentence in every form", () => {
    const said = new Set<string>();
    for (let index = 0; index < 6_000; index++) {
      const composer = new Composer(new RandomStream(11, STREAMS.corpus, index), false);
      compose(composer);
      for (const { rule, form } of composer.said) said.add(`${rule} ${form}`);
    }
    const all = [...grammar.forms].flatMap(([id, forms]) => forms.map((_, i) => `${id} ${i}`));
    expect(all.filter((form) => !said.has(form))).toEqual([]);
  }, 60_000);
});

describe("concepts", () => {
  it("lists at least 24, at least half of them not readable from the word", () => {
    expect(METADATA.concepts.length).toBeGreaterThanOrEqual(24);
    const hidden = METADATA.concepts.filter((c) => !c.readableFromWord);
    expect(hidden.length * 2).toBeGreaterThanOrEqual(METADATA.concepts.length);
    expect(new Set(METADATA.concepts.map((c) => c.id)).size).toBe(METADATA.concepts.length);
  });

  it("calls readable exactly those that the word decides", () => {
    // on[c][word], all[word]: how often the word stands with the concept, and at all.
    const all = new Map<string, number>();
    const on = METADATA.concepts.map(() => new Map<string, number>());
    let tokens = 0;
    for (const document of DOCUMENTS)
      for (const token of document.tokens) {
        tokens++;
        all.set(token.text, (all.get(token.text) ?? 0) + 1);
        for (const c of token.concepts) on[c]?.set(token.text, (on[c]?.get(token.text) ?? 0) + 1);
      }
    const rows = METADATA.concepts.map((concept, c) => {
      let active = 0;
      let hits = 0;
      let called = 0;
      let mixed = 0;
      for (const [word, count] of on[c] ?? []) {
        const whole = all.get(word) ?? 0;
        active += count;
        if (count < whole) mixed += count;
        // The best guess from the word alone: active where the word mostly is.
        if (2 * count > whole) {
          hits += count;
          called += whole;
        }
      }
      const f1 = active + called > 0 ? (2 * hits) / (active + called) : 0;
      return { ...concept, active, rate: active / tokens, f1, mixed: mixed / active };
    });
    for (const row of rows) {
      expect(row.active, `${row.id} is never active`).toBeGreaterThan(0);
      if (row.readableFromWord) expect(row.f1, row.id).toBe(1);
      else {
        expect(row.f1, row.id).toBeLessThan(0.75);
        expect(row.mixed, row.id).toBeGreaterThan(0.6);
      }
    }
    console.log(
      rows.map((r) => `${r.id} ${(100 * r.rate).toFixed(1)} % f1 ${r.f1.toFixed(2)}`).join(", "),
    );
  });

  it("lets a mood hold until something changes it", () => {
    const text =
      "it was a sunny morning. mia was a kind girl. mia had a friend named sam. " +
      "mia had a red kite. but mia lost her kite. the path was dry and dusty. " +
      "she walked to the mill. sam was cross. at last sam found the kite under the tree. " +
      "mia stayed at the mill.";
    expect(at(text, "kite", 0)).not.toContain("mood.sad");
    expect(at(text, "dusty")).toContain("mood.sad");
    expect(at(text, "walked")).toEqual(expect.arrayContaining(["mood.sad", "topic.girl"]));
    expect(at(text, "cross")).not.toContain("mood.sad");
    expect(at(text, "cross")).toContain("topic.boy");
    expect(at(text, "stayed")).toContain("mood.happy");
    expect(at(text, "walked")).toContain("thing.lost");
    expect(at(text, "stayed")).not.toContain("thing.lost");
    expect(judgeDocument(text).consistent).toBe(1);
  });

  it("remembers the rain after it has stopped", () => {
    const text =
      "it was a rainy morning. then the rain stopped and the sun came out. mia was in the barn. the grass was still wet.";
    expect(at(text, "barn")).toEqual(expect.arrayContaining(["ground.wet", "weather.sun"]));
    expect(at(text, "barn")).not.toContain("weather.rain");
    expect(judgeDocument(text).consistent).toBe(1);
    expect(judgeDocument(text.replace("rainy", "sunny")).consistent).toBeLessThan(1);
  });

  it("knows which sum is being done only after it has been said", () => {
    const text = "five plus four is nine. nine minus four is five.";
    expect(at(text, "five", 0)).not.toContain("sum.add");
    expect(at(text, "four", 0)).toContain("sum.add");
    expect(at(text, "four", 1)).toContain("sum.take");
    expect(at(text, "nine", 1)).not.toContain("sum.add");
  });

  it("counts what one has only when the sentence is over", () => {
    const text =
      "mia was in the barn. mia had six nuts. mia ate three nuts. mia found four more nuts.";
    expect(at(text, "ate")).toEqual(expect.arrayContaining(["number.many", "sum.take"]));
    expect(at(text, "nuts", 1)).toContain("number.many");
    expect(at(text, ".", 2)).not.toContain("number.many");
    expect(at(text, "nuts", 2)).toContain("sum.add");
    expect(at(text, ".", 3)).toContain("number.many");
  });

  it("labels a text by reading it exactly as it was labelled in writing", () => {
    for (const document of DOCUMENTS.slice(0, 400))
      expect(annotateText(document.text)).toEqual(document.tokens);
  });

  it("names the concepts of a token, and refuses a token that is not there", () => {
    const document = DOCUMENTS[0];
    if (!document) throw new Error("no document");
    expect(conceptsAt(document, 0)).toEqual(
      document.tokens[0]?.concepts.map((c) => METADATA.concepts[c]?.id),
    );
    expect(() => conceptsAt(document, 9_999)).toThrow("tokenIndex must be below");
    expect(number("mood.sad")).toBeGreaterThan(0);
  });
});

describe("judging", () => {
  const sentences = DOCUMENTS.slice(0, 300).flatMap((d) =>
    judgeDocument(d.text).sentences.map((s) => s.text),
  );

  it("accepts every sentence of 2,000 documents, and finds them true to their world", () => {
    for (const document of DOCUMENTS) {
      const judged = judgeDocument(document.text);
      const wrong = judged.sentences.filter((s) => !s.consistent).map((s) => s.text);
      expect(wrong, document.text).toEqual([]);
      expect(judged.accepted).toBe(1);
    }
  }, 60_000);

  it("rejects sentences with a foreign word, a missing word or shuffled words", () => {
    const random = new RandomStream(1, 99);
    const words = vocabulary();
    const rejected = (mutate: (tokens: string[]) => string[]) => {
      let bad = 0;
      let count = 0;
      for (const sentence of sentences) {
        const tokens = sentence.match(/'s|[a-z]+|[^\sa-z]/g) ?? [];
        const mutated = mutate([...tokens]);
        if (mutated.join(" ") === tokens.join(" ")) continue;
        count++;
        if (parseSentence(mutated.join(" ")) === null) bad++;
      }
      return bad / count;
    };
    const swapped = rejected((tokens) => {
      tokens[random.below(tokens.length - 1)] = words[random.below(words.length)] ?? "";
      return tokens;
    });
    const dropped = rejected((tokens) => {
      tokens.splice(random.below(tokens.length - 1), 1);
      return tokens;
    });
    const shuffled = rejected((tokens) => {
      for (let i = tokens.length - 2; i > 0; i--) {
        const j = random.below(i + 1);
        [tokens[i], tokens[j]] = [tokens[j] ?? "", tokens[i] ?? ""];
      }
      return tokens;
    });
    console.log(
      `rejected of ${sentences.length}: foreign word ${swapped.toFixed(3)}, missing word ${dropped.toFixed(3)}, shuffled ${shuffled.toFixed(3)}`,
    );
    expect(swapped).toBeGreaterThan(0.9);
    expect(dropped).toBeGreaterThan(0.85);
    expect(shuffled).toBeGreaterThan(0.97);
  });

  it.each([
    ["mia had a apple kite."],
    ["mia had an red kite."],
    ["mia lost his kite."],
    ["but mia lost his kite."],
    ["mia had one apples."],
    ["there were one duck at the pond."],
    ["a kind boy named mia lived near the barn."],
    ["mia was in the pond."],
    ['"thank you said mia.'],
    ["mia had a red kite"],
    [""],
  ])("rejects %j", (sentence) => {
    expect(parseSentence(sentence)).toBeNull();
  });

  it.each([
    ["a colour that changed", "mia was in the barn. mia had a red kite. mia loved the blue kite."],
    [
      "a thing that was lost",
      "mia was in the barn. mia had a red kite. but mia lost her kite. she played with her kite.",
    ],
    ["someone unknown", "mia was in the barn. sam yawned."],
    ["another mood", "mia was in the barn. mia was sad. mia giggled."],
    ["a pronoun for nobody", "the path was dry and dusty. she was in the barn."],
    ["a pronoun of the wrong kind", "mia was in the barn. he was happy."],
    ["a wrong sum", "five plus four is eight."],
    [
      "a wrong tally",
      "mia was in the barn. mia had five apples. mia ate two apples. now she had four apples.",
    ],
    [
      "a wrong answer",
      "mia was in the barn.\nquestion: where was mia?\nanswer: mia was at the mill.",
    ],
    [
      "an answer about another",
      "mia was in the barn. sam was in the barn.\nquestion: where was mia?\nanswer: sam was in the barn.",
    ],
    ["a number against the rule", "the game is to add three. five gives nine."],
  ])("calls %s accepted but not consistent", (_, text) => {
    const judged = judgeDocument(text);
    expect(judged.accepted).toBe(1);
    expect(judged.sentences.at(-1)?.consistent).toBe(false);
  });

  it("starts a new world at an empty line, and survives any text", () => {
    const two = `mia was in the barn. she was sad.${SEPARATOR}she was happy.`;
    expect(judgeDocument(two).sentences.map((s) => s.consistent)).toEqual([true, true, false]);
    expect(judgeDocument("").accepted).toBe(0);
    expect(judgeDocument('\n\n\n"""?!.. \u0000 Ünï 💧').accepted).toBe(0);
    expect(annotateText("mia xyzzy sam").map((t) => t.text)).toEqual(["mia", "xyzzy", "sam"]);
  });

  it("leaves the unfinished end of a cut text out of its shares", () => {
    const judged = judgeDocument("mia was in the barn. mia had a");
    expect(judged.sentences.map((s) => s.complete)).toEqual([true, false]);
    expect([judged.accepted, judged.consistent]).toEqual([1, 1]);
  });

  it("judges answers: right ones, other words for them, wrong ones", () => {
    let questions = 0;
    for (const document of DOCUMENTS.slice(0, 500))
      document.questions.forEach((question, index) => {
        questions++;
        const { promptEnd, answer } = question;
        expect(document.text.slice(promptEnd).startsWith(` ${answer}`)).toBe(true);
        expect(judgeAnswer(document, answer, index), answer).toBe(true);
        expect(judgeAnswer(document.text.slice(0, promptEnd), ` ${answer}\nquestion:`)).toBe(true);
        expect(judgeAnswer(document, "nonsense.", index)).toBe(false);
      });
    expect(questions).toBeGreaterThan(500);
    const prompt = "mia was in the barn. mia was sad.\nquestion: how did mia feel?\nanswer:";
    expect(judgeAnswer(prompt, " mia was gloomy.")).toBe(true);
    expect(judgeAnswer(prompt, " mia was happy.")).toBe(false);
    expect(judgeAnswer(prompt, " gloomy.")).toBe(false);
    expect(judgeAnswer(prompt, "")).toBe(false);
    expect(judgeAnswer("mia was in the barn.", " sad.")).toBe(false);
  });

  it("gives prompts whose answers cannot be guessed from the question", () => {
    const prompts = questionPrompts(4, 400, "validation");
    expect(prompts).toHaveLength(400);
    const best = new Map<string, Map<string, number>>();
    for (const { prompt, answer } of prompts) {
      expect(prompt.endsWith("\nanswer:")).toBe(true);
      const kind = /question: (\w+ \w+ \w+)[^?]*\?\nanswer:$/.exec(prompt)?.[1] ?? "";
      const counts = best.get(kind) ?? new Map<string, number>();
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
      best.set(kind, counts);
    }
    let guessed = 0;
    for (const counts of best.values()) guessed += Math.max(...counts.values());
    console.log(`the most frequent answer per kind of question is right ${guessed / 400}`);
    expect(guessed / 400).toBeLessThan(0.45);
  });
});

describe("what there is to learn", () => {
  it("leaves at least 0.3 nats per token between a 5-gram and the writer's own choices", () => {
    const ids = new Map<string, number>();
    const encode = (text: string) =>
      Int32Array.from(text.match(/'s|[a-z]+|\n+|[^\sa-z]/g) ?? [], (word) => {
        const id = ids.get(word) ?? ids.size;
        ids.set(word, id);
        return id;
      });
    const start = performance.now();
    const text = generateText(0, 2_000_000);
    const megabytes = 2_000 / (performance.now() - start);
    const train = encode(text);
    const documents = Array.from({ length: 200 }, (_, n) => documentIndex("validation", n));
    const held = encode(documents.map((i) => generateDocument(0, i).text + SEPARATOR).join(""));
    const fiveGram = new NgramModel(train, ids.size, 5).crossEntropy(held);
    const choices = documents.reduce((sum, i) => sum + choiceNats(0, i), 0) / held.length;
    console.log(
      `${megabytes.toFixed(1)} MB/s; 5-gram ${fiveGram.toFixed(3)}, choices ${choices.toFixed(3)} nats per token`,
    );
    expect(fiveGram - choices).toBeGreaterThan(0.3);
    expect(megabytes).toBeGreaterThan(0.2);
  }, 60_000);
});
