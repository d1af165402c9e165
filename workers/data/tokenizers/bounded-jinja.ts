// Jinja that always ends. Templates come with models of strangers; a loop over a thousand million numbers must
// not stop the worker. Everything else is @huggingface/jinja, with what transformers sets: blocks trimmed and
// stripped.
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";

type Program = ReturnType<typeof parse>;

/** The largest published template takes some thousand for a long chat. */
const MAX_STEPS = 100_000;
/** Characters of any one text. */
const MAX_TEXT = 4 * 1024 * 1024;
const MAX_RANGE = 20_000;

class BoundedInterpreter extends Interpreter {
  #steps = 0;

  override evaluate(
    ...args: Parameters<Interpreter["evaluate"]>
  ): ReturnType<Interpreter["evaluate"]> {
    this.#steps++;
    if (this.#steps > MAX_STEPS)
      throw new Error(`it must end within ${MAX_STEPS} steps and has not`);
    const result = super.evaluate(...args);
    if (typeof result.value === "string" && result.value.length > MAX_TEXT)
      throw new Error(`a text may have ${MAX_TEXT} characters; one has ${result.value.length}`);
    return result;
  }
}

/** A template, read. @throws Error that says where it cannot be. */
export const parseTemplate = (text: string): Program =>
  parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true }));

/** The text of a template. @throws Error where it fails, or does too much. */
export function renderTemplate(
  program: Program,
  values: Readonly<Record<string, unknown>>,
): string {
  const environment = new Environment();
  const constants = { true: true, True: true, false: false, False: false, none: null, None: null };
  for (const [name, value] of Object.entries({ ...constants, range, ...values }))
    environment.set(name, value);
  const { value } = new BoundedInterpreter(environment).run(program);
  return String(value);
}

/** Python's range, of at most {@link MAX_RANGE} numbers. */
function range(first: number, end?: number, step = 1): number[] {
  const [start, stop] = end === undefined ? [0, first] : [first, end];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= MAX_RANGE))
    throw new Error(
      `range() may give ${MAX_RANGE} numbers; ${start} to ${stop} by ${step} does not`,
    );
  return Array.from({ length }, (_, i) => start + i * step);
}
