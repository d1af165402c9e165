// The recorded run that comes with the page, in the form in which headless runs are read in.
import type { ImportedFolder } from "../../../workers/api/archive.ts";
import { fetchRecording, type Recording } from "../../session/recording.ts";

/** @throws Error where the recording cannot be fetched. */
export async function exampleFolder(): Promise<ImportedFolder> {
  const recording = await fetchRecording();
  const { config, samples, device, ready } = recording;
  const encode = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;
  const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const summary = { phase: "done", config, device: device.description, ready };
  return {
    files: [
      { path: "metrics.jsonl", bytes: encode(lines(metricLines(recording))) },
      { path: "samples.jsonl", bytes: encode(lines(samples)) },
      { path: "summary.json", bytes: encode(JSON.stringify(summary)) },
    ],
    modifiedAt: Date.now(),
  };
}

/** Rows of the recording; a validation that fell between two kept rows stands at the one before. */
function metricLines({ metrics, validation }: Recording): Record<string, number>[] {
  const rows = metrics.step.map(
    (step, row): Record<string, number> => ({
      step,
      tokens: metrics.tokens[row] as number,
      seconds: metrics.seconds[row] as number,
      "train/loss": metrics.loss[row] as number,
      "train/grad_norm": metrics.gradNorm[row] as number,
      "train/lr": metrics.learningRate[row] as number,
    }),
  );
  for (const { step, loss, bitsPerByte } of validation) {
    const row = rows.findLast((one) => (one.step as number) <= step);
    if (row) Object.assign(row, { "val/loss": loss, "val/bits_per_byte": bitsPerByte });
  }
  return rows;
}
