import * as z from "../zod.ts";
import { choice, flag, integer, real } from "./field.ts";

/** Families that can be trained from nothing, by the `model_type` of their files. */
const FAMILIES = [
  "gpt2",
  "gpt_neo",
  "gpt_neox",
  "llama",
  "mistral",
  "qwen2",
  "qwen3",
  "gemma2",
  "gemma3_text",
] as const;

interface HeadRules {
  /** Several heads may share a key and a value head. */
  readonly sharesKeys: boolean;
  /** Widths a head may have are multiples of this, and why. */
  readonly widthStep: number;
  readonly because: string;
}

const LEARNED = { sharesKeys: false, widthStep: 1, because: "" };
const ROTARY = { sharesKeys: true, widthStep: 2, because: "RoPE turns pairs" };

/** What a family asks of its heads. */
const HEAD_RULES: Readonly<Record<(typeof FAMILIES)[number], HeadRules>> = {
  gpt2: LEARNED,
  gpt_neo: LEARNED,
  gpt_neox: { sharesKeys: false, widthStep: 8, because: "RoPE turns pairs in a quarter of it" },
  llama: ROTARY,
  mistral: ROTARY,
  qwen2: ROTARY,
  qwen3: ROTARY,
  gemma2: ROTARY,
  gemma3_text: ROTARY,
};

/** The one transformer, as a configuration. Names follow TransformerLens where it has one. */
export const modelSchema = z
  .strictObject({
    preset: z
      .enum(["nano", "micro", "small", "gpt2"])
      .optional()
      .meta({ help: "A named size; fields given beside it replace its own." }),
    family: choice(FAMILIES, "gpt2", {
      help: "Whose architecture and file layout the model has.",
    }),
    n_layers: integer(1, 96, 2, { help: "Transformer blocks.", unit: "blocks" }),
    d_model: integer(4, 8_192, 64, { help: "Width of the residual stream.", unit: "channels" }),
    n_heads: integer(1, 128, 4, { help: "Attention heads per block.", unit: "heads" }),
    n_kv_heads: z
      .number()
      .int()
      .min(1)
      .max(128)
      .optional()
      .meta({ help: "Key and value heads; as many as heads where absent.", unit: "heads" }),
    d_mlp: z.number().int().min(1).max(65_536).optional().meta({
      help: "Width of the MLP; where absent 4 x d_model (GPT families) or two thirds of it (gated MLPs).",
      unit: "channels",
    }),
    n_ctx: integer(8, 131_072, 64, { help: "Tokens the model sees at once.", unit: "tokens" }),
    bias: flag(true, { help: "Bias in linear layers and norms (gpt2 family)." }),
    dropout: real(0, 0.9, 0, { help: "Share of activations zeroed while training." }),
    rope_theta: real(100, 10_000_000, 10_000, {
      help: "Base of the rotary frequencies; in Gemma 3 those of layers without a window.",
    }),
    sliding_window: z.number().int().min(1).max(131_072).optional().meta({
      help: "Tokens that layers with a sliding window look back over; half of n_ctx where absent (GPT-Neo, Mistral, Gemma).",
      unit: "tokens",
    }),
    init_std: real(0.0001, 1, 0.02, {
      help: "Spread of the first random weights; narrow models learn faster with more.",
    }),
    tie_embeddings: z.boolean().optional().meta({
      help: "Use the token embedding as the output matrix; the family decides where absent.",
    }),
  })
  .superRefine((model, context) => {
    if (model.d_model % model.n_heads !== 0)
      context.addIssue({
        code: "custom",
        path: ["n_heads"],
        message: `n_heads must divide d_model; d_model is ${model.d_model}, n_heads ${model.n_heads}. Choose a divisor`,
      });
    const kv = model.n_kv_heads ?? model.n_heads;
    if (model.n_heads % kv !== 0)
      context.addIssue({
        code: "custom",
        path: ["n_kv_heads"],
        message: `n_kv_heads must divide n_heads; n_heads is ${model.n_heads}, n_kv_heads ${kv}. Choose a divisor`,
      });
    const { sharesKeys, widthStep, because } = HEAD_RULES[model.family];
    if (!sharesKeys && kv !== model.n_heads)
      context.addIssue({
        code: "custom",
        path: ["n_kv_heads"],
        message: `the ${model.family} family has as many key and value heads as heads; n_kv_heads is ${kv}, n_heads ${model.n_heads}. Leave it out, or choose family llama`,
      });
    if ((model.d_model / model.n_heads) % widthStep !== 0)
      context.addIssue({
        code: "custom",
        path: ["n_heads"],
        message: `the width of a head of the ${model.family} family must be a multiple of ${widthStep}, because ${because}; d_model / n_heads is ${model.d_model / model.n_heads}. Choose another number of heads`,
      });
    if (model.d_model / model.n_heads > 256)
      context.addIssue({
        code: "custom",
        path: ["n_heads"],
        message: `a head may be at most 256 wide; d_model / n_heads is ${model.d_model / model.n_heads}. Use more heads`,
      });
  });

export type ModelSection = z.infer<typeof modelSchema>;

/** Named sizes. Parameter counts are with the default tokenizer of the preset that uses them. */
export const MODEL_PRESETS: Readonly<
  Record<"nano" | "micro" | "small" | "gpt2", { parameters: string; model: Partial<ModelSection> }>
> = {
  nano: {
    parameters: "0.1 M",
    model: { family: "gpt2", n_layers: 2, d_model: 64, n_heads: 4, n_ctx: 64 },
  },
  micro: {
    parameters: "0.8 M",
    model: { family: "gpt2", n_layers: 4, d_model: 128, n_heads: 4, n_ctx: 128 },
  },
  small: {
    parameters: "10 M",
    model: { family: "gpt2", n_layers: 6, d_model: 384, n_heads: 6, n_ctx: 256 },
  },
  gpt2: {
    parameters: "124 M",
    model: { family: "gpt2", n_layers: 12, d_model: 768, n_heads: 12, n_ctx: 1_024 },
  },
};
