const WORDS = ["Shapes", "Launch", "Numerics", "Gradient", "Source"] as const;

/** What the opening comment of a .wgsl file lacks, or null when it is whole. `enable` may stand before it. */
export function findHeaderFault(code: string): string | null {
  const header: string[] = [];
  for (const line of code.split("\n")) {
    if (header.length === 0 && line.startsWith("enable ")) continue;
    if (!line.startsWith("//")) break;
    header.push(line);
  }
  if (!/^\/\/ \w+ — \S/.test(header[0] ?? ""))
    return `it must name what it computes, as in "// softmax — y = ..."; it begins ${JSON.stringify(header[0] ?? "")}`;
  const lines = WORDS.map((word) => header.findIndex((line) => line.startsWith(`// ${word} `)));
  const missing = WORDS.filter((_, i) => lines[i] === -1);
  if (missing.length > 0) return `${missing.join(", ")} is missing from the opening comment`;
  if (lines.some((line, i) => i > 0 && line < (lines[i - 1] as number)))
    return `${WORDS.join(", ")} are out of order`;
  return null;
}
