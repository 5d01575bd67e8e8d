const DAY_MS = 86_400_000;
const SPACE = 32;
const DASH = 45;
const COLON = 58;
/** Room for the longest form: date, time with nine digits of a second, blank, zone. */
const LONGEST = 36;
const SCRATCH = Buffer.alloc(LONGEST + 4);

/**
 * An ISO 8601 date or instant as milliseconds since 1970; without a zone it is UTC, whatever the zone of the machine. NaN
 * when it is none, such as 2023-02-30.
 */
export function parseInstant(text: string): number {
  if (text.length > LONGEST) return Number.NaN;
  return parseInstantBytes(SCRATCH, 0, SCRATCH.write(text));
}

/** The same of bytes `start` … `end` - 1. */
export function parseInstantBytes(bytes: Buffer, start: number, end: number): number {
  const year = digits(bytes, start, start + 4);
  const month = digits(bytes, start + 5, start + 7);
  const day = digits(bytes, start + 8, start + 10);
  if (end - start < 10 || bytes[start + 4] !== DASH || bytes[start + 7] !== DASH) return Number.NaN;
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) return Number.NaN;
  const midnight = dayNumber(year, month, day) * DAY_MS;
  if (end - start === 10) return midnight;
  const separator = bytes[start + 10];
  if (separator !== SPACE && separator !== 84) return Number.NaN;
  return midnight + timeOfDay(bytes, start + 11, end);
}

/** `HH:MM[:SS[.fraction]][ ][zone]` in milliseconds, the offset of the zone taken off. */
function timeOfDay(bytes: Buffer, start: number, end: number): number {
  const hour = digits(bytes, start, start + 2);
  const minute = digits(bytes, start + 3, start + 5);
  if (end - start < 5 || bytes[start + 2] !== COLON || !(hour <= 23 && minute <= 59)) return Number.NaN;
  let time = (hour * 60 + minute) * 60_000;
  let at = start + 5;
  if (at < end && bytes[at] === COLON) {
    const second = digits(bytes, at + 1, at + 3);
    at += 3;
    if (at > end || !(second <= 59)) return Number.NaN;
    time += second * 1000;
    if (at < end && (bytes[at] === 46 || bytes[at] === 44)) {
      const first = ++at;
      let unit = 100;
      for (; at < end && bytes[at]! >= 48 && bytes[at]! <= 57; at++, unit = Math.floor(unit / 10)) {
        time += unit * (bytes[at]! - 48);
      }
      if (at === first || at > first + 9) return Number.NaN;
    }
  }
  if (at < end && bytes[at] === SPACE) at++;
  else if (at === end) return time;
  return time - zoneOffset(bytes, at, end);
}

/** `Z`, `±HH`, `±HHMM` or `±HH:MM` in milliseconds. */
function zoneOffset(bytes: Buffer, start: number, end: number): number {
  const sign = bytes[start];
  const length = end - start;
  if (length === 1) return sign === 90 || sign === 122 ? 0 : Number.NaN;
  if (sign !== 43 && sign !== DASH) return Number.NaN;
  const hour = digits(bytes, start + 1, start + 3);
  const minutesAt = length === 6 && bytes[start + 3] === COLON ? start + 4 : start + 3;
  const minute =
    length === 3 ? 0 : length === 5 || minutesAt === start + 4 ? digits(bytes, minutesAt, end) : Number.NaN;
  if (length < 3 || !(hour <= 23 && minute <= 59)) return Number.NaN;
  return (sign === DASH ? -1 : 1) * (hour * 60 + minute) * 60_000;
}

/** NaN where one of the bytes is no digit. */
function digits(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the Gregorian calendar; years begin in March, so that leap days come last. */
function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const monthsFromMarch = (month + 9) % 12;
  const days = Math.floor((153 * monthsFromMarch + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + days - 719_468;
}
