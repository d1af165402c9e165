import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { InspectApi, Look } from "../../workers/api/inspect.ts";
import type { Outcome } from "../../workers/api/outcome.ts";
import { activeToken, chosenToken, Looking } from "./looking.ts";

const TARGET = { runId: "r" };
let lookIds = 0;

/** One token for each letter. */
const lookOf = (text: string): Look => ({
  lookId: ++lookIds,
  model: {
    family: "gpt2",
    layers: 2,
    heads: 3,
    vocabSize: 65,
    contextLength: 64,
    isTied: true,
    windows: [null, null],
  },
  step: 1,
  ids: Uint32Array.from(text, (letter) => letter.charCodeAt(0)),
  pieces: {},
  specials: [],
  isCut: false,
  isAltered: false,
  loss: new Float32Array(text.length),
  rank: new Uint32Array(text.length),
  entropy: new Float32Array(text.length),
  k: 0,
  topIds: new Uint32Array(),
  topProbabilities: new Float32Array(),
  thumbnails: { cells: 1, cellTokens: 1, shares: new Float32Array(6) },
});

const ok = async <T>(value: T): Promise<Outcome<T>> => ({ ok: true, value });

function setUp(look: InspectApi["look"] = ({ text }) => ok(lookOf(text))) {
  const api = {
    look: vi.fn(look),
    attention: vi.fn<InspectApi["attention"]>((_, lookId) => ok(Float32Array.of(lookId))),
    logitLens: vi.fn<InspectApi["logitLens"]>(() => ok(null)),
    neighbours: vi.fn<InspectApi["neighbours"]>(() => ok([])),
    close: vi.fn<InspectApi["close"]>(() => ok(null)),
  };
  const looking = new Looking(TARGET, api, "abc");
  return { api, looking, state: () => looking.store.getState() };
}

describe("Looking", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("reads once typing rests, and then what the chosen head looks at", async () => {
    const { api, looking, state } = setUp();
    looking.open();
    await vi.runAllTimersAsync();
    for (const text of ["h", "he", "hel"]) {
      looking.write(text);
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(state().text).toBe("hel");
    await vi.runAllTimersAsync();
    expect(api.look.mock.calls.map(([{ text }]) => text)).toEqual(["abc", "hel"]);
    expect(state()).toMatchObject({ pending: 0, fault: null, pattern: { layer: 0, head: 0 } });
    expect(state().pattern?.lookId).toBe(state().look?.lookId);
  });

  it("shows the last text however late the answers of earlier ones come", async () => {
    const waiting: ((look: Outcome<Look | null>) => void)[] = [];
    const { looking, state } = setUp(() => new Promise((resolve) => waiting.push(resolve)));
    looking.open();
    const second = looking.read();
    waiting[1]?.({ ok: true, value: lookOf("second") });
    await second;
    waiting[0]?.({ ok: true, value: lookOf("first") });
    await vi.runAllTimersAsync();
    expect(state().look?.ids.length).toBe("second".length);
  });

  it("asks for the lens and for neighbours only once they are seen, and for each thing once", async () => {
    const { api, looking, state } = setUp();
    looking.open();
    await vi.runAllTimersAsync();
    expect(api.logitLens).not.toHaveBeenCalled();
    expect(api.neighbours).not.toHaveBeenCalled();
    looking.see("neighbours");
    looking.see("neighbours");
    await vi.runAllTimersAsync();
    looking.pin(0);
    looking.pin(0);
    await vi.runAllTimersAsync();
    expect(api.neighbours.mock.calls.map(([, , { tokenId }]) => tokenId)).toEqual([99, 97]);
    looking.compareBy({ by: "dot" });
    looking.choose({ layer: 1, head: 2 });
    await vi.runAllTimersAsync();
    expect(api.neighbours).toHaveBeenCalledTimes(3);
    expect(api.attention.mock.calls.map(([, , head]) => head)).toEqual([
      { layer: 0, head: 0 },
      { layer: 1, head: 2 },
    ]);
    expect(state().pattern).toMatchObject({ layer: 1, head: 2 });
  });

  it("reads the text again, once, where what was kept of it is gone", async () => {
    const { api, looking, state } = setUp();
    looking.open();
    await vi.runAllTimersAsync();
    api.attention.mockImplementationOnce(() => ok(null));
    looking.choose({ layer: 1, head: 0 });
    await vi.runAllTimersAsync();
    expect(api.look).toHaveBeenCalledTimes(2);
    expect(state().pattern).toMatchObject({ lookId: state().look?.lookId, layer: 1 });
    // Not for ever: another page may be looking at the same model.
    api.attention.mockImplementation(() => ok(null));
    looking.choose({ layer: 0, head: 0 });
    await vi.runAllTimersAsync();
    expect(api.look).toHaveBeenCalledTimes(3);
  });

  it("keeps what is pinned and chosen as long as the text has it", async () => {
    const { looking, state } = setUp();
    looking.open();
    await vi.runAllTimersAsync();
    looking.pin(2);
    looking.hover(1);
    expect([activeToken(state()), chosenToken(state())]).toEqual([1, 2]);
    looking.write("xy");
    await vi.runAllTimersAsync();
    expect(state()).toMatchObject({ pinned: null, hovered: 1 });
    looking.hover(null);
    expect([activeToken(state()), chosenToken(state())]).toEqual([1, 1]);
  });

  it("says beside the text what is wrong, and nothing of an empty one", async () => {
    const fault = { code: "bad-config", message: "no tokens" } as const;
    const { looking, state } = setUp(async () => ({ ok: false, fault }));
    looking.open();
    await vi.runAllTimersAsync();
    expect(state()).toMatchObject({ fault, look: null });
    looking.write("");
    await vi.runAllTimersAsync();
    expect(state()).toMatchObject({ fault: null, look: null });
    expect(activeToken(state())).toBeNull();
  });

  it("gives memory back when it is closed, and reads again when it is opened", async () => {
    const { api, looking } = setUp();
    looking.open();
    await vi.runAllTimersAsync();
    looking.write("never read");
    looking.close();
    await vi.runAllTimersAsync();
    expect(api.close).toHaveBeenCalledWith(TARGET);
    expect(api.look).toHaveBeenCalledTimes(1);
    looking.open();
    await vi.runAllTimersAsync();
    expect(api.look).toHaveBeenCalledTimes(2);
  });
});
