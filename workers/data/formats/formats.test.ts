import { describe, expect, it } from "vitest";
import { faultFrom } from "../../testing/faults.ts";
import { utf8Length } from "./characters.ts";
import { MAX_ROW_CHARACTERS } from "./format.ts";
import { FORMATS, type FormatName, formatOf } from "./formats.ts";
import { bytesFile, type FileSource } from "./source.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, littleEndian: boolean) => {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
};

/** A file by its name's ending, from text or bytes. */
const file = (name: string, content: string | Uint8Array): FileSource =>
  bytesFile(typeof content === "string" ? utf8(content) : content, name);

/** All documents of a file; a file that is one text has one. */
async function documents(source: FileSource, column?: string): Promise<string[]> {
  const texts: string[] = [];
  let text = "";
  for await (const piece of FORMATS[formatOf(source)].read(source, column)) {
    text += piece.text;
    if (!piece.endsDocument) continue;
    texts.push(text);
    text = "";
  }
  return text === "" ? texts : [...texts, text];
}

/** The columns as `name: type`. */
async function columns(source: FileSource): Promise<string[]> {
  const facts = await FORMATS[formatOf(source)].inspect(source);
  return facts.columns.map(({ name, type }) => `${name}: ${type}`);
}

const inspect = (source: FileSource) => FORMATS[formatOf(source)].inspect(source);

describe("formatOf", () => {
  it.each([
    ["a.txt", "text"],
    ["a.MD", "text"],
    ["a", "text"],
    ["a.py", "text"],
    ["b.jsonl", "jsonl"],
    ["b.ndjson", "jsonl"],
    ["c.CSV", "csv"],
    ["c.tsv", "csv"],
    ["d.e.parquet", "parquet"],
  ])("%s is %s", (name, format) => {
    expect(formatOf({ name })).toBe(format as FormatName);
  });
});

describe("text", () => {
  const line = "Grüße, 漢字 🚀\nzwei";

  it("reads UTF-8, with and without a mark, and UTF-16 with one", async () => {
    for (const bytes of [
      utf8(line),
      utf8(`\uFEFF${line}`),
      utf16(`\uFEFF${line}`, true),
      utf16(`\uFEFF${line}`, false),
    ])
      expect(await documents(file("a.txt", bytes))).toEqual([line]);
  });

  it("makes every line end one \\n, and cuts no character, wherever the pieces end", async () => {
    // 1 << 18 bytes are read at a time: this puts every kind of border on one of these places.
    for (let shift = 0; shift < 6; shift++) {
      const long = `${"x".repeat((1 << 18) - 3 - shift)}é\r\n🚀\r漢\r\n`;
      expect(await documents(file("a.txt", long))).toEqual([long.replace(/\r\n?/g, "\n")]);
    }
  });

  it("lets a text cut inside a character pass", async () => {
    const bytes = utf8(`${"a long enough text ".repeat(10)}é`);
    const [text] = await documents(file("a.txt", bytes.subarray(0, bytes.length - 1)));
    expect(text).toMatch(/\uFFFD$/);
  });

  it("tells how it begins and how long it is", async () => {
    const text = "All work and no play. ".repeat(40_000);
    const facts = await inspect(file("a.txt", text));
    expect(facts.characters).toBe(text.length);
    expect(facts.sample.startsWith("All work")).toBe(true);
    expect(facts.columns).toEqual([]);
  });

  it.each([
    ["empty", new Uint8Array(0), /"empty" is empty/],
    ["mark only", utf8("\uFEFF"), /byte-order mark and nothing else/],
    ["one character", utf8("aaaa"), /holds only 4 times "a"/],
    ["one rocket", utf8("🚀🚀🚀"), /holds only 3 times "🚀"/],
    ["one line end", utf8("\r\n\r\n"), /two different characters/],
    ["zeros", new Uint8Array(100), /looks binary: 100.0 %/],
    ["image", Uint8Array.from({ length: 400 }, (_, i) => (i * 89) % 256), /looks binary/],
    ["Latin-1", Uint8Array.from("caf\u00e9 \n".repeat(20), (c) => c.charCodeAt(0)), /on line 1 /],
    ["no mark", utf16("plain text", true), /looks binary/],
  ])("refuses: %s", async (name, bytes, message) => {
    for (const work of [inspect, documents])
      expect(await faultFrom(work(file(name, bytes)))).toMatchObject({
        code: "bad-data",
        message: expect.stringMatching(message),
        hint: expect.any(String),
      });
  });

  it("names the line where a long text begins to be broken", async () => {
    const good = "a line of text\n".repeat(40_000);
    const bytes = new Uint8Array([...utf8(good), ...new Uint8Array(9_000).fill(0xff)]);
    expect(await faultFrom(documents(file("a.txt", bytes)))).toMatchObject({
      message: expect.stringContaining("the first on line 40001"),
    });
  });

  it("tells UTF-16 without a mark from other binary files", async () => {
    expect(await faultFrom(documents(file("a", utf16("plain text", true))))).toMatchObject({
      hint: expect.stringContaining("UTF-16"),
    });
  });
});

describe("jsonl", () => {
  const rows = [
    { id: 1, text: "one\r\ntwo", meta: { lang: "en", tags: ["a"] }, "a.b": "dotted" },
    { id: 2, text: null, meta: { lang: "fr" } },
    { id: 3, text: "", meta: {} },
    { id: 4, text: "four, with 🚀", meta: { lang: "de" } },
  ];
  const source = file("a.jsonl", `${rows.map((row) => JSON.stringify(row)).join("\r\n")}\n\n`);

  it("offers keys, nested ones dotted, and suggests the text", async () => {
    expect(await columns(source)).toEqual([
      "id: number",
      "text: text",
      "meta.lang: text",
      "meta.tags: list",
      "a.b: text",
    ]);
    expect(await inspect(source)).toMatchObject({ column: "text", sample: "one\r\ntwo" });
  });

  it("gives a document for each line that has one", async () => {
    expect(await documents(source)).toEqual(["one\ntwo", "four, with 🚀"]);
    expect(await documents(source, "meta.lang")).toEqual(["en", "fr", "de"]);
    expect(await documents(source, "a.b")).toEqual(["dotted"]);
  });

  it("reads lines longer than what is read at a time", async () => {
    const long = "word ".repeat(120_000);
    const big = file("a.jsonl", `{"text":"a"}\n${JSON.stringify({ text: long })}\n{"text":"b"}`);
    expect(await documents(big)).toEqual(["a", long, "b"]);
    const first = file("a.jsonl", JSON.stringify({ text: long }));
    expect(await columns(first)).toEqual(["text: text"]);
  });

  it.each([
    ["broken", '{"text":"a"}\n\n{"text":"b\n', /Line 3 of "a.jsonl" must be JSON/],
    ["list", '{"text":"a"}\n[1,2]\n', /Line 2 .* must be a JSON object; it is of type list/],
    ["number", '{"text":"a"}\n{"text":7}\n', /Line 2 .* holds a value of type number/],
    ["empty", "\n \n", /must have a column of text; it has none/],
    ["no text", '{"n":1}\n{"n":2}', /must have a column of text; it has n \(number\)/],
    ["nothing", "", /is empty \(0 bytes\)/],
    ["zeros", new Uint8Array(64), /looks binary/],
  ])("refuses: %s", async (_, content, message) => {
    expect(await faultFrom(documents(file("a.jsonl", content)))).toMatchObject({
      code: "bad-data",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  it("refuses keys that are not there or hold no text, naming those that do", async () => {
    expect(await faultFrom(documents(source, "story"))).toMatchObject({
      message: expect.stringContaining('must have the column "story"; its columns are id, text'),
      hint: expect.stringContaining("text, meta.lang, a.b"),
    });
    expect(await faultFrom(documents(source, "id"))).toMatchObject({
      message: expect.stringContaining("holds values of type number"),
    });
    expect(await faultFrom(documents(source, "meta.tags"))).toMatchObject({
      message: expect.stringContaining("holds values of type list"),
    });
  });

  it("refuses a line without an end, and one with millions of values", async () => {
    const endless = file("a.jsonl", `{"text":"a"}\n{"text":"${"x".repeat(MAX_ROW_CHARACTERS)}"}`);
    expect(await faultFrom(documents(endless))).toMatchObject({
      message: expect.stringContaining("line 2"),
    });
    const many = file("a.jsonl", `{"text":"a"}\n{"text":"b","n":[${"[],".repeat(700_000)}[]]}`);
    expect(await faultFrom(documents(many))).toMatchObject({
      message: expect.stringContaining("too many values"),
    });
  });
});

describe("csv", () => {
  const source = file(
    "a.csv",
    'id,title,text\r\n1,One,"A ""quoted"", text\r\nof two lines"\r\n2,Two,plain "as is"\r\n\r\n3,,\r\n4,"",last',
  );

  it("offers columns with what they hold", async () => {
    expect(await columns(source)).toEqual(["id: number", "title: text", "text: text"]);
    const { column, columns: found } = await inspect(source);
    expect(column).toBe("text");
    expect(found[2]?.samples[0]).toBe('A "quoted", text\nof two lines');
  });

  it("gives a document for each row that has a value", async () => {
    expect(await documents(source)).toEqual([
      'A "quoted", text\nof two lines',
      'plain "as is"',
      "last",
    ]);
    expect(await documents(source, "title")).toEqual(["One", "Two"]);
  });

  it("finds out what stands between values", async () => {
    for (const [delimiter, ending] of [
      ["\t", "tsv"],
      ["\t", "csv"],
      [";", "csv"],
      ["|", "csv"],
    ]) {
      const text = ["n,o", "a text, with commas"].map((value, i) => `${i}${delimiter}"${value}"`);
      const other = file(`a.${ending}`, `id${delimiter}text\n${text.join("\n")}\n`);
      expect(await documents(other)).toEqual(["n,o", "a text, with commas"]);
    }
  });

  it("reads a file of one column, and names columns that have no name or the same", async () => {
    expect(await documents(file("a.csv", "story\nfirst\n second one \n"))).toEqual([
      "first",
      " second one ",
    ]);
    expect(await columns(file("a.csv", "a,,a\nx,y,z"))).toEqual([
      "a: text",
      "column 2: text",
      "a.1: text",
    ]);
  });

  it("does not care where pieces end", async () => {
    const cell = '"a ""b"", c\r\nd",';
    for (let shift = 0; shift < cell.length + 2; shift++) {
      // The border of what is read at a time falls on every place of a row.
      const padding = "x".repeat((1 << 18) - 8 - shift);
      const long = file("a.csv", `text,n\n${padding},1\n${cell}2\r\nlast,3`);
      expect(await documents(long)).toEqual([padding, 'a "b", c\nd', "last"]);
    }
  });

  it.each([
    ["a short row", "a,text\n1,x\n2\n", /row on line 3 has 1/],
    ["a long row", 'a,text\n1,"x\ny"\n2,x,y\n', /row on line 4 has 3/],
    ["an open quote", 'a,text\n1,"x\n2,y\n3,z\n', /row on line 2 of "a.csv" never does/],
    ["a misplaced quote", 'a,text\n1,"x"y\n', /on line 2 of "a.csv" something else follows/],
    ["no text", "a,b\n1,2\n3,true\n", /must have a column of text; it has a \(number\), b/],
    ["nothing", "", /is empty/],
    ["only line ends", "\n\n\n", /must name its columns/],
    ["binary", Uint8Array.from({ length: 400 }, (_, i) => (i * 89) % 256), /looks binary/],
  ])("refuses: %s", async (_, content, message) => {
    expect(await faultFrom(documents(file("a.csv", content)))).toMatchObject({
      code: "bad-data",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  it("names the line of a broken row far into the file", async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i},"some text\nand more"`);
    const long = file("a.csv", `n,text\n${rows.join("\n")}\n1,2,3\n`);
    expect(await faultFrom(documents(long))).toMatchObject({
      message: expect.stringContaining("row on line 120002 has 3"),
    });
  });

  it("refuses a column of numbers, and one that is empty in every row", async () => {
    expect(await faultFrom(documents(source, "id"))).toMatchObject({
      message: expect.stringContaining("holds values of type number"),
      hint: expect.stringContaining("title, text"),
    });
    expect(await faultFrom(documents(file("a.csv", "a,b\nx,\ny,\n"), "b"))).toMatchObject({
      message: expect.stringContaining("holds nothing"),
    });
  });

  it("does not hold a quoted value that never ends", async () => {
    const endless = `a,text\n1,"${"x\n".repeat(MAX_ROW_CHARACTERS / 2 + 10)}`;
    expect(await faultFrom(documents(file("a.csv", endless)))).toMatchObject({
      message: expect.stringContaining("row on line 2"),
    });
  });
});

describe("utf8Length", () => {
  it("counts what an encoder writes", () => {
    for (const text of ["", "abc", "Grüße 漢字 🚀", "\ud83d", "\ude80x", "a\ud83d\ud83d\ude80"])
      expect(utf8Length(text)).toBe(utf8(text).length);
  });
});
