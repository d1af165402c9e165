// What a hub means when it says no, and what to do then.
import { FaultError } from "../../kernels/core/fault.ts";

/** How the hub said no. */
interface No {
  readonly status: number;
  /** Its own word for it, where it has one: `GatedRepo`. */
  readonly code: string | null;
  readonly hasToken: boolean;
  readonly address: string;
  /** Seconds after which it may be asked again, where it says so. */
  readonly wait: string | null;
}

interface Row {
  when(no: No): boolean;
  readonly met: string;
  hint(no: No): string;
}

/** The first row that fits speaks. Without a token the hub says 401 also of what does not exist. */
const ROWS: readonly Row[] = [
  {
    when: ({ status, code, hasToken }) =>
      !hasToken && (status === 401 || status === 403) && code === "GatedRepo",
    met: "its owner gives it out on request only",
    hint: () =>
      "Ask for access on its page, make a token with the right to read, and put it into the settings.",
  },
  {
    when: ({ status, hasToken }) => !hasToken && (status === 401 || status === 403),
    met: "it says that nobody may read it without a token",
    hint: () =>
      "Look at the name: the hub says this also of what does not exist. For a private or gated repository put a token into the settings.",
  },
  {
    when: ({ status }) => status === 401,
    met: "it does not know the token",
    hint: () => "Make a new token with the right to read, and put it into the settings.",
  },
  {
    when: ({ status }) => status === 403,
    met: "the token does not open it",
    hint: () => "Ask for access on its page, or use a token that has it.",
  },
  {
    when: ({ status, code }) => status === 404 && code === "RevisionNotFound",
    met: "it has no such branch, tag or commit",
    hint: () => "Leave out what stands behind the @, or look the revision up on its page.",
  },
  {
    when: ({ status }) => status === 404,
    met: "there is none of that name",
    hint: ({ address }) => `Look the name up at ${address}.`,
  },
  {
    when: ({ status }) => status === 429,
    met: "too much was asked of it",
    hint: ({ wait }) => (wait ? `Try again in ${wait} seconds.` : "Try again in a few minutes."),
  },
  {
    when: ({ status }) => status >= 500,
    met: "it has trouble of its own",
    hint: () => "Try again in a while.",
  },
];

/** A no as a fault. @param what was asked for, in words. */
export function refusal(what: string, no: No): FaultError {
  const row = ROWS.find(({ when }) => when(no));
  return new FaultError(
    "hub",
    row
      ? `The hub must hand out ${what}; ${row.met} (${no.status}).`
      : `The hub must hand out ${what}; it answered with status ${no.status}.`,
    row?.hint(no) ?? "Try again in a while.",
  );
}
