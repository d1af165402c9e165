// Parsers with a fault each: the fuzzer must catch every one of them, or it proves nothing.
import { FaultError } from "../../../kernels/core/fault.ts";
import type { FuzzTarget } from "./target.ts";

const MEBIBYTE = 1024 * 1024;

const planted = (name: string, parse: FuzzTarget["parse"]): FuzzTarget => ({
  name,
  seeds: () => [Uint8Array.of(1, 2, 3, 4)],
  mutate: (bytes, draws) => Uint8Array.from(bytes, (byte) => byte + draws.below(2)),
  // The valid file is read well: only damaged ones meet the fault.
  parse: (bytes) => (bytes.join() === "1,2,3,4" ? null : parse(bytes)),
});

const kept: unknown[] = [];

/** What must be caught, and a word of how it is told. */
export const PLANTED: readonly { readonly target: FuzzTarget; readonly told: string }[] = [
  {
    told: "FaultError",
    target: planted("throws what is no fault", () => {
      throw new TypeError("undefined is not a function");
    }),
  },
  {
    told: "must end within",
    target: planted("is slow", () => {
      // Of its own time: another process on the same core does not count.
      const start = process.cpuUsage();
      while (process.cpuUsage(start).user < 1_600_000);
    }),
  },
  {
    told: "did not end",
    target: planted("never ends", () => {
      for (;;);
    }),
  },
  {
    told: "bytes of buffers",
    target: planted("asks for a large buffer", () => new Uint8Array(17 * MEBIBYTE).length),
  },
  {
    told: "heap",
    target: planted("fills the heap", () => {
      for (let i = 0; i < 40; i++) kept.push(Array.from({ length: MEBIBYTE / 8 }, () => ({ i })));
    }),
  },
  {
    told: "valid file",
    target: {
      ...planted("refuses valid files", () => null),
      parse() {
        throw new FaultError("bad-data", "Nothing is ever good enough.");
      },
    },
  },
];
