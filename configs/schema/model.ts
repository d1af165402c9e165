import * as z from "../zod.ts";
import {
  choice,
  flag,
  integer,
  optionalChoice,
  optionalFlag,
  optionalInteger,
  real,
} from "./field.ts";
import { refuse } from "./issues.ts";

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

/** Families whose layers may look back over a window of tokens only. */
const WINDOWED = ["gpt_neo", "mistral", "gemma2", "gemma3_text"] as const;
const SHARES_KEYS = FAMILIES.filter((family) => HEAD_RULES[family].sharesKeys);
const ROTATES = FAMILIES.filter((family) => family !== "gpt2" && family !== "gpt_neo");

/** The one transformer, as a configuration. Names follow TransformerLens where it has one. */
export const modelSchema = z
  .strictObject({
    preset: optionalChoice(["nano", "micro", "small", "gpt2"], {
      help: "A named size; fields given beside it replace its own.",
      importance: "main",
      empty: "The sizes are those of the fields.",
      replacesSection: true,
    }),
    family: choice(FAMILIES, "gpt2", {
      help: "Whose architecture and file layout the model has.",
      importance: "main",
    }),
    n_layers: integer(1, 96, 2, {
      help: "Transformer blocks.",
      unit: "blocks",
      importance: "main",
    }),
    d_model: integer(4, 8_192, 64, {
      help: "Width of the residual stream.",
      unit: "channels",
      importance: "main",
    }),
    n_heads: integer(1, 128, 4, {
      help: "Attention heads per block.",
      unit: "heads",
      importance: "main",
    }),
    n_kv_heads: optionalInteger(1, 128, {
      help: "Key and value heads; as many as heads where absent.",
      unit: "heads",
      when: { "model.family": SHARES_KEYS },
      empty: "As many as heads.",
    }),
    d_mlp: optionalInteger(1, 65_536, {
      help: "Width of the MLP; where absent 4 x d_model (GPT families) or two thirds of it (gated MLPs).",
      unit: "channels",
      empty: "4 x d_model in GPT families, two thirds of that in the others.",
    }),
    n_ctx: integer(8, 131_072, 64, {
      help: "Tokens the model sees at once.",
      unit: "tokens",
      importance: "main",
    }),
    bias: flag(true, {
      help: "Bias in linear layers and norms (gpt2 family).",
      when: { "model.family": ["gpt2"] },
    }),
    dropout: real(0, 0.9, 0, { help: "Share of activations zeroed while training.", step: 0.05 }),
    rope_theta: real(100, 10_000_000, 10_000, {
      help: "Base of the rotary frequencies; in Gemma 3 those of layers without a window.",
      when: { "model.family": ROTATES },
    }),
    sliding_window: optionalInteger(1, 131_072, {
      help: "Tokens that layers with a sliding window look back over; half of n_ctx where absent (GPT-Neo, Mistral, Gemma).",
      unit: "tokens",
      when: { "model.family": WINDOWED },
      empty: "Half of n_ctx.",
    }),
    init_std: real(0.0001, 1, 0.02, {
      help: "Spread of the first random weights; narrow models learn faster with more.",
    }),
    tie_embeddings: optionalFlag({
      help: "Use the token embedding as the output matrix; the family decides where absent.",
      empty: "As the family does.",
    }),
  })
  .superRefine((model, context) => {
    const { family, d_model, n_heads } = model;
    const kv = model.n_kv_heads ?? n_heads;
    const width = d_model / n_heads;
    const { sharesKeys, widthStep, because } = HEAD_RULES[family];
    if (d_model % n_heads !== 0)
      refuse(context, {
        path: "n_heads",
        code: "headsDivide",
        params: { d_model, n_heads },
        message: `n_heads must divide d_model; d_model is ${d_model}, n_heads ${n_heads}. Choose a divisor`,
      });
    if (n_heads % kv !== 0)
      refuse(context, {
        path: "n_kv_heads",
        code: "keyHeadsDivide",
        params: { n_heads, n_kv_heads: kv },
        message: `n_kv_heads must divide n_heads; n_heads is ${n_heads}, n_kv_heads ${kv}. Choose a divisor`,
      });
    if (!sharesKeys && kv !== n_heads)
      refuse(context, {
        path: "n_kv_heads",
        code: "keyHeadsOfFamily",
        params: { family, n_heads, n_kv_heads: kv },
        message: `the ${family} family has as many key and value heads as heads; n_kv_heads is ${kv}, n_heads ${n_heads}. Leave it out, or choose family llama`,
      });
    if (Number.isInteger(width) && width % widthStep !== 0)
      refuse(context, {
        path: "n_heads",
        code: "headWidthStep",
        params: { family, step: widthStep, width },
        message: `the width of a head of the ${family} family must be a multiple of ${widthStep}, because ${because}; d_model / n_heads is ${width}. Choose another number of heads`,
      });
    if (width > 256)
      refuse(context, {
        path: "n_heads",
        code: "headWidthMost",
        params: { width },
        message: `a head may be at most 256 wide; d_model / n_heads is ${width}. Use more heads`,
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
