const ZERO = 48;
const POINT = 46;
const MINUS = 45;
const PLUS = 43;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Powers of ten that a double holds exactly. */
export const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Any number of so many digits is exact in a double. */
export const EXACT_DIGITS = 15;
/** 2^27 + 1 splits a double into halves whose products are exact. */
const SPLITTER = 134_217_729;

/** The text as a finite decimal number, or NaN: hexadecimal, blanks and `Infinity` are no numbers here. */
export function parseDecimal(text: string): number {
  if (!DECIMAL.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

/**
 * The number in bytes `start` … `end` - 1, or NaN: to the last bit what `parseDecimal` gives. With up to 15 digits and a power of
 * ten up to 22 one division or multiplication rounds correctly; with up to 19 digits, pairs of doubles settle nearly every
 * quotient.
 *
 * Source  Clinger 1990, How to read floating point numbers accurately; Dekker 1971, A floating-point technique
 */
export function parseDecimalBytes(bytes: Buffer, start: number, end: number): number {
  let at = start;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at++;
  const first = at;
  let point = -1;
  let digits = 0;
  let high = 0;
  let low = 0;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte !== ZERO && (byte !== POINT || point !== -1)) break;
    if (byte === POINT) point = at;
  }
  for (; at < end && digits < EXACT_DIGITS; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      high = high * 10 + digit;
      digits++;
    } else if (digit === POINT - ZERO && point === -1) point = at;
    else break;
  }
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      low = low * 10 + digit;
      digits++;
    } else if (digit === POINT - ZERO && point === -1) point = at;
    else break;
  }
  const hasDigit = at - first > (point === -1 ? 0 : 1);
  // Digits behind the point, less the exponent.
  const scale = (point === -1 ? 0 : at - point - 1) - (at === end ? 0 : exponentOf(bytes, at, end));
  let value = Number.NaN;
  if (hasDigit && scale <= 22 && scale >= -22) {
    if (digits <= EXACT_DIGITS) value = scale >= 0 ? high / POWERS[scale]! : high * POWERS[-scale]!;
    else if (digits <= 19 && scale >= 0) value = quotient(high, POWERS[digits - EXACT_DIGITS]!, low, POWERS[scale]!);
  }
  if (Number.isNaN(value)) return parseDecimal(bytes.toString('latin1', start, end));
  return sign === MINUS ? -value : value;
}

/** Of `e-05` and the like; NaN when it is none. */
function exponentOf(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== 101 && bytes[start] !== 69) return Number.NaN;
  const sign = bytes[start + 1];
  const first = sign === MINUS || sign === PLUS ? start + 2 : start + 1;
  if (first === end || end - first > 3) return Number.NaN;
  let exponent = 0;
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    exponent = exponent * 10 + digit;
  }
  return sign === MINUS ? -exponent : exponent;
}

/** (high × shift + low) / divisor, correctly rounded; NaN where pairs of doubles are too coarse to tell. */
export function quotient(high: number, shift: number, low: number, divisor: number): number {
  const product = high * shift;
  const rest = productError(high, shift, product) + low;
  const top = product + rest;
  const bottom = rest - (top - product);
  const first = top / divisor;
  const back = first * divisor;
  const second = (top - back - productError(first, divisor, back) + bottom) / divisor;
  const value = first + second * (1 - 2 ** -45);
  return value === first + second * (1 + 2 ** -45) ? value : Number.NaN;
}

/** a × b - product, exactly. */
function productError(a: number, b: number, product: number): number {
  const aHigh = SPLITTER * a - (SPLITTER * a - a);
  const bHigh = SPLITTER * b - (SPLITTER * b - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
