/** How the next token is chosen. Applied in this order, as transformers does. */
export interface SamplerSettings {
  /** Divides logits of tokens already in the context when positive, multiplies when negative; 1 is off. */
  readonly repetitionPenalty: number;
  /** Subtracted from a token's logit for each time it occurs in the context; 0 is off. */
  readonly frequencyPenalty: number;
  /** Subtracted once from the logit of each token that occurs in the context; 0 is off. */
  readonly presencePenalty: number;
  /** Divides the logits; 0 means greedy. */
  readonly temperature: number;
  /** Keep the k largest logits, and what ties with the last of them; 0 is off. */
  readonly topK: number;
  /** Keep the most probable tokens until their mass reaches this, and what ties with the last; 1 is off. */
  readonly topP: number;
  /** Keep tokens at least this share as probable as the most probable one; 0 is off. */
  readonly minP: number;
  /** Take the largest logit. */
  readonly greedy: boolean;
}

/** Plain sampling from the model's own distribution. */
export const SAMPLER_DEFAULTS: SamplerSettings = {
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  greedy: false,
};

/** What a masked logit is on the GPU: a large finite number, for infinities may be assumed away there. */
export const MASKED_LOGIT = -3e38;

/** A history entry that is no token: padding of shorter contexts. */
export const NO_TOKEN = 0xffff_ffff;

/** Settings as the eight floats of the sampler's `settings` tensor. */
export function settingsWords(settings: Partial<SamplerSettings>): Float32Array<ArrayBuffer> {
  const s = { ...SAMPLER_DEFAULTS, ...settings };
  return Float32Array.of(
    s.temperature,
    s.topK,
    s.topP,
    s.minP,
    s.repetitionPenalty,
    s.frequencyPenalty,
    s.presencePenalty,
    s.greedy ? 1 : 0,
  );
}

/** The inverse of {@link settingsWords}. */
export function settingsFrom(words: ArrayLike<number>): SamplerSettings {
  const at = (i: number): number => words[i] as number;
  return {
    temperature: at(0),
    topK: at(1),
    topP: at(2),
    minP: at(3),
    repetitionPenalty: at(4),
    frequencyPenalty: at(5),
    presencePenalty: at(6),
    greedy: at(7) > 0,
  };
}
