// A small text preprocessor, for what WGSL cannot say itself: leaving out a binding, and repeating
// lines so that an array becomes named registers. Directives are comments on lines of their own.

/** What a source may ask for: flags for `//#if`, counts or words for `//#repeat`. */
export type Choices = Readonly<Record<string, boolean | number | readonly string[]>>;

const DIRECTIVE = /^\s*\/\/#(if|else|end|repeat)\b\s*(.*)$/;

/**
 * One kernel out of a family written as one source.
 *
 * - `//#if NAME` ... `//#else` ... `//#end` keeps a branch; `//#if !NAME` negates. A number is true
 *   when it is not 0.
 * - `//#repeat i NAME` ... `//#end` writes its lines NAME times with `$i` replaced by 0, 1, ...; or,
 *   when NAME is a list of words, once per word. `i` is one letter.
 *
 * @throws Error on an unknown name, or a directive without its partner: a mistake in the source.
 */
export function specialise(code: string, choices: Choices): string {
  const lines = code.split("\n");
  let next = 0;

  const lookUp = (name: string): boolean | number | readonly string[] => {
    const value = choices[name];
    if (value === undefined) throw new Error(`specialise: nobody chose "${name}"`);
    return value;
  };

  const block = (inside: "top" | "if" | "else" | "repeat"): { text: string[]; end: string } => {
    const text: string[] = [];
    while (next < lines.length) {
      const line = lines[next++] as string;
      const [, word, rest = ""] = DIRECTIVE.exec(line) ?? [];
      if (!word) text.push(line);
      else if (word === "end" || word === "else") {
        if (inside === "top" || (word === "else" && inside !== "if"))
          throw new Error(`specialise: line ${next}: //#${word} closes nothing`);
        return { text, end: word };
      } else if (word === "if") {
        const negated = rest.startsWith("!");
        const holds = Boolean(lookUp(negated ? rest.slice(1).trim() : rest.trim())) !== negated;
        const first = block("if");
        const second = first.end === "else" ? block("else").text : [];
        text.push(...(holds ? first.text : second));
      } else {
        const [letter = "", name = ""] = rest.trim().split(/\s+/);
        const body = block("repeat").text;
        const chosen = lookUp(name);
        const values =
          typeof chosen === "object"
            ? chosen
            : Array.from({ length: Number(chosen) }, (_, i) => String(i));
        for (const value of values)
          text.push(...body.map((l) => l.replaceAll(`$${letter}`, value)));
      }
    }
    if (inside !== "top") throw new Error(`specialise: //#${inside} has no //#end`);
    return { text, end: "" };
  };

  return block("top").text.join("\n");
}
