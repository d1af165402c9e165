import { decodeText } from "../../../data/text-file.ts";
import { mutateBytes, mutateText } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const TEXT = "The hen saw Anna.\r\nShe ran; 12 eggs fell — 漢字, 𝕏 and é.\n".repeat(8);
const utf16 = (text: string) =>
  new Uint8Array(
    Uint16Array.of(0xfeff, ...Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)))
      .buffer,
  );

export const textFile: FuzzTarget = {
  name: "text file",
  seeds: () => [
    new TextEncoder().encode(TEXT),
    new TextEncoder().encode(`\ufeff${TEXT}`),
    utf16(TEXT),
  ],
  mutate: (bytes, draws) => (draws.chance(0.5) ? mutateBytes : mutateText())(bytes, draws),
  parse: (bytes) => decodeText(bytes, "fuzz.txt").length,
};
