import { expect, it } from "vitest";
import type { ProfileRow, StepProfile } from "../../workers/api/runs.ts";
import { groupedRows, partOfPath, sortedRows } from "./profile-rows.ts";

const row = (name: string, over: Partial<ProfileRow> = {}): ProfileRow => ({
  name,
  dispatches: 1,
  milliseconds: 1,
  spreadMilliseconds: 0,
  share: 0.1,
  flops: 0,
  bytes: 0,
  gigabytesPerSecond: null,
  gigaflopsPerSecond: null,
  roofline: null,
  ...over,
});

it("finds the part of the model, forward and backward", () => {
  const parts = {
    "blocks.1/attn/qkv": "blocks.1.attn",
    "d(blocks.1/attn/attentionPacked)/attentionPackedBackward": "blocks.1.attn",
    "blocks.11/mlp/out": "blocks.11.mlp",
    "d(blocks.0/ln2/layernorm)/layernormBackward": "blocks.0.norm",
    "embed/positions": "embed",
    "d(embed/embedding)/embeddingBackward": "embed",
    "ln_final/layernorm": "ln_final",
    "d(unembed)/matmul": "unembed",
    "d(crossEntropy)/crossEntropyBackward": "loss",
    loss_sum: "loss",
    adamStep: "optimiser",
    sumOfSquaresPartials: "optimiser",
  };
  for (const [path, part] of Object.entries(parts)) expect(partOfPath(path), path).toBe(part);
});

it("adds up parts: time, work, and what of the roof was reached", () => {
  const profile = {
    kernels: [],
    paths: [
      row("blocks.0/attn/qkv", {
        milliseconds: 2,
        flops: 4e6,
        bytes: 2e6,
        roofline: 0.5,
        spreadMilliseconds: 3,
        share: 0.4,
      }),
      row("d(blocks.0/attn/qkv)/matmul", {
        dispatches: 3,
        milliseconds: 6,
        flops: 8e6,
        bytes: 6e6,
        roofline: 0.25,
        spreadMilliseconds: 4,
        share: 0.6,
      }),
    ],
  } as unknown as StepProfile;
  expect(groupedRows(profile, "parts")).toEqual([
    {
      name: "blocks.0.attn",
      dispatches: 4,
      milliseconds: 8,
      spreadMilliseconds: 5,
      share: 1,
      flops: 12e6,
      bytes: 8e6,
      gigabytesPerSecond: 1,
      gigaflopsPerSecond: 1.5,
      roofline: 2.5 / 8,
    },
  ]);
});

it("sorts numbers and names, what is unknown last either way", () => {
  const rows = [row("blocks.10"), row("blocks.9", { roofline: 0.2 }), row("a", { roofline: 0.4 })];
  const names = (key: "name" | "roofline", isDescending: boolean) =>
    sortedRows(rows, key, isDescending).map(({ name }) => name);
  expect(names("roofline", true)).toEqual(["a", "blocks.9", "blocks.10"]);
  expect(names("roofline", false)).toEqual(["blocks.9", "a", "blocks.10"]);
  expect(names("name", false)).toEqual(["a", "blocks.9", "blocks.10"]);
});
