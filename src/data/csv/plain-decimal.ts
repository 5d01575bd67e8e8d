import { EXACT_DIGITS, POWERS, quotient } from './number.ts';

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const ZEROS = 0x30303030;

/** Longer ones have more digits than one division rounds correctly. */
export const SHORT_BYTES = EXACT_DIGITS + 1;

/** A number of up to 15 digits without exponent; NaN: it needs a closer look. */
export function shortDecimal(bytes: Buffer, start: number, end: number): number {
  let at = start;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  const first = at;
  let mantissa = 0;
  let digit = -1;
  for (; at < end; at++) {
    digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
  }
  const whole = at - first;
  let scale = 0;
  if (at < end) {
    if (bytes[at] !== POINT) return Number.NaN;
    const point = ++at;
    for (; at < end; at++) {
      digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) return Number.NaN;
      mantissa = mantissa * 10 + digit;
    }
    scale = at - point;
    if (scale === 0) return Number.NaN;
  } else if (!negative && whole > 2 && bytes[first] === ZERO) return Number.NaN;
  if (whole + scale === 0 || whole + scale > EXACT_DIGITS) return Number.NaN;
  const value = scale === 0 ? mantissa : mantissa / POWERS[scale]!;
  return negative ? -value : value;
}

/**
 * A number with a fraction and up to 19 digits, as programs print doubles, correctly rounded; NaN: it needs a closer look. Four digits
 * are added up at a time.
 */
export function longDecimal(view: DataView, start: number, end: number): number {
  let at = start;
  const negative = view.getUint8(at) === MINUS;
  if (negative) at++;
  const first = at;
  let high = 0;
  for (; at < end; at++) {
    const digit = view.getUint8(at) - ZERO;
    if (digit < 0 || digit > 9) break;
    high = high * 10 + digit;
  }
  let digits = high === 0 ? 0 : at - first;
  const scale = end - at - 1;
  if (at === first || digits > EXACT_DIGITS || scale < 1 || scale > 22 || view.getUint8(at) !== POINT)
    return Number.NaN;
  at++;
  for (; end - at >= 4 && digits + 4 <= EXACT_DIGITS; at += 4, digits += 4) {
    let four = view.getInt32(at, true) ^ ZEROS;
    if ((((four + 0x76767676) | four) & 0x80808080) !== 0) return Number.NaN;
    four = (Math.imul(four, 10) + (four >>> 8)) & 0x00ff00ff;
    high = high * 10_000 + (four & 0xff) * 100 + (four >>> 16);
  }
  const rest = end - at;
  if (digits + rest > 19) return Number.NaN;
  let low = 0;
  for (; at < end; at++) {
    const digit = view.getUint8(at) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    low = low * 10 + digit;
  }
  const shift = POWERS[rest]!;
  const divisor = POWERS[scale]!;
  const value = digits + rest <= EXACT_DIGITS ? (high * shift + low) / divisor : quotient(high, shift, low, divisor);
  return negative ? -value : value;
}
