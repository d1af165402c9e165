/** Digits that tell any two 32-bit numbers apart; most need fewer. */
const DIGITS = [7, 8, 9] as const;

/**
 * A number without the noise that 32 bits add in the decimals: 0.003 as it was, not 0.003000000026077032. Read back as
 * a 32-bit number, it is the same one. Numbers of more than 32 bits stay as they are.
 */
export function shortNumber(value: number): number {
  if (Math.fround(value) !== value) return value;
  for (const digits of DIGITS) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
