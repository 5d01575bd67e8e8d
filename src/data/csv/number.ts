const ZERO = 48;
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The text as a finite decimal number, or NaN. */
export function parseDecimal(text: string): number {
  if (!DECIMAL.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

/**
 * The number in bytes `start` … `end` - 1, or NaN. Up to 15 digits and a power of ten up to 22 are exact in doubles, so that one
 * multiplication or division rounds correctly; everything else goes the slow way.
 *
 * Source  Clinger 1990, How to read floating point numbers accurately
 */
export function parseDecimalBytes(bytes: Buffer, start: number, end: number): number {
  let at = start;
  const sign = bytes[at];
  if (sign === 45 || sign === 43) at++;
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  let seenPoint = false;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      if (mantissa !== 0) digits++;
      if (seenPoint) scale++;
    } else if (digit === -2 && !seenPoint) seenPoint = true;
    else return parseDecimal(bytes.toString('latin1', start, end));
  }
  if (digits === 0 || digits > 15 || scale > 22) return parseDecimal(bytes.toString('latin1', start, end));
  const value = scale === 0 ? mantissa : mantissa / POWERS[scale]!;
  return sign === 45 ? -value : value;
}
