import { testOnGpu } from "../../testing/op-suite.ts";
import { randomInts } from "../../testing/random.ts";
import { countUp } from "./count-up.ts";

const row = (B: number, count: number, start: number) => ({
  name: `B ${B}, T ${count}, from ${start}`,
  attrs: { count, start },
  tolerance: 0,
  inputs: [{ array: randomInts([B], B, 1000), dtype: "u32" as const }],
});

testOnGpu(countUp, [row(4, 16, 0), row(3, 7, 1), row(1, 1, 1), row(0, 4, 0), row(90_000, 1, 2)]);
