// The shipped table of this adapter against the plain kernels, row by row.
import { rowName } from "../../../kernels/core/variants.ts";
import { TUNED } from "../../../kernels/tuned.ts";
import { profileWith, SampleWork } from "../../runtime/sample-work.ts";
import { measureInTurn } from "./measure.ts";
import type { Suite } from "./suite.ts";
import { type Cell, figure } from "./table.ts";

const MOST_TIMES_PLAIN = 1.1;

export const variantsSuite: Suite = {
  help: "the shipped kernel of every row against the plain one",
  standard: true,
  async run({ gpu, seconds, log }) {
    const rows: Cell[][] = [];
    let worst = { row: "none", ratio: 0 };
    for (const { family, samples } of TUNED)
      for (const shapeClass of family.classes) {
        const row = rowName(family.name, shapeClass);
        const shipped = family.shipped(gpu.profile.adapterClass, shapeClass);
        const plain = family.variants[0]?.name as string;
        if (shipped === plain) continue;
        log(row);
        const { timed } = samples(shapeClass, gpu.profile.adapterClass);
        const works = await Promise.all(
          [shipped, plain].map((name) =>
            SampleWork.compile(gpu, timed, profileWith(gpu, family, name)),
          ),
        );
        const timings = await measureInTurn(
          works.map((work) => ({ run: () => work.run() })),
          { seconds: seconds / 4 },
        );
        for (const work of works) work.destroy();
        const [ours, theirs] = timings.map(({ medianMs }) => medianMs) as [number, number];
        if (ours / theirs > worst.ratio) worst = { row, ratio: ours / theirs };
        const spread = timings.map(({ lowMs, highMs }) => `${figure(lowMs)} to ${figure(highMs)}`);
        rows.push([row, shipped, ours, spread[0] ?? "", theirs, spread[1] ?? "", theirs / ours]);
      }
    return [
      {
        title: "Shipped kernels against plain ones",
        columns: [
          "row",
          "shipped",
          "ms",
          "quartiles",
          "plain ms",
          "quartiles",
          "times as fast as plain",
        ],
        rows,
        notes: ["Rows that ship the plain kernel are left out. Attention with its gradients."],
        claims: [
          {
            what: `no kernel much slower than plain; worst row ${worst.row}`,
            asked: `at most ${MOST_TIMES_PLAIN} times plain's time`,
            met: `${figure(worst.ratio)} times`,
            holds: worst.ratio <= MOST_TIMES_PLAIN,
          },
        ],
      },
    ];
  },
};
