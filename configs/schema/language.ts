// A language run, whole. This is what a preset file holds, what a checkpoint stores, and what the
// form edits.
import * as z from "../zod.ts";
import { dataSchema } from "./data.ts";
import { integer, text } from "./field.ts";
import { type ConfigIssue, issuesOf } from "./issues.ts";
import { MODEL_PRESETS, modelSchema } from "./model.ts";
import { optimSchema } from "./optim.ts";
import { sampleSchema } from "./sample.ts";
import { trainSchema } from "./train.ts";

export const languageSchema = z.strictObject({
  lab: z.literal("language"),
  title: text(200, "Untitled", { help: "Shown in lists of runs." }),
  question: text(500, "", { help: "The question this run answers." }),
  seed: integer(0, Number.MAX_SAFE_INTEGER, 1, {
    help: "Same seed, same device: the same numbers, bit for bit.",
    importance: "main",
  }),
  data: dataSchema.prefault({}),
  model: modelSchema.prefault({}),
  optim: optimSchema.prefault({}),
  train: trainSchema.prefault({}),
  sample: sampleSchema.prefault({}),
});

export type LanguageConfig = z.infer<typeof languageSchema>;

export type ParsedConfig =
  | { readonly ok: true; readonly config: LanguageConfig }
  | { readonly ok: false; readonly issues: readonly ConfigIssue[] };

/**
 * A config from plain data (parsed YAML, a form, a URL). A named model size is expanded first, then
 * every field is checked and defaults are filled in.
 */
export function parseLanguageConfig(input: unknown): ParsedConfig {
  const expanded = expandLanguageInput(input);
  const result = languageSchema.safeParse(expanded);
  if (result.success) return { ok: true, config: result.data };
  return { ok: false, issues: issuesOf(languageSchema, expanded, result.error) };
}

/** `model: {preset: micro, n_ctx: 64}` becomes the preset's fields with those given on top. */
export function expandLanguageInput(input: unknown): unknown {
  if (!isRecord(input) || !isRecord(input.model)) return input;
  const { preset } = input.model;
  const known = typeof preset === "string" && preset in MODEL_PRESETS;
  if (!known) return input;
  const { model } = MODEL_PRESETS[preset as keyof typeof MODEL_PRESETS];
  return { ...input, model: { ...model, ...input.model } };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
