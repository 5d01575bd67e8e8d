import { EXACT_DIGITS, POWERS } from '../csv/number.ts';

const TWO_32 = 2 ** 32;
/** |high| below it: the whole 64-bit number is within ±2^53. */
const SAFE_HIGH = 2 ** 21;

/** A whole number as a double, or undefined where no double holds it. */
export function exactNumber(value: bigint): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) || BigInt(number) === value ? number : undefined;
}

/** The same of the halves of a 64-bit number, without making a bigint of most of them. */
export function exactOfHalves(low: number, high: number, signed: boolean): number | undefined {
  if (high >= -SAFE_HIGH && high < SAFE_HIGH && (signed || high >= 0)) return high * TWO_32 + (low >>> 0);
  const value = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return exactNumber(signed ? value : BigInt.asUintN(64, value));
}

/** The double next to `unscaled` / 10^`scale`, as the decimal text of it is read. */
export function decimalNumber(unscaled: bigint, scale: number): number {
  const digits = Number(unscaled);
  if (Math.abs(digits) < 10 ** EXACT_DIGITS && scale >= 0 && scale < POWERS.length) return digits / POWERS[scale]!;
  return Number(`${unscaled}e${-scale}`);
}

/** Big-endian two's complement. */
export function bigintOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** Milliseconds of an instant in finer units, rounded down as the reader of texts does. */
export function millisOf(value: bigint, unitsPerMilli: bigint): number {
  const millis = value / unitsPerMilli;
  return Number(value < 0n && millis * unitsPerMilli !== value ? millis - 1n : millis);
}

/** The same of the halves of a 64-bit number; every step is exact in doubles. */
export function millisOfHalves(low: number, high: number, unitsPerMilli: number): number {
  const whole = Math.floor(high / unitsPerMilli);
  const rest = high - whole * unitsPerMilli;
  return whole * TWO_32 + Math.floor((rest * TWO_32 + (low >>> 0)) / unitsPerMilli);
}

/** `13:45:10.25` of a time of day: as it is written in texts. */
export function timeText(value: bigint, unit: 'MILLIS' | 'MICROS' | 'NANOS'): string {
  const digits = { MILLIS: 3, MICROS: 6, NANOS: 9 }[unit];
  const perSecond = 10n ** BigInt(digits);
  const seconds = Number(value / perSecond);
  const two = (part: number): string => String(part).padStart(2, '0');
  const fraction = String(value % perSecond)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === '' ? time : `${time}.${fraction}`;
}

/** Nanoseconds since 1970 of an instant that is a Julian day in the upper 32 of 96 bits, and nanoseconds below. */
export function int96Nanos(value: bigint): bigint {
  return ((value >> 64n) - 2_440_588n) * 86_400_000_000_000n + BigInt.asUintN(64, value);
}

/** IEEE 754 half precision, little-endian. */
export function float16(bytes: Uint8Array): number {
  const bits = bytes[0]! | (bytes[1]! << 8);
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

export function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
