import { describe, expect, it } from "vitest";
import { MODEL_PRESETS, modelSchema } from "../../configs/schema/model.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import { createByteTokenizer } from "../data/tokenizers/byte.ts";
import type { ModelConfig } from "../nn/config.ts";
import { modelFromSection } from "../nn/from-config.ts";
import {
  digest,
  digests,
  digestsOf,
  encode,
  type Files,
  filesOf,
  folderOf,
  json,
  numbered,
  tensorsOf,
  text,
  withConfig,
  withTensors,
  written,
  zeros,
} from "../testing/model-files.ts";
import { WORDPIECE } from "../testing/tokenizer-files.ts";
import { FAMILIES, type FamilyName } from "./families/index.ts";
import { folderOfWritten } from "./files.ts";
import { readFolder } from "./huggingface.ts";
import { fromFloat32, type StoredTensor, toFloat32 } from "./safetensors.ts";
import { writeFolder } from "./write-folder.ts";

const faultOf = async (files: Files) => {
  try {
    await readFolder(folderOf(files));
  } catch (error) {
    return error instanceof FaultError ? error.fault : error;
  }
  return null;
};

describe("reading a folder and writing it", () => {
  it.each([
    "gpt2",
    "gpt2_prefixed",
    "gpt_neo",
    "gpt_neox",
    "llama",
    "llama_sharded",
    "qwen2_bf16_untied",
    "qwen3",
    "gemma2",
    "gemma3_text",
  ])("gives every file of %s byte for byte", async (name) => {
    const files = filesOf(name);
    const model = await readFolder(folderOf(files));
    expect(digests(await written(model, { origin: model.origin }))).toEqual(digests(files));
  });

  it.each(["F16", "BF16", "F64"] as const)(
    "keeps weights that are %s as they are",
    async (dtype) => {
      const files = withTensors(filesOf("llama"), (tensors) =>
        tensors.map((tensor) => {
          const values = toFloat32(tensor);
          // Values that f32 cannot hold, where the type can.
          const bytes =
            dtype === "F64"
              ? new Uint8Array(Float64Array.from(values, (x) => x * (1 + 2 ** -40)).buffer)
              : fromFloat32(values, dtype);
          return { ...tensor, dtype, bytes };
        }),
      );
      const model = await readFolder(folderOf(files));
      expect(digests(await written(model, { origin: model.origin }))).toEqual(digests(files));
    },
  );

  it("keeps what else lies in the folder, and config keys it does not know", async () => {
    const files = {
      ...withConfig(filesOf("llama"), { made_up_key: { a: [1, 2.5] } }),
      "generation_config.json": encode({ max_length: 20 }),
      "chat_template.jinja": new TextEncoder().encode("{{ messages }}"),
    };
    const model = await readFolder(folderOf(files));
    expect(digests(await written(model, { origin: model.origin }))).toEqual(digests(files));
  });

  it("writes changed weights into the tensors they came from, and no others", async () => {
    const files = filesOf("llama_sharded");
    const model = await readFolder(folderOf(files));
    const qkv = model.parameters.get("blocks.1.attn.qkv.weight") as Float32Array;
    // The first row of k: q has 4 heads of 12, so 48 rows.
    qkv[48 * 48] = 12345;
    const after = await written(model, { origin: model.origin });
    const changed = Object.keys(files)
      .filter((name) => name.endsWith(".safetensors"))
      .flatMap((name) => {
        const old = tensorsOf(files[name]);
        return tensorsOf(after[name]).filter(
          (tensor, i) => Buffer.compare(tensor.bytes, (old[i] as StoredTensor).bytes) !== 0,
        );
      });
    expect(changed.map((tensor) => tensor.name)).toEqual([
      "model.layers.1.self_attn.k_proj.weight",
    ]);
    expect(toFloat32(changed[0] as StoredTensor)[0]).toBe(12345);
    expect(after["model.safetensors.index.json"]).toEqual(files["model.safetensors.index.json"]);
  });

  it("writes another type when asked, and says so in config and index", async () => {
    const files = filesOf("llama_sharded");
    const model = await readFolder(folderOf(files));
    const after = await written(model, { origin: model.origin, dtype: "BF16" });
    expect(json(after["config.json"]).torch_dtype).toBe("bfloat16");
    expect(json(after["model.safetensors.index.json"])).toMatchObject({
      metadata: { total_size: 97440 },
    });
    expect(tensorsOf(after["model-00001-of-00003.safetensors"])[0]?.dtype).toBe("BF16");
    expect((await readFolder(folderOf(after))).config).toEqual(model.config);
  });

  it("changes only the config keys that the model has changed, under the names they have", async () => {
    const old = filesOf("llama");
    const { rope_theta, rope_scaling, torch_dtype, ...rest } = json(old["config.json"]);
    const files = {
      ...old,
      "config.json": encode({
        ...rest,
        rope_parameters: { rope_theta, ...(rope_scaling as object) },
        dtype: torch_dtype,
        extra: null,
      }),
    };
    const model = await readFolder(folderOf(files));
    expect(model.config).toEqual((await readFolder(folderOf(old))).config);
    const position = { ...model.config.position, theta: 500000 };
    const config = { ...model.config, position, nCtx: 512 } as ModelConfig;
    const after = await written({ ...model, config }, { origin: model.origin, dtype: "F16" });
    expect(json(after["config.json"])).toEqual({
      ...json(files["config.json"]),
      max_position_embeddings: 512,
      rope_parameters: { ...(rope_scaling as object), rope_theta: 500000 },
      dtype: "float16",
    });
    expect(text(after["config.json"])).toContain('"rope_theta": 500000.0');
  });

  it("keeps a second copy of tied embeddings the same as the first", async () => {
    const model = await readFolder(folderOf(filesOf("gpt2_prefixed")));
    (model.parameters.get("embed.weight") as Float32Array)[7] = -3;
    const after = tensorsOf((await written(model, { origin: model.origin }))["model.safetensors"]);
    const find = (name: string) => after.find((tensor) => tensor.name === name) as StoredTensor;
    expect(toFloat32(find("lm_head.weight"))[7]).toBe(-3);
    expect(digest(find("lm_head.weight").bytes)).toBe(digest(find("transformer.wte.weight").bytes));
  });

  it("reports progress, and stops when told", async () => {
    const shares: number[] = [];
    await readFolder(folderOf(filesOf("gpt2")), { onProgress: (share) => shares.push(share) });
    expect(shares).toHaveLength(28);
    expect(shares.at(-1)).toBe(1);
    const signal = AbortSignal.abort(new Error("stopped by the user"));
    await expect(readFolder(folderOf(filesOf("gpt2")), { signal })).rejects.toThrow("by the user");
  });
});

describe("a folder of a model made here", () => {
  // Dropout is the run's, not the model's; a window that no layer uses is not kept.
  it.each<readonly [string, Record<string, unknown>]>([
    ["gpt2", { resid_pdrop: 0, embd_pdrop: 0, attn_pdrop: 0 }],
    ["gpt_neo", {}],
    ["gpt_neox", {}],
    ["llama", {}],
    ["qwen2_bf16_untied", { sliding_window: null, max_window_layers: 2 }],
    ["qwen3", {}],
    ["gemma2", {}],
    ["gemma3_text", {}],
  ])("has exactly the files, config keys and tensors of %s", async (name, differing) => {
    const files = filesOf(name);
    const { config, parameters } = await readFolder(folderOf(files));
    const dtype = tensorsOf(files["model.safetensors"])[0]?.dtype === "BF16" ? "BF16" : "F32";
    const made = await written({ config, parameters }, { dtype });
    expect(Object.keys(made).sort()).toEqual(Object.keys(files).sort());
    const [ours, theirs] = [json(made["config.json"]), json(files["config.json"])];
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    expect(ours).toEqual({ ...theirs, ...differing });
    const [wrote, want] = [made, files].map((folder) => digests(folder)["model.safetensors"]);
    expect(wrote).toBe(want);
  });

  it("writes floats with a point, as Python's checks ask for", async () => {
    const model = await readFolder(folderOf(filesOf("llama")));
    const made = text((await written(model))["config.json"]);
    expect(made).toContain('"factor": 8.0');
    expect(made).toContain('"original_max_position_embeddings": 32,');
  });

  it("writes zeros for the biases that a GPT-2 without them lacks", async () => {
    const model = await readFolder(folderOf(filesOf("gpt2")));
    const config: ModelConfig = {
      ...model.config,
      norm: { ...model.config.norm, bias: false },
      bias: { qkv: false, attnOut: false, mlp: false },
    };
    const made = await written({ config, parameters: model.parameters });
    const back = await readFolder(folderOf(made));
    expect(back.config).toEqual(model.config);
    for (const [name, values] of back.parameters)
      if (name.endsWith(".bias")) expect(values.every((value) => value === 0)).toBe(true);
      else expect([...values]).toEqual([...(model.parameters.get(name) ?? [])]);
  });

  it("is split into shards that read back as one model", async () => {
    const model = await readFolder(folderOf(filesOf("llama")));
    const made = await written(model, { maxFileBytes: 50_000 });
    expect(Object.keys(made).filter((name) => name.endsWith(".safetensors"))).toHaveLength(5);
    const back = await readFolder(folderOf(made));
    expect(digestsOf(back.parameters)).toEqual(digestsOf(model.parameters));
    expect(json(made["model.safetensors.index.json"])).toMatchObject({
      metadata: { total_size: 194880 },
    });
  });

  describe("with a tokenizer and a chat template", () => {
    const bytesOf = (value: string) => new TextEncoder().encode(value);
    const chat_template = "{% for m in messages %}\n{{ m.content }}{% endfor %}\u2028";
    /** Not as we would write any of them. */
    const beside = {
      "tokenizer.json": bytesOf(` ${JSON.stringify(WORDPIECE.json, null, 1)}\n`),
      "tokenizer_config.json": bytesOf(
        `${JSON.stringify({ ...WORDPIECE.config, eos_token: "[SEP]", chat_template }, null, 3)}\n`,
      ),
      "special_tokens_map.json": bytesOf(`{"pad_token":  "[PAD]"}`),
      "generation_config.json": bytesOf(`{ "eos_token_id": [8, 7], "top_k": 5e0 }`),
    };
    const withTemplate = (value: Uint8Array) => ({
      ...filesOf("llama"),
      ...beside,
      "chat_template.jinja": value,
    });
    const TEMPLATE = bytesOf("\uFEFFhel {{ messages[0].content }}\r\nworld\r\n");

    it("gives all its files back byte for byte", async () => {
      const files = withTemplate(TEMPLATE);
      const { tokenizer, ...model } = await readFolder(folderOf(files));
      expect(tokenizer?.hasChatTemplate).toBe(true);
      expect(tokenizer?.stopIds).toEqual([8, 7, 3]);
      const options = tokenizer ? { tokenizer } : {};
      const after = await written(model, { origin: model.origin, ...options });
      expect(digests(after)).toEqual(digests(files));
    });

    it("keeps them in a new folder: the template as it is, the rest as it reads", async () => {
      const { tokenizer, ...model } = await readFolder(folderOf(withTemplate(TEMPLATE)));
      const after = await written(model, tokenizer ? { tokenizer } : {});
      expect(after["chat_template.jinja"]).toEqual(TEMPLATE);
      for (const name of Object.keys(beside).slice(1) as (keyof typeof beside)[])
        expect(json(after[name])).toEqual(json(beside[name]));
      const back = (await readFolder(folderOf(after))).tokenizer;
      const messages = [{ role: "user", content: "hello" }];
      expect([...(back?.encodeChat(messages) ?? [])]).toEqual([
        ...(tokenizer?.encodeChat(messages) ?? []),
      ]);
      expect([back?.stopIds, back?.frame]).toEqual([tokenizer?.stopIds, tokenizer?.frame]);
    });

    it("takes the template of tokenizer_config.json where there is no other", async () => {
      const model = await readFolder(folderOf({ ...filesOf("llama"), ...beside }));
      const ids = model.tokenizer?.encodeChat([{ role: "user", content: "hello world" }]);
      expect([...(ids ?? [])]).toEqual([4, 5, 6]);
    });

    it("takes the ends of texts from config.json where generation_config.json is silent", async () => {
      const files = withConfig(withTemplate(TEMPLATE), { eos_token_id: [5, 6] });
      const silent = { ...files, "generation_config.json": encode({ top_k: 5 }) };
      expect((await readFolder(folderOf(silent))).tokenizer?.stopIds).toEqual([5, 6, 3]);
    });

    it("refuses files that cannot be read", async () => {
      expect(await faultOf(withTemplate(Uint8Array.of(0x68, 0xff)))).toMatchObject({
        code: "bad-model",
        message: expect.stringMatching(/^chat_template.jinja must be text in UTF-8/),
      });
      for (const name of ["special_tokens_map.json", "generation_config.json"])
        expect(await faultOf({ ...withTemplate(TEMPLATE), [name]: bytesOf("[") })).toMatchObject({
          code: "bad-model",
          message: expect.stringContaining(`${name} must be`),
        });
    });
  });

  it("carries its tokenizer", async () => {
    const model = await readFolder(folderOf(filesOf("llama")));
    const config = { ...model.config, vocabSize: 256, tied: true };
    const tokenizer = createByteTokenizer();
    const made = await writeFolder({ config, parameters: numbered(config) }, { tokenizer });
    const back = await readFolder(folderOfWritten(made));
    expect(back.tokenizer?.kind).toBe("byte");
    const tokenizerFile = { "tokenizer.json": encode(tokenizer) };
    expect(await faultOf({ ...filesOf("llama"), ...tokenizerFile })).toMatchObject({
      code: "bad-model",
      message: expect.stringContaining("it is 97, and tokenizer.json has 256 tokens"),
    });
  });

  it("can be written for every named size, in every family", async () => {
    for (const preset of Object.values(MODEL_PRESETS))
      for (const family of Object.keys(FAMILIES) as FamilyName[]) {
        // As many blocks and tokens as the size has would only take time.
        const few = { n_layers: 1, n_ctx: 8, family, bias: false };
        const config = modelFromSection(modelSchema.parse({ ...preset.model, ...few }), 9);
        const written = await writeFolder({ config, parameters: zeros(config) });
        const back = await readFolder(folderOfWritten(written));
        expect(FAMILIES[family].asWritten(config)).toEqual(back.config);
      }
  });

  it("is refused where the family has no words for it", async () => {
    const { config, parameters } = await readFolder(folderOf(filesOf("gpt2")));
    await expect(writeFolder({ config: { ...config, qkNorm: true }, parameters })).rejects.toThrow(
      "as GPT-2 these would change: qkNorm true to false",
    );
    await expect(
      writeFolder({ config: { ...config, linearLayout: "out_in" }, parameters }),
    ).rejects.toThrow("linearLayout");
    await expect(writeFolder({ config, parameters: new Map() })).rejects.toThrow(
      "embed.weight must have 4656 values; it has none",
    );
  });
});

describe("a folder that cannot be", () => {
  const cases: readonly (readonly [
    string,
    (files: { gpt2: Files; llama: Files; sharded: Files }) => Files,
    RegExp,
  ])[] = [
    ["nothing in it", () => ({}), /must hold config.json; this one holds nothing/],
    [
      "no weights",
      ({ gpt2 }) => ({ "config.json": gpt2["config.json"] as Uint8Array }),
      /must hold model.safetensors or/,
    ],
    [
      "only a pickle",
      ({ gpt2 }) => ({
        "config.json": gpt2["config.json"] as Uint8Array,
        "pytorch_model.bin": new Uint8Array(9),
      }),
      /this one holds config.json, pytorch_model.bin/,
    ],
    [
      "config is cut off",
      ({ gpt2 }) => ({ ...gpt2, "config.json": (gpt2["config.json"] as Uint8Array).slice(0, 90) }),
      /config.json must be JSON/,
    ],
    [
      "config is a list",
      ({ gpt2 }) => ({ ...gpt2, "config.json": encode([]) }),
      /must be a JSON object; it is a list/,
    ],
    [
      "no model_type",
      ({ gpt2 }) => withConfig(gpt2, { model_type: undefined }),
      /model_type must be one of gpt2, .*, gemma3_text; it is absent/,
    ],
    ["another family", ({ gpt2 }) => withConfig(gpt2, { model_type: "bert" }), /it is "bert"/],
    [
      "a family of Object",
      ({ gpt2 }) => withConfig(gpt2, { model_type: "toString" }),
      /it is "toString"/,
    ],
    [
      "quantised",
      ({ llama }) => withConfig(llama, { quantization_config: { bits: 4 } }),
      /quantization_config must be absent/,
    ],
    [
      "no heads",
      ({ gpt2 }) => withConfig(gpt2, { n_head: 0 }),
      /n_head must be a whole number, 1 or more; it is 0/,
    ],
    ["half a layer", ({ gpt2 }) => withConfig(gpt2, { n_layer: 1.5 }), /n_layer must be/],
    [
      "endless layers",
      ({ gpt2 }) => withConfig(gpt2, { n_layer: 1e9 }),
      /at most 1000; it is 1000000000/,
    ],
    [
      "width as text",
      ({ gpt2 }) => withConfig(gpt2, { n_embd: "48" }),
      /n_embd must be a whole number, 1 or more; it is "48"/,
    ],
    [
      "heads that do not divide",
      ({ gpt2 }) => withConfig(gpt2, { n_head: 5 }),
      /n_embd must be a multiple of n_head; they are 48 and 5/,
    ],
    [
      "groups that do not divide",
      ({ llama }) => withConfig(llama, { num_key_value_heads: 3 }),
      /must be a multiple of num_key_value_heads/,
    ],
    ["odd heads", ({ llama }) => withConfig(llama, { head_dim: 11 }), /head_dim must be even/],
    [
      "eps of zero",
      ({ llama }) => withConfig(llama, { rms_norm_eps: 0 }),
      /rms_norm_eps must be a positive number; it is 0/,
    ],
    [
      "unknown activation",
      ({ llama }) => withConfig(llama, { hidden_act: "mish" }),
      /hidden_act must be one of/,
    ],
    [
      "unknown scaling",
      ({ llama }) => withConfig(llama, { rope_scaling: { rope_type: "yarn", factor: 2 } }),
      /rope_scaling.rope_type must be one of default, linear, llama3; it is "yarn"/,
    ],
    [
      "scaling without factor",
      ({ llama }) => withConfig(llama, { rope_scaling: { rope_type: "linear" } }),
      /rope_scaling.factor must be a positive number; it is absent/,
    ],
    [
      "tied as text",
      ({ llama }) => withConfig(llama, { tie_word_embeddings: "no" }),
      /must be true or false; it is "no"/,
    ],
    [
      "token id",
      ({ llama }) => withConfig(llama, { eos_token_id: -1 }),
      /eos_token_id must be a token id/,
    ],
    [
      "scaled by layer",
      ({ gpt2 }) => withConfig(gpt2, { scale_attn_by_inverse_layer_idx: true }),
      /must be false or absent; it is true/,
    ],
    [
      "a layer too few",
      ({ llama }) => withConfig(llama, { num_hidden_layers: 3 }),
      /missing \(9\): model.layers.2.input_layernorm.weight, /,
    ],
    [
      "a layer too many",
      ({ llama }) => withConfig(llama, { num_hidden_layers: 1 }),
      /unexpected \(9\): model.layers.1/,
    ],
    [
      "no head",
      ({ llama }) => withTensors(llama, (tensors) => tensors.slice(1)),
      /missing \(1\): lm_head.weight/,
    ],
    [
      "wider than the weights",
      ({ gpt2 }) => withConfig(gpt2, { vocab_size: 98 }),
      /wte.weight is \[97, 48\], the config gives \[98, 48\]/,
    ],
    [
      "transposed",
      ({ gpt2 }) =>
        withTensors(gpt2, (tensors) =>
          tensors.map((t) => ({
            ...t,
            shape: t.name.endsWith("c_fc.weight") ? [...t.shape].reverse() : t.shape,
          })),
        ),
      /h.0.mlp.c_fc.weight is \[192, 48\], the config gives \[48, 192\]/,
    ],
    [
      "weights of integers",
      ({ llama }) =>
        withTensors(llama, ([first, ...rest]) => [
          { ...(first as StoredTensor), dtype: "I32" },
          ...rest,
        ]),
      /lm_head.weight is I32, weights are F32/,
    ],
    [
      "a shard is missing",
      ({ sharded }) =>
        Object.fromEntries(Object.entries(sharded).filter(([name]) => !name.includes("00002"))),
      /missing: model-00002-of-00003.safetensors/,
    ],
    [
      "an index without a map",
      ({ sharded }) => ({ ...sharded, "model.safetensors.index.json": encode({}) }),
      /must map tensors to files/,
    ],
    [
      "an index of another model",
      ({ sharded }) => ({
        ...sharded,
        "model-00003-of-00003.safetensors": sharded[
          "model-00002-of-00003.safetensors"
        ] as Uint8Array,
      }),
      /Every tensor must lie in the one file .*model.embed_tokens.weight in model-00003/,
    ],
    [
      "a damaged shard",
      ({ sharded }) => ({ ...sharded, "model-00003-of-00003.safetensors": new Uint8Array(4) }),
      /^model-00003-of-00003.safetensors: a file must begin/,
    ],
    [
      "a damaged tokenizer",
      ({ llama }) => ({ ...llama, "tokenizer.json": encode({ model: {} }) }),
      /^tokenizer.json: /,
    ],
  ];

  it.each(cases)("is refused: %s", async (_, change, message) => {
    const files = change({
      gpt2: filesOf("gpt2"),
      llama: filesOf("llama"),
      sharded: filesOf("llama_sharded"),
    });
    expect(await faultOf(files)).toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });
});
