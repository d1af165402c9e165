import { layOutPages, Pages } from "../../engine/pages.ts";
import { Generator } from "../../generate/generator.ts";
import { parametersOf } from "../../nn/config.ts";
import { GPT_STEP, gptModel, gptWeights, mixed } from "./gpt.ts";
import { measureInTurn } from "./measure.ts";
import { contenders, type DecodeCase, ratioToPeers, type Suite } from "./suite.ts";
import { type Cell, figure } from "./table.ts";

const NEW_TOKENS = 64;
const PROMPT = 16;

export const decodeSuite: Suite = {
  help: "writing text through a KV cache",
  standard: true,
  async run(context) {
    const { gpu, seconds, log } = context;
    const rows: Cell[][] = [];
    let worst = Number.POSITIVE_INFINITY;
    const model = gptModel(GPT_STEP);
    const weights = new Pages(
      gpu,
      "bench/weights",
      layOutPages(parametersOf(model), gpu.profile.limits.maxStorageBufferBindingSize),
    );
    for (const [name, data] of gptWeights(model)) weights.write(name, data);
    for (const batch of [1, 32]) {
      log(`batch ${batch}`);
      const { dModel, nLayers, nHeads, vocab } = GPT_STEP;
      const work: DecodeCase = {
        ...{ dModel, nLayers, nHeads, vocab, batch },
        promptLength: PROMPT,
        newTokens: NEW_TOKENS,
      };
      const generator = await Generator.create(gpu, {
        config: model,
        weights,
        batch,
        capacity: GPT_STEP.T,
      });
      const prompts = Array.from({ length: batch }, (_, row) =>
        Array.from({ length: PROMPT }, (_, t) => mixed(row, t) % vocab),
      );
      const run = () =>
        generator.generate({
          prompts,
          maxNewTokens: NEW_TOKENS,
          seed: 1,
          sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
        });
      const works = await contenders(context, { run, dispose: () => generator.destroy() }, (peer) =>
        peer.decode(work),
      );
      const timings = await measureInTurn(works, { seconds, warmUps: 1, rounds: 3 });
      const ratio = ratioToPeers(timings);
      if (ratio !== null) worst = Math.min(worst, ratio);
      works.forEach(({ name, dispose }, i) => {
        const { medianMs, lowMs, highMs } = timings[i] as (typeof timings)[number];
        const rate = (ms: number) => (1_000 * batch * NEW_TOKENS) / ms;
        rows.push([
          batch,
          name,
          rate(medianMs),
          `${figure(rate(highMs))} to ${figure(rate(lowMs))}`,
          i === 0 && ratio !== null ? ratio : "",
        ]);
        dispose?.();
      });
    }
    weights.destroy();
    return [
      {
        title: "Decoding through a KV cache, the same GPT, greedy",
        columns: ["batch", "who", "tokens/s", "quartiles", "times the fastest peer"],
        rows,
        notes: [`Prompts of ${PROMPT} tokens, ${NEW_TOKENS} new ones; prefill counted.`],
        ...(Number.isFinite(worst)
          ? {
              claims: [
                {
                  what: "decoding against the fastest peer, worst batch",
                  asked: "4x",
                  met: `${figure(worst)}x`,
                  holds: worst >= 4,
                },
              ],
            }
          : {}),
      },
    ];
  },
};
