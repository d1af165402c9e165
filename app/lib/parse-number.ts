/**
 * What a person typed into a number field: the number (`1e-3`, `10 000`, `1_000`), the text itself where
 * it is none (`ten`; `0,5`, which some read as five), undefined where there is nothing.
 */
export function parseNumber(text: string): number | string | undefined {
  const plain = text.trim();
  if (plain === "") return undefined;
  const value = Number(plain.replaceAll(/(?<=\d)[\s_](?=\d)/g, ""));
  return Number.isFinite(value) ? value : plain;
}
