// One parser of outside bytes, as the fuzzer sees it.
import type { Mutator } from "./mutate.ts";

export interface FuzzTarget {
  readonly name: string;
  /** Valid files; mutations begin from these. */
  seeds(): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  readonly mutate: Mutator;
  /** Reads the whole file. Throws a FaultError for what it cannot use, and nothing else. */
  parse(bytes: Uint8Array): Promise<unknown> | unknown;
}
