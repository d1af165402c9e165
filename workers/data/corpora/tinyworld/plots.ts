// What happens: plots choose which sentences follow one another. A plot only proposes; the rules
// decide, so whatever a plot does, the text stays true to its world.
import type { Composer } from "./composer.ts";
import { questions } from "./plots/questions.ts";
import { story } from "./plots/stories.ts";
import { SUMS } from "./plots/sums.ts";
import type { Register } from "./world.ts";

/** Writes one document. @returns its register. */
export function compose(c: Composer): Register {
  const roll = c.between(0, 9);
  if (roll < 3) {
    story(c);
    return "story";
  }
  if (roll < 8) {
    questions(c);
    return "question";
  }
  c.pick(SUMS)(c);
  return "arithmetic";
}
