import { f32 } from "../../../kernels/core/shape.ts";
import { attention } from "../../../kernels/ops/attention/attention.ts";
import { measureInTurn } from "./measure.ts";
import { type AttentionCase, contenders, ratioToPeers, type Suite } from "./suite.ts";
import { type BenchTable, type Cell, figure } from "./table.ts";
import { opWork } from "./works.ts";

const CASES: readonly (AttentionCase & { readonly mostMB: number })[] = [
  { B: 4, H: 4, T: 256, D: 32, mostMB: 10 },
  { B: 4, H: 4, T: 1024, D: 32, mostMB: 40 },
];

export const attentionSuite: Suite = {
  help: "causal attention, forward and backward",
  standard: true,
  async run(context) {
    const { gpu, seconds, log } = context;
    const rows: Cell[][] = [];
    const claims: NonNullable<BenchTable["claims"]>[number][] = [];
    for (const work of CASES) {
      const { B, H, T, D, mostMB } = work;
      const form = `B${B} H${H} T${T} D${D}`;
      log(form);
      const spec = f32([B, H, T, D]);
      const ours = await opWork(
        gpu,
        attention,
        [spec, spec, spec, null],
        { causal: true, window: null, softcap: null, scale: 1 / Math.sqrt(D) },
        { backward: true },
      );
      const works = await contenders(context, ours, (peer) => peer.attention(work));
      const timings = await measureInTurn(works, { seconds, warmUps: 1, rounds: 3 });
      const ratio = ratioToPeers(timings);
      works.forEach(({ name, dispose }, i) => {
        const { medianMs, lowMs, highMs } = timings[i] as (typeof timings)[number];
        // Scores, their gradient, p v, dv, dq and dk: 7 products of T x T x D halved by the mask.
        const gflops = (7 * B * H * T * T * D) / medianMs / 1e6;
        rows.push([
          form,
          name,
          medianMs,
          `${figure(lowMs)} to ${figure(highMs)}`,
          gflops,
          i === 0 ? ours.extraBytes / 1e6 : "",
          i === 0 && ratio !== null ? ratio : "",
        ]);
        dispose?.();
      });
      claims.push({
        what: `memory beside inputs, outputs and gradients, ${form}`,
        asked: `at most ${mostMB} MB`,
        met: `${figure(ours.extraBytes / 1e6)} MB`,
        holds: ours.extraBytes <= mostMB * 1e6,
      });
      if (ratio !== null)
        claims.push({
          what: `attention against the fastest peer, ${form}`,
          asked: "2.5x, aim 4x",
          met: `${figure(ratio)}x`,
          holds: ratio >= 2.5,
        });
    }
    return [
      {
        title: "Causal attention, forward and backward, f32",
        columns: [
          "shape",
          "who",
          "ms",
          "quartiles",
          "GFLOP/s",
          "extra MB",
          "times the fastest peer",
        ],
        rows,
        notes: ["Gradients of q, k and v for a given gradient of the output."],
        claims,
      },
    ];
  },
};
