import { INDEX } from "../../../interop/folder-layout.ts";
import { HubClient, readRepo } from "../../../interop/hub.ts";
import { chooseModelFiles } from "../../../interop/model-files.ts";
import { mutateJsonFile, mutateText } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const LISTING = [
  { type: "file", path: "config.json", size: 665, oid: COMMIT },
  { type: "directory", path: "onnx", size: 0, oid: COMMIT },
  {
    type: "file",
    path: "model.safetensors",
    size: 548_105_171,
    oid: COMMIT,
    lfs: { oid: "ab".repeat(32), size: 548_105_171, pointerSize: 134 },
  },
];

/** What a hub says of a repository. */
export const hubListing: FuzzTarget = {
  name: "hub listing",
  seeds: () => [encode(LISTING), encode([])],
  mutate: mutateJsonFile,
  parse: (bytes) => {
    const answers = [new Response(encode({ sha: COMMIT })), new Response(bytes.slice())];
    const client = new HubClient({ fetch: async () => answers.shift() ?? new Response("[]") });
    return client.list(readRepo("owner/model"));
  },
};

/** The list of a model's parts, looked at before any of them is fetched. */
export const partsIndex: FuzzTarget = {
  name: "index of a model's parts",
  seeds: () => [
    encode({
      metadata: { total_size: 100 },
      weight_map: {
        "model.embed_tokens.weight": "model-00001-of-00002.safetensors",
        "model.norm.weight": "model-00002-of-00002.safetensors",
      },
    }),
  ],
  mutate: mutateJsonFile,
  parse: (bytes) =>
    chooseModelFiles(
      [
        "config.json",
        INDEX,
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
      ],
      async () => new TextDecoder().decode(bytes),
    ),
};

/** What a person types or pastes as a repository. */
export const hubName: FuzzTarget = {
  name: "hub name",
  seeds: () =>
    [
      "openai-community/gpt2",
      "owner/name@v1.0",
      "https://huggingface.co/datasets/a/b/tree/main/c",
      "https://huggingface.co/a/b/tree/refs%2Fpr%2F1",
    ].map((text) => new TextEncoder().encode(text)),
  mutate: mutateText(["/", "@", "..", "%2f", "https://", "datasets", "tree", "blob", "?", "#"]),
  parse: (bytes) => {
    const typed = new TextDecoder().decode(bytes);
    return readRepo(typed, typed.includes("datasets") ? "dataset" : "model");
  },
};
