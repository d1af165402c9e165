import { expect, it } from "vitest";
import { folderOf, looksLikeModel } from "./pick-files.ts";

const file = (name: string, path?: string) =>
  Object.assign(new File(["x"], name), { webkitRelativePath: "", ...(path ? { path } : {}) });

it("takes the folder's name off the paths, however the browser wrote them", () => {
  const dropped = [file("config.json", "/gpt/config.json"), file("a.bin", "./gpt/sub/a.bin")];
  const folder = folderOf(dropped);
  expect(folder.name).toBe("gpt");
  expect(folder.files.map(({ path }) => path)).toEqual(["config.json", "sub/a.bin"]);
});

it("makes a folder of loose files", () => {
  const folder = folderOf([file("model.safetensors"), file("config.json")]);
  expect(folder.name).toBe("model");
  expect(folderOf([file("config.json"), file("my-gpt.safetensors")]).name).toBe("my-gpt");
  expect(folder.files.map(({ path }) => path)).toEqual(["model.safetensors", "config.json"]);
});

it("tells a model from a text", () => {
  expect(looksLikeModel([file("story.txt")])).toBe(false);
  expect(looksLikeModel([file("tokenizer.json"), file("model.safetensors")])).toBe(true);
});
