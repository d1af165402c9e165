import { FaultError } from "../../kernels/core/fault.ts";

/** What a training window asks of a text. */
export interface TextNeeds {
  /** How messages call the text. */
  readonly name: string;
  /** Tokens in one window. */
  readonly contextLength: number;
  /** Characters of the whole text. */
  readonly characters: number;
  /** Tokens of the training part and of the validation part. */
  readonly trainTokens: number;
  readonly validationTokens: number;
}

/**
 * Refuses a text too short for one window: training needs `contextLength` + 1 tokens (the last one is
 * only a target), validation needs 2.
 *
 * @throws FaultError "bad-data" naming about how many characters would do.
 */
export function requireOneWindow(needs: TextNeeds): void {
  const { name, contextLength, characters, trainTokens, validationTokens } = needs;
  const total = trainTokens + validationTokens;
  const perToken = total > 0 ? characters / total : 1;
  const trainShare = total > 0 && trainTokens > 0 ? trainTokens / total : 1;
  if (trainTokens < contextLength + 1) {
    const needed = Math.ceil(((contextLength + 1) / trainShare) * perToken);
    throw new FaultError(
      "bad-data",
      `The training part must fill one window of ${contextLength} tokens and one more; "${name}" gives ${trainTokens === 1 ? "1 token" : `${trainTokens} tokens`} (${characters} characters in the whole text).`,
      `Use a text of about ${Math.max(needed, characters + 1)} characters or more, or a shorter context (model.n_ctx).`,
    );
  }
  if (validationTokens < 2)
    throw new FaultError(
      "bad-data",
      `The validation part must hold at least 2 tokens; "${name}" leaves ${validationTokens} of ${total} for it.`,
      "Use a longer text, or give validation a larger share.",
    );
}
