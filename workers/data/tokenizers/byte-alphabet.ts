// tokenizer.json writes a byte as a visible character: printable Latin-1 stands for itself, and the
// other 68 bytes, in order, for the characters from U+0100 on. GPT-2's table, used by all
// byte-level tokenizers since.
// Source: Radford et al. 2019, the released encoder.

const isPrintable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) ||
  (byte >= 0xa1 && byte <= 0xac) ||
  (byte >= 0xae && byte <= 0xff);

/** The character that stands for each byte. */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : next++),
  );
})();

const CHARACTER_BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

/** Bytes as the characters of tokenizer.json. */
export function spellBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += BYTE_CHARACTERS[byte] as string;
  return text;
}

/** The bytes a spelling stands for; null if a character is not of the alphabet. */
export function readSpelling(spelling: string): Uint8Array | null {
  const bytes = new Uint8Array(spelling.length);
  for (let i = 0; i < spelling.length; i++) {
    const byte = CHARACTER_BYTES.get(spelling[i] as string);
    if (byte === undefined) return null;
    bytes[i] = byte;
  }
  return bytes;
}

/** The pre-tokenizer and decoder entries that switch the format to bytes. */
export const BYTE_LEVEL = {
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: false,
  use_regex: false,
} as const;
