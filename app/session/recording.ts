// A recorded run as a file: public/recorded/nano.json. scripts/record.mjs makes it from the folder that
// `npm run headless` writes. The page shows it where there is nothing live to show yet.

import { languageSchema } from "../../configs/schema/language.ts";
import * as z from "../../configs/zod.ts";
import { appendColumns, type Columns, EMPTY_COLUMNS } from "../lib/columns.ts";

const numbers = z.array(z.number());

const deviceSchema = z.object({
  vendor: z.string(),
  architecture: z.string(),
  description: z.string(),
  software: z.boolean(),
});

/** The format, whole. Columns are rows of the metric stream turned sideways, all of one length. */
export const recordingSchema = z
  .object({
    config: languageSchema,
    /** What the `ready` event said, without the device. */
    ready: z.object({
      parameters: z.number(),
      vocabSize: z.number(),
      trainTokens: z.number(),
      validationTokens: z.number(),
      tokensPerStep: z.number(),
      maxSteps: z.number(),
      plannedBytes: z.number(),
      dispatchesPerStep: z.number(),
      submitsPerStep: z.number(),
    }),
    device: deviceSchema,
    metrics: z.object({
      step: numbers,
      tokens: numbers,
      seconds: numbers,
      loss: numbers,
      gradNorm: numbers,
      learningRate: numbers,
    }),
    validation: z.array(z.object({ step: z.number(), loss: z.number(), bitsPerByte: z.number() })),
    samples: z.array(
      z.object({
        step: z.number(),
        prompt: z.string(),
        text: z.string(),
        temperature: z.number(),
      }),
    ),
  })
  .refine(
    ({ metrics }) => Object.values(metrics).every(({ length }) => length === metrics.step.length),
    "every metrics column must have the same length",
  );

export type Recording = z.infer<typeof recordingSchema>;

/** Fetches and checks the bundled recording. Throws if it is missing or malformed. */
export async function fetchRecording(): Promise<Recording> {
  const response = await fetch(new URL("recorded/nano.json", document.baseURI));
  if (!response.ok)
    throw new Error(
      `recording: the bundled run must be readable; the server said ${response.status}`,
    );
  return recordingSchema.parse(await response.json());
}

/** Everything that was measured, by the names of the log; NaN where a row has no value. */
export function seriesOf({ metrics, validation }: Recording): Record<string, number[]> {
  const { step, tokens, seconds, loss, gradNorm, learningRate } = metrics;
  const pointAt = new Map(validation.map((point) => [point.step, point]));
  const valueAt = (read: (point: Recording["validation"][number]) => number) =>
    step.map((each) => {
      const point = pointAt.get(each);
      return point ? read(point) : Number.NaN;
    });
  return {
    "train/loss": loss,
    "train/grad_norm": gradNorm,
    "train/lr": learningRate,
    "val/loss": valueAt((point) => point.loss),
    "val/bits_per_byte": valueAt((point) => point.bitsPerByte),
    "perf/tokens_per_second": step.map((_, row) => {
      const elapsed = (seconds[row] as number) - (seconds[row - SPEED_ROWS] ?? 0);
      return ((tokens[row] as number) - (tokens[row - SPEED_ROWS] ?? 0)) / elapsed;
    }),
  };
}

/** Steps that a speed is measured over. */
const SPEED_ROWS = 20;

/** The recorded curve as the charts take it. */
export function columnsOf(recording: Recording): Columns {
  const { step, tokens, seconds } = recording.metrics;
  return appendColumns(EMPTY_COLUMNS, { step, tokens, seconds, series: seriesOf(recording) });
}
