import * as z from "../zod.ts";
import { integer, real, text } from "./field.ts";

/** How the model writes; names as in transformers' GenerationConfig. */
export const sampleSchema = z.strictObject({
  prompt: text(100_000, "", { help: "Text to continue.", importance: "main" }),
  max_new_tokens: integer(1, 100_000, 120, {
    help: "Longest continuation.",
    unit: "tokens",
    importance: "main",
  }),
  temperature: real(0, 10, 0.8, {
    help: "0 always takes the likeliest token.",
    step: 0.05,
    importance: "main",
  }),
  top_k: integer(0, 1_000_000, 0, {
    help: "Keep only this many tokens; 0 keeps all.",
    unit: "tokens",
  }),
  top_p: real(0, 1, 1, {
    help: "Keep the likeliest tokens that together reach this probability.",
    step: 0.01,
  }),
  min_p: real(0, 1, 0, { help: "Drop tokens below this share of the likeliest one.", step: 0.01 }),
  repetition_penalty: real(0.1, 10, 1, {
    help: "Above 1, makes tokens already written less likely.",
    step: 0.05,
  }),
});

export type SampleConfig = z.infer<typeof sampleSchema>;

/** One turn of a chat; templates know further keys, such as `tool_calls`. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  readonly [key: string]: unknown;
}
