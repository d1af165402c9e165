// What the page makes of the worker's answers and of what comes late.
import { beforeEach, expect, it, vi } from "vitest";
import type { FetchEnd, ModelFetch, SavedModel } from "../../workers/api/models.ts";
import type { Outcome } from "../../workers/api/outcome.ts";

/** The worker's side of one call, answered by hand. */
const calls: {
  tell: (news: never) => void;
  answer: (outcome: Outcome<unknown>) => void;
}[] = [];

const pending =
  () =>
  (...args: unknown[]) =>
    new Promise((answer) => {
      calls.push({ tell: args.at(-1) as (news: never) => void, answer });
    });

vi.mock("./session.ts", () => ({
  callStudio: (work: (link: unknown) => unknown) =>
    work({
      models: { fetch: pending(), resumeFetch: pending(), add: pending(), generate: pending() },
    }),
}));
vi.mock("../notify-undo.tsx", () => ({ notifyUndo: () => {} }));

const { addFolder, fetchByName, generate, resumeFetch } = await import("./models.ts");
const { modelsStore } = await import("../stores/models.ts");

const progress = (bytes: number): ModelFetch => ({
  fetchId: "f",
  repo: "owner/model",
  address: "https://hub.test",
  commit: "0",
  phase: "fetching",
  bytes,
  totalBytes: 10,
  bytesPerSecond: 1,
  file: null,
});
const model = { modelId: "m", createdAt: 1 } as SavedModel;
const done: Outcome<FetchEnd> = { ok: true, value: { end: "done", model } };
const fault = { code: "network", message: "cut" } as const;
const call = () => calls.at(-1) as (typeof calls)[number];
const fetches = () =>
  modelsStore.getState().fetches.map(({ phase, bytes, fault: met }) => ({ phase, bytes, met }));

beforeEach(() => {
  calls.length = 0;
  modelsStore.setState(modelsStore.getInitialState());
});

it("lists a fetch while it is under way, and no more once it has ended, whatever comes late", async () => {
  const fetching = fetchByName("owner/model");
  expect(modelsStore.getState().lookingUp).toBe("owner/model");
  call().tell(progress(4) as never);
  expect(modelsStore.getState().lookingUp).toBeNull();
  expect(fetches()).toEqual([{ phase: "fetching", bytes: 4, met: null }]);
  call().answer(done);
  expect(await fetching).toBe(model);
  call().tell(progress(5) as never);
  expect(fetches()).toEqual([]);
  expect(modelsStore.getState().list).toEqual([model]);
});

it("keeps a fetch that failed with its fault, and one that cannot be used only as that", async () => {
  const fetching = fetchByName("owner/model");
  call().tell(progress(4) as never);
  call().answer({ ok: false, fault });
  expect(await fetching).toBeNull();
  expect(fetches()).toEqual([{ phase: "paused", bytes: 4, met: fault }]);
  const [left] = modelsStore.getState().fetches;
  if (!left) throw new Error("nothing is left");
  const resuming = resumeFetch(left);
  expect(fetches()).toEqual([{ phase: "fetching", bytes: 4, met: null }]);
  const bad = { code: "bad-model", message: "no" } as const;
  call().answer({ ok: false, fault: bad });
  await resuming;
  expect(fetches()).toEqual([]);
  expect(modelsStore.getState().lookFault).toEqual({ repo: "owner/model", fault: bad });
});

it("tells what could not even be looked up where it was asked for", async () => {
  const fetching = fetchByName("owner/nothing");
  call().answer({ ok: false, fault });
  await fetching;
  expect(modelsStore.getState()).toMatchObject({
    lookingUp: null,
    fetches: [],
    lookFault: { repo: "owner/nothing", fault },
  });
});

it("is done adding when the answer is there, and hears no word after a text is whole", async () => {
  const adding = addFolder("x", []);
  call().tell(0.5 as never);
  expect(modelsStore.getState().adding).toEqual({ name: "x", share: 0.5 });
  call().answer({ ok: true, value: model });
  await adding;
  call().tell(0.9 as never);
  expect(modelsStore.getState().adding).toBeNull();
  const heard: string[] = [];
  const writing = generate("m", {} as never, (text) => heard.push(text));
  call().tell("a" as never);
  call().answer({ ok: true, value: null });
  await writing;
  call().tell("ab" as never);
  expect(heard).toEqual(["a"]);
});
