// The device that GPU tests run on: Dawn in Node, or the browser's own. No adapter is a failure,
// never a skip: a suite that quietly did not run proves nothing.
import { Gpu } from "../core/gpu.ts";

/** True in Chromium, where tests run one ordinary and one awkward shape of each kernel. */
export const inBrowser = typeof window !== "undefined";

let shared: Promise<Gpu> | null = null;

/** One device per test file; its faults make every later test fail. */
export function testGpu(): Promise<Gpu> {
  shared ??= Gpu.open(navigator.gpu, { retries: 20 });
  return shared;
}

/** All cases in Node; in the browser (a slow software adapter) only the first two. */
export function casesHere<T>(cases: readonly T[]): readonly T[] {
  return inBrowser ? cases.slice(0, 2) : cases;
}
