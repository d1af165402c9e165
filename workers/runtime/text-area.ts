import type { Outcome } from "../api/outcome.ts";
import type { TextApi, TextFacts, TextSource } from "../api/text.ts";
import { decodeText } from "../data/text-file.ts";
import type { StudioHost } from "./host.ts";

/** Texts to train on. */
export class TextArea implements TextApi {
  constructor(private readonly host: StudioHost) {}

  inspect({ name, bytes }: TextSource): Promise<Outcome<TextFacts>> {
    return this.host.outcome(async () => ({
      characters: decodeText(new Uint8Array(bytes), name).length,
    }));
  }
}
