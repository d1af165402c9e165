import type { NdArray } from "../../core/op.ts";
import type { GoldenFamily } from "../../testing/golden.ts";
import { runOp } from "../../testing/run-op.ts";
import { inverseCdf, processLogits } from "./sampling.ts";
import { MASKED_LOGIT, settingsWords } from "./settings.ts";

const arrayOf = (data: Iterable<number>, shape: readonly number[]): NdArray => ({
  shape,
  data: Float64Array.from(data),
});

/** `sample_distribution`. Vectors mask with -inf; our tensors hold a large finite number there. */
export const sampleDistributionGolden: GoldenFamily = {
  kind: "run",
  async run(gpu, { attrs }, inputs) {
    const logits = inputs.logits?.array as NdArray;
    const rows = logits.shape[0] as number;
    const context = inputs.context?.array ?? arrayOf([], [rows, 0]);
    const number = (name: string, off: number): number => Number(attrs[name] ?? off);
    const settings = settingsWords({
      temperature: number("temperature", 1),
      topK: number("top_k", 0),
      topP: number("top_p", 1),
      minP: number("min_p", 0),
      repetitionPenalty: number("repetition_penalty", 1),
      frequencyPenalty: number("frequency_penalty", 0),
      presencePenalty: number("presence_penalty", 0),
    });
    const lengths = new Array<number>(rows).fill(context.shape[1] as number);
    const [filtered, probs, kept, entropy] = await runOp(
      gpu,
      processLogits,
      [
        {
          array: arrayOf(
            logits.data.map((v) => Math.max(v, MASKED_LOGIT)),
            logits.shape,
          ),
        },
        { array: context, dtype: "u32" }, // -1, no token, becomes NO_TOKEN
        { array: arrayOf(lengths, [rows]), dtype: "u32" },
        { array: arrayOf(settings, [8]) },
      ],
      {},
    );
    return {
      filtered_logits: (filtered as NdArray).data.map((v) =>
        v < -1e37 ? Number.NEGATIVE_INFINITY : v,
      ),
      probs: (probs as NdArray).data,
      kept: (kept as NdArray).data,
      entropy: (entropy as NdArray).data,
    };
  },
};

export const inverseCdfGolden: GoldenFamily = {
  kind: "run",
  async run(gpu, _golden, { probs, u }) {
    const [token] = await runOp(gpu, inverseCdf, [probs ?? null, u ?? null], {});
    return { token: (token as NdArray).data };
  },
};
