import { describe, expect, it } from "vitest";
import { FaultError } from "../../kernels/core/fault.ts";
import { decodeText, requireOneWindow } from "./text-file.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, littleEndian: boolean) => {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
};
const faultOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof FaultError ? error.fault : error;
  }
  return null;
};

describe("decodeText", () => {
  it("reads UTF-8, with and without a mark, and UTF-16 with one", () => {
    const text = "Grüße, 漢字 🚀\nzwei";
    expect(decodeText(utf8(text), "a.txt")).toBe(text);
    expect(decodeText(utf8(`\uFEFF${text}`), "a.txt")).toBe(text);
    expect(decodeText(utf16(`\uFEFF${text}`, true), "a.txt")).toBe(text);
    expect(decodeText(utf16(`\uFEFF${text}`, false), "a.txt")).toBe(text);
  });

  it("makes every line end one \\n", () => {
    expect(decodeText(utf8("a\r\nb\rc\n"), "a.txt")).toBe("a\nb\nc\n");
  });

  it("lets a text cut inside a character pass", () => {
    const bytes = utf8(`${"a long enough text ".repeat(10)}é`);
    expect(decodeText(bytes.subarray(0, bytes.length - 1), "a.txt")).toMatch(/\uFFFD$/);
  });

  it.each([
    ["empty", new Uint8Array(0), /"empty" is empty/],
    ["mark only", utf8("\uFEFF"), /byte-order mark and nothing else/],
    ["one character", utf8("aaaa"), /holds only 4 times "a"/],
    ["one rocket", utf8("🚀🚀🚀"), /holds only 3 times "🚀"/],
    ["one line end", utf8("\r\n\r\n"), /two different characters/],
    ["zeros", new Uint8Array(100), /looks binary: 100.0 %/],
    ["image", Uint8Array.from({ length: 400 }, (_, i) => (i * 89) % 256), /looks binary/],
    [
      "Latin-1",
      Uint8Array.from("caf\u00e9 cr\u00e8me ".repeat(20), (c) => c.charCodeAt(0)),
      /looks binary/,
    ],
    ["no mark", utf16("plain text", true), /looks binary/],
  ])("refuses: %s", (name, bytes, message) => {
    expect(faultOf(() => decodeText(bytes, name))).toMatchObject({
      code: "bad-data",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  it("tells UTF-16 without a mark from other binary files", () => {
    expect(faultOf(() => decodeText(utf16("plain text", true), "a"))).toMatchObject({
      hint: expect.stringContaining("UTF-16"),
    });
  });
});

describe("requireOneWindow", () => {
  const needs = { name: "a.txt", contextLength: 64, characters: 130 };

  it("passes what fills a window", () => {
    requireOneWindow({ ...needs, trainTokens: 65, validationTokens: 2 });
  });

  it("says how many characters would do", () => {
    // 2 characters per token and 9 of 10 tokens for training: 65 / 0.9 * 2 = 145 characters.
    const fault = faultOf(() =>
      requireOneWindow({ ...needs, characters: 100, trainTokens: 45, validationTokens: 5 }),
    );
    expect(fault).toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("window of 64 tokens"),
      hint: expect.stringContaining("about 145 characters"),
    });
  });

  it("asks for a validation part", () => {
    expect(
      faultOf(() => requireOneWindow({ ...needs, trainTokens: 100, validationTokens: 1 })),
    ).toMatchObject({ code: "bad-data", message: expect.stringContaining("validation part") });
  });
});
