import { LanguageTrainer } from "../../runtime/language-trainer.ts";
import { GPT_STEP, gptBatch, gptTrainer, gptWeights } from "./gpt.ts";
import { measureInTurn } from "./measure.ts";
import { contenders, ratioToPeers, type Suite } from "./suite.ts";
import { type Cell, figure } from "./table.ts";

const MOST_MB = 200;
const MOST_DISPATCHES = 250;

export const stepSuite: Suite = {
  help: "a training step of a small GPT",
  standard: true,
  async run(context) {
    const { gpu, meter, seconds } = context;
    meter.reset();
    const before = meter.liveBytes;
    const options = gptTrainer(GPT_STEP);
    const trainer = await LanguageTrainer.create(gpu, options);
    for (const [name, data] of gptWeights(options.model)) trainer.parameters.write(name, data);
    let step = 0;
    const run = async (): Promise<void> => {
      trainer.runStep([gptBatch(GPT_STEP, step++)]);
      await trainer.drainMetrics();
      await gpu.device.queue.onSubmittedWorkDone();
    };
    await run();
    const peak = meter.peakBytes - before;
    meter.reset();
    trainer.runStep([gptBatch(GPT_STEP, step++)]);
    const perStep = { dispatches: meter.dispatches, submits: meter.submits };
    await gpu.device.queue.onSubmittedWorkDone();

    const works = await contenders(context, { run, dispose: () => trainer.destroy() }, (peer) =>
      peer.step(GPT_STEP),
    );
    const counted: { peakMB: number; dispatches: number; submits: number }[] = [
      { peakMB: peak / 1e6, ...perStep },
    ];
    for (const work of works.slice(1)) {
      await work.run();
      meter.reset();
      await work.run();
      const { dispatches: n, submits, peakBytes } = meter;
      counted.push({ peakMB: peakBytes / 1e6, dispatches: n, submits });
    }
    const timings = await measureInTurn(works, { seconds: 2 * seconds, warmUps: 1, rounds: 4 });
    const ratio = ratioToPeers(timings);
    const tokens = GPT_STEP.B * GPT_STEP.T;
    const rows = works.map(({ name, dispose }, i): Cell[] => {
      const { medianMs, lowMs, highMs } = timings[i] as (typeof timings)[number];
      const { peakMB, dispatches: n, submits } = counted[i] as (typeof counted)[number];
      dispose?.();
      return [
        name,
        medianMs,
        `${figure(lowMs)} to ${figure(highMs)}`,
        (1_000 * tokens) / medianMs,
        n,
        submits,
        peakMB,
        i === 0 && ratio !== null ? ratio : "",
      ];
    });
    return [
      {
        title:
          "Training step: GPT-2 form, width 128, 4 layers, 4 heads, T 128, B 8, V 256, AdamW, f32",
        columns: [
          "who",
          "ms",
          "quartiles",
          "tokens/s",
          "dispatches",
          "submits",
          "peak MB",
          "times the fastest peer",
        ],
        rows,
        notes: ["842,496 parameters, 5.84 GFLOP a step; the loss is read back after each step."],
        claims: [
          {
            what: "GPU memory of training",
            asked: `at most ${MOST_MB} MB`,
            met: `${figure(peak / 1e6)} MB`,
            holds: peak <= MOST_MB * 1e6,
          },
          {
            what: "dispatches and submits of a step",
            asked: `at most ${MOST_DISPATCHES} in 1`,
            met: `${perStep.dispatches} in ${perStep.submits}`,
            holds: perStep.dispatches <= MOST_DISPATCHES && perStep.submits === 1,
          },
          ...(ratio === null
            ? []
            : [
                {
                  what: "training step against the fastest peer",
                  asked: "3.5x, aim 5x",
                  met: `${figure(ratio)}x`,
                  holds: ratio >= 3.5,
                },
              ]),
        ],
      },
    ];
  },
};
