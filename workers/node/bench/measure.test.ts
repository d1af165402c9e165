import { describe, expect, it } from "vitest";
import { measureInTurn, timingOf } from "./measure.ts";
import { contenders, type Peer, ratioToPeers } from "./suite.ts";
import { figure, markdownTable, printTable } from "./table.ts";

describe("timingOf", () => {
  it("gives quartiles, not means", () => {
    expect(timingOf([5, 1, 2, 3, 1_000])).toEqual({
      ...{ bestMs: 1, lowMs: 2, medianMs: 3, highMs: 5, runs: 5 },
    });
  });

  it("refuses nothing", () => {
    expect(() => timingOf([])).toThrow("at least one measurement");
  });
});

describe("measureInTurn", () => {
  it("runs works in turn after warming up, so that a slow minute is slow for all", async () => {
    const order: string[] = [];
    let clock = 0;
    const work = (name: string, ms: number) => ({
      run: async () => {
        order.push(name);
        clock += ms;
      },
    });
    const [a, b] = await measureInTurn([work("a", 2), work("b", 6)], {
      ...{ warmUps: 1, rounds: 3, seconds: 0 },
      now: () => clock,
    });
    expect(order.join("")).toBe("ababab" + "ab");
    expect(a?.medianMs).toBe(2);
    expect(b?.medianMs).toBe(6);
    expect(ratioToPeers([a, b].flatMap((t) => t ?? []))).toBe(3);
  });
});

describe("contenders", () => {
  it("leaves out a peer that cannot, and says why", async () => {
    const said: string[] = [];
    const peer = { name: "other", id: "other" } as unknown as Peer;
    const works = await contenders(
      { peers: [peer], log: (line: string) => said.push(line) } as never,
      { run: async () => {} },
      () => Promise.reject(new Error("it has no cache")),
    );
    expect(works.map(({ name }) => name)).toEqual(["vitrine"]);
    expect(said).toEqual(["  other: it has no cache"]);
  });
});

describe("tables", () => {
  const table = {
    title: "Speed",
    columns: ["who", "ms"],
    rows: [
      ["vitrine", 1.2345],
      ["other", 1234.5],
    ],
    notes: ["A note."],
    claims: [{ what: "ratio", asked: "4x", met: "2x", holds: false }],
  } as const;

  it("print three figures, right-aligned, and say which promise was missed", () => {
    expect(figure(0.012345)).toBe("0.0123");
    expect(printTable(table)).toBe(
      [
        "Speed",
        "  who         ms",
        "  -------  -----",
        "  vitrine   1.23",
        "  other    1,235",
        "  A note.",
        "  MISSED: ratio: asked 4x, met 2x",
      ].join("\n"),
    );
  });

  it("become Markdown", () => {
    expect(markdownTable(table)).toContain("| who | ms |\n| --- | ---: |\n| vitrine | 1.23 |");
  });
});
