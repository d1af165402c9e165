// A long run must not grow: what it holds after 2,000 steps is what it held when everything had been compiled.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parse } from "yaml";
import { parseLanguageConfig } from "../../../configs/schema/language.ts";
import { FaultError } from "../../../kernels/core/fault.ts";
import type { Gpu } from "../../../kernels/core/gpu.ts";
import { LanguageRun } from "../../runtime/language-run.ts";
import { FolderDatasetStore } from "../folder-dataset-store.ts";
import { FolderStore } from "../folder-store.ts";
import type { Evidence, Row } from "./evidence.ts";

const STEPS = 2_000;
/** By then the run has evaluated, written samples and saved a few times. */
const SETTLED = 400;
const EVERY = 200;
const ALLOWED = 0.01;

interface Held {
  readonly gpuBytes: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
}

const MEASURES = [
  { name: "GPU buffers", of: ({ gpuBytes }: Held) => gpuBytes },
  { name: "JavaScript heap", of: ({ heapBytes }: Held) => heapBytes },
  { name: "resident process", of: ({ residentBytes }: Held) => residentBytes },
] as const;

export const soak: Evidence = {
  title: "A long run does not grow",
  claim: `Asked: \`nano\` over ${STEPS.toLocaleString("en")} steps, with its evaluations, samples and checkpoints: memory flat within 1 % from step ${SETTLED} on. Heap and process are measured after a full collection; the table shows the growth of the median over the last five readings against the first five.`,
  data: null,
  cells: () => [{ name: `nano, ${STEPS} steps`, run: runSoak }],
};

async function runSoak(gpu: Gpu, folder: string): Promise<Row> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const plain = parse(await readFile("configs/presets/language/nano.yaml", "utf8"));
  const parsed = parseLanguageConfig({ ...plain, train: { ...plain.train, max_steps: STEPS } });
  if (!parsed.ok) throw new FaultError("bad-config", JSON.stringify(parsed.issues));
  const held: Held[] = [];
  let due = SETTLED;
  const run = new LanguageRun(
    { runId: "soak", config: parsed.config },
    {
      gpu,
      store: new FolderStore(folder),
      datasets: new FolderDatasetStore(join(folder, "datasets")),
      now: () => performance.now(),
      emit(event) {
        if (event.type === "fault") throw new FaultError(event.fault.code, event.fault.message);
        const step = event.type === "metrics" ? (event.batch.step.at(-1) ?? 0) : 0;
        if (step < due) return;
        due = step + EVERY / 2;
        collect();
        const { heapUsed, rss } = process.memoryUsage();
        held.push({ gpuBytes: gpu.counters.liveBytes, heapBytes: heapUsed, residentBytes: rss });
      },
    },
  );
  const phase = await run.run();
  run.destroy();
  if (phase !== "done") throw new FaultError("internal", `The run ended as "${phase}".`);
  const row: Record<string, string> = {};
  for (const { name, of } of MEASURES) {
    const first = median(held.slice(0, 5).map(of));
    const growth = median(held.slice(-5).map(of)) / first - 1;
    row[`${name} (MB)`] = (first / 1e6).toFixed(1);
    row[`${name}, growth`] = `${(100 * growth).toFixed(2)} %`;
    if (!(growth <= ALLOWED))
      throw new FaultError(
        "internal",
        `Over ${STEPS} steps memory must stay within 1 %; ${name} grew by ${row[`${name}, growth`]}.`,
      );
  }
  return row;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
