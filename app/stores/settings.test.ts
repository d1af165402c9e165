import { beforeEach, expect, it, vi } from "vitest";

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.resetModules();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
});

const load = () => import("./settings.ts");

it("remembers the address for the next visit, and the token only if asked to", async () => {
  const { changeSettings, hubSettings } = await load();
  changeSettings({ hubAddress: "https://hub.test", hubToken: "hf_x" });
  expect(hubSettings()).toEqual({ address: "https://hub.test", token: "hf_x" });
  expect([...kept.values()].join()).not.toContain("hf_x");
  vi.resetModules();
  expect((await load()).hubSettings()).toEqual({ address: "https://hub.test" });

  changeSettings({ keepsToken: true });
  expect([...kept.values()].join()).toContain("hf_x");
  changeSettings({ keepsToken: false });
  expect([...kept.values()].join()).not.toContain("hf_x");
});

it("hands a token out for the address it was given with, and for no other", async () => {
  const { changeSettings, tokenFor } = await load();
  changeSettings({ hubToken: "hf_x" });
  expect(tokenFor("https://huggingface.co")).toBe("hf_x");
  expect(tokenFor("https://hub.test")).toBeUndefined();
  changeSettings({ hubAddress: " https://hub.test/ " });
  expect(tokenFor("https://hub.test")).toBe("hf_x");
  expect(tokenFor("https://huggingface.co")).toBeUndefined();
  changeSettings({ hubToken: "" });
  expect(tokenFor("https://hub.test")).toBeUndefined();
});

it("believes nothing that is not a setting", async () => {
  for (const text of ["{", "null", "[]", '{"hubAddress": 5, "keepsToken": "yes", "x": 1}']) {
    kept.set("vitrine.settings", text);
    vi.resetModules();
    expect((await load()).settingsStore.getState()).toEqual({
      hubAddress: "",
      hubToken: "",
      keepsToken: false,
    });
  }
});

it("works where storage is forbidden", async () => {
  vi.stubGlobal("localStorage", {
    getItem: () => {
      throw new Error("no");
    },
    setItem: () => {
      throw new Error("no");
    },
  });
  const { changeSettings, hubSettings } = await load();
  changeSettings({ hubAddress: "https://hub.test" });
  expect(hubSettings()).toEqual({ address: "https://hub.test" });
});
