// What the page may ask about texts to train on.
import type { Outcome } from "./outcome.ts";

/** Text handed in by the user. Bytes are transferred. */
export interface TextSource {
  readonly name: string;
  readonly bytes: ArrayBuffer;
}

export interface TextFacts {
  readonly characters: number;
}

export interface TextApi {
  /** Whether a text can be trained on, before anything is started; fault `bad-data`. Bytes are transferred. */
  inspect(text: TextSource): Promise<Outcome<TextFacts>>;
}
