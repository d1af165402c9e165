// What a lesson's link hides, so that a page shows the one thing it is about. Train, Pause and the charts always
// stay. docs/lessons.md lists the parts for those who write such links by hand.

/** Parts of a lab that can be hidden. */
export const LESSON_PARTS = [
  "presets",
  "text",
  "form",
  "yaml",
  "share",
  "plan",
  "models",
  "runs",
  "recorded",
  "sampling",
  "facts",
  "navigation",
] as const;

export type LessonPart = (typeof LESSON_PARTS)[number];
export type Hidden = ReadonlySet<LessonPart>;

export const NOTHING_HIDDEN: Hidden = new Set();
const ALL = "1";

const isPart = (name: string): name is LessonPart =>
  (LESSON_PARTS as readonly string[]).includes(name);

/** `form,presets`, or `1` for all. What names no part is told in `unknown`. */
export function readLesson(value: unknown): {
  readonly hidden: Hidden;
  readonly unknown: readonly string[];
} {
  if (value === undefined || value === "") return { hidden: NOTHING_HIDDEN, unknown: [] };
  // The router reads 1 as a number, and braces as an object, which may have anything as its toString.
  const text = (typeof value === "object" ? JSON.stringify(value) : String(value)).slice(0, 500);
  if (text === ALL || text === "true") return { hidden: new Set(LESSON_PARTS), unknown: [] };
  const names = text.split(",").map((name) => name.trim());
  return {
    hidden: new Set(names.filter(isPart)),
    unknown: names.filter((name) => name !== "" && !isPart(name)),
  };
}

/** The parameter, or undefined where nothing is hidden. */
export function writeLesson(hidden: Hidden): string | undefined {
  if (hidden.size === 0) return undefined;
  if (hidden.size === LESSON_PARTS.length) return ALL;
  return LESSON_PARTS.filter((part) => hidden.has(part)).join(",");
}
