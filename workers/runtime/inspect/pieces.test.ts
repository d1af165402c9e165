import { describe, expect, it } from "vitest";
import { createByteTokenizer } from "../../data/tokenizers/byte.ts";
import { createCharacterTokenizer } from "../../data/tokenizers/character.ts";
import { pieceOf, piecesOf } from "./pieces.ts";

describe("pieces of a text", () => {
  it("are whole characters as they are, and parts of one as their bytes", () => {
    const bytes = createByteTokenizer();
    const [e4, bd, a0, h] = bytes.encode("你h");
    expect([e4, bd, a0, h].map((id) => pieceOf(bytes, id as number))).toEqual([
      "\\xE4",
      "\\xBD",
      "\\xA0",
      "h",
    ]);
    const characters = createCharacterTokenizer(["你", "\n", " "]);
    expect(pieceOf(characters, characters.encode("你")[0] as number)).toBe("你");
    expect(pieceOf(characters, characters.encode("\n")[0] as number)).toBe("\n");
  });

  it("are a number where the model has more tokens than its tokenizer", () => {
    expect(pieceOf(createCharacterTokenizer(["a"]), 77)).toBe("#77");
  });

  it("are listed once for each token that occurs", () => {
    const { encode, ...rest } = createCharacterTokenizer(["a", "b", "c"]);
    const tokenizer = { encode, ...rest };
    const pieces = piecesOf(tokenizer, encode("aab"), Uint32Array.from(encode("c")));
    expect(Object.values(pieces).sort()).toEqual(["a", "b", "c"]);
  });
});
