/**
 * What a person typed into a number field: the number (`1e-3`, `10 000`, `1_000`, `0,5` is none), the
 * text itself where it is no number, undefined where there is nothing.
 */
export function parseNumber(text: string): number | string | undefined {
  const plain = text.trim();
  if (plain === "") return undefined;
  const value = Number(plain.replaceAll(/(?<=\d)[\s_](?=\d)/g, ""));
  return Number.isFinite(value) ? value : plain;
}
