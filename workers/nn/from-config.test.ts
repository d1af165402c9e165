import { describe, expect, it } from "vitest";
import { modelSchema } from "../../configs/schema/model.ts";
import { modelFromSection, sectionOfModel } from "./from-config.ts";

describe("the section of a loaded model", () => {
  const wanted = modelSchema.parse({ preset: "nano", n_ctx: 32, dropout: 0.1 });

  it("has the model's shape, and what the run says for itself", () => {
    const shape = modelSchema.parse({
      family: "llama",
      n_layers: 3,
      d_model: 48,
      n_heads: 6,
      n_kv_heads: 2,
      d_mlp: 80,
    });
    const section = sectionOfModel(wanted, modelFromSection(shape, 100));
    expect(section).toMatchObject({
      family: "llama",
      n_layers: 3,
      d_model: 48,
      n_heads: 6,
      n_kv_heads: 2,
      d_mlp: 80,
      tie_embeddings: false,
      n_ctx: 32,
      dropout: 0.1,
    });
    expect(section.preset).toBeUndefined();
    expect(modelFromSection(section, 100)).toMatchObject({ nLayers: 3, dModel: 48, dMlp: 80 });
  });

  it("stays as it is where no section can say the shape", () => {
    const model = { ...modelFromSection(wanted, 100), nLayers: 1_000 };
    expect(sectionOfModel(wanted, model)).toBe(wanted);
  });
});
