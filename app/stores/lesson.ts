// What this page hides because a lesson's link says so.
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { type Hidden, type LessonPart, NOTHING_HIDDEN } from "../setup/lesson.ts";

export const lessonStore = createStore<{ readonly hidden: Hidden }>(() => ({
  hidden: NOTHING_HIDDEN,
}));

export const useIsHidden = (part: LessonPart): boolean =>
  useStore(lessonStore, ({ hidden }) => hidden.has(part));
