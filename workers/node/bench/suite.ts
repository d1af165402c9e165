// What a suite of `npm run bench` is, and what it gets.
import type { Gpu } from "../../../kernels/core/gpu.ts";
import type { Timing, Work } from "./measure.ts";
import type { BenchTable } from "./table.ts";

/** Counts of everything the process does on its GPUs, whichever library does it: peers/meter.mjs. */
export interface Meter {
  readonly dispatches: number;
  readonly submits: number;
  readonly pipelines: number;
  readonly liveBytes: number;
  readonly peakBytes: number;
  /** Counts from zero; the peak begins at what is alive. */
  reset(): void;
}

export interface MatmulCase {
  readonly M: number;
  readonly K: number;
  readonly N: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

export interface AttentionCase {
  readonly B: number;
  readonly H: number;
  readonly T: number;
  readonly D: number;
}

export interface GptCase {
  readonly dModel: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly T: number;
  readonly B: number;
  readonly vocab: number;
}

export interface DecodeCase {
  readonly dModel: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly vocab: number;
  readonly batch: number;
  readonly promptLength: number;
  readonly newTokens: number;
}

/** Another library doing the same work in this process. What it cannot do rejects, with the reason. */
export interface Peer {
  /** Its file in peers/, without the ending. */
  readonly id: string;
  readonly name: string;
  matmul(work: MatmulCase): Promise<Work>;
  attention(work: AttentionCase): Promise<Work>;
  step(work: GptCase): Promise<Work>;
  decode(work: DecodeCase): Promise<Work>;
}

export interface BenchContext {
  readonly gpu: Gpu;
  /** Empty without `--peers`. */
  readonly peers: readonly Peer[];
  readonly meter: Meter;
  /** Seconds of measuring per row. */
  readonly seconds: number;
  /** Where a suite that makes a file puts it; its own place where null. */
  readonly out: string | null;
  readonly log: (line: string) => void;
}

export interface Suite {
  /** One line for `--help`. */
  readonly help: string;
  /** Whether it runs when no suite is named. */
  readonly standard: boolean;
  run(context: BenchContext): Promise<readonly BenchTable[]>;
}

/** Ours first, then every peer that can; the others say why not. */
export async function contenders(
  { peers, log }: BenchContext,
  ours: Work,
  make: (peer: Peer) => Promise<Work>,
): Promise<readonly (Work & { readonly name: string })[]> {
  const works = [{ ...ours, name: "vitrine" }];
  for (const peer of peers)
    try {
      works.push({ ...(await make(peer)), name: peer.name });
    } catch (error) {
      log(`  ${peer.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  return works;
}

/** How many times as fast as the fastest other one; null where there is none. */
export function ratioToPeers(timings: readonly Timing[]): number | null {
  const [ours, ...others] = timings;
  if (!ours || others.length === 0) return null;
  return Math.min(...others.map(({ medianMs }) => medianMs)) / ours.medianMs;
}
