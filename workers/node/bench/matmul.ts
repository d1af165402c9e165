import { f32 } from "../../../kernels/core/shape.ts";
import { matmul } from "../../../kernels/ops/matmul/matmul.ts";
import { measureInTurn } from "./measure.ts";
import { contenders, type MatmulCase, ratioToPeers, type Suite } from "./suite.ts";
import { type Cell, figure } from "./table.ts";
import { opWork } from "./works.ts";

const of = (M: number, K: number, N: number, form: "NN" | "NT" | "TN"): MatmulCase => ({
  ...{ M, K, N },
  transA: form === "TN",
  transB: form === "NT",
});

const CASES: readonly MatmulCase[] = [
  of(512, 512, 512, "NN"),
  of(768, 768, 768, "NN"),
  of(1024, 1024, 1024, "NN"),
  of(128, 1024, 512, "TN"),
  of(1024, 512, 128, "NT"),
];

export const matmulSuite: Suite = {
  help: "matrix products of the shapes that a small model has",
  standard: true,
  async run(context) {
    const { gpu, seconds, log } = context;
    const rows: Cell[][] = [];
    let worst = Number.POSITIVE_INFINITY;
    for (const work of CASES) {
      const { M, K, N, transA, transB } = work;
      const form = `${transA ? "T" : "N"}${transB ? "T" : "N"} ${M}x${K}x${N}`;
      log(form);
      const ours = await opWork(
        gpu,
        matmul,
        [f32(transA ? [K, M] : [M, K]), f32(transB ? [N, K] : [K, N]), null, null],
        { transA, transB },
      );
      const works = await contenders(context, ours, (peer) => peer.matmul(work));
      const timings = await measureInTurn(works, { seconds });
      const ratio = ratioToPeers(timings);
      if (ratio !== null) worst = Math.min(worst, ratio);
      works.forEach(({ name, dispose }, i) => {
        const { medianMs, lowMs, highMs, bestMs } = timings[i] as (typeof timings)[number];
        const gflops = (ms: number) => (2 * M * K * N) / ms / 1e6;
        rows.push([
          form,
          name,
          medianMs,
          `${figure(lowMs)} to ${figure(highMs)}`,
          gflops(medianMs),
          gflops(bestMs),
          i === 0 && ratio !== null ? ratio : "",
        ]);
        dispose?.();
      });
    }
    return [
      {
        title: "Matrix product, f32",
        columns: ["shape", "who", "ms", "quartiles", "GFLOP/s", "best", "times the fastest peer"],
        rows,
        notes: ["Work: 2 M K N operations; operands on the GPU already."],
        ...(Number.isFinite(worst)
          ? {
              claims: [
                {
                  what: "matrix products against the fastest peer, worst shape",
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
