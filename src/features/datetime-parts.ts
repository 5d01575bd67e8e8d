import type { DatetimePart } from '../config/features.ts';
import type { Column } from '../data/table.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** From 0000-03-01 to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468;
const DAYS_OF_400_YEARS = 146_097;

/**
 * A part of an instant, in UTC: month from 1, day from 1, weekday from 0 (Monday) as in pandas, day-of-year from 1.
 *
 * @param time milliseconds since 1970; NaN gives NaN
 */
export function datetimePart(time: number, part: DatetimePart): number {
  switch (part) {
    case 'hour':
      return Math.floor(remainder(time, DAY_MS) / HOUR_MS);
    case 'minute':
      return Math.floor(remainder(time, HOUR_MS) / MINUTE_MS);
    case 'weekday':
      // 1970-01-01 was a Thursday.
      return remainder(Math.floor(time / DAY_MS) + 3, 7);
    default:
      return calendarPart(Math.floor(time / DAY_MS), part);
  }
}

/** Years begin in March here, so that leap days come last; eras of 400 years are all alike. */
function calendarPart(day: number, part: 'year' | 'month' | 'day' | 'day-of-year'): number {
  const days = day + DAYS_TO_EPOCH;
  const dayOfEra = remainder(days, DAYS_OF_400_YEARS);
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + 400 * Math.floor(days / DAYS_OF_400_YEARS) + (month <= 2 ? 1 : 0);
  switch (part) {
    case 'year':
      return year;
    case 'month':
      return month;
    case 'day':
      return dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
    case 'day-of-year':
      return month <= 2 ? dayOfYear - 305 : dayOfYear + 60 + (isLeap(year) ? 1 : 0);
  }
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Not negative, whatever the sign of `value`. */
function remainder(value: number, divisor: number): number {
  return value - divisor * Math.floor(value / divisor);
}

/** Days between the first and the last one, up to which the parts of a column are computed once a day. */
const MOST_DAYS = 1 << 17;

/** A part of every instant of a column. */
export function datetimeParts(times: Float64Array, part: DatetimePart): Float64Array {
  const values = new Float64Array(times.length);
  if (part === 'hour' || part === 'minute') {
    for (let row = 0; row < times.length; row++) values[row] = datetimePart(times[row]!, part);
    return values;
  }
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  const [from, days] = [Math.floor(first / DAY_MS), Math.floor((last - first) / DAY_MS) + 2];
  if (!(days < Math.min(MOST_DAYS, times.length))) {
    for (let row = 0; row < times.length; row++) values[row] = datetimePart(times[row]!, part);
    return values;
  }
  const ofDay = Float64Array.from({ length: days }, (_, day) => datetimePart((from + day) * DAY_MS, part));
  for (let row = 0; row < times.length; row++) {
    const time = times[row]!;
    values[row] = Number.isNaN(time) ? time : ofDay[Math.floor(time / DAY_MS) - from]!;
  }
  return values;
}

/** The parts that differ among the instants. */
export function varyingParts(times: Float64Array, parts: readonly DatetimePart[]): DatetimePart[] {
  return parts.filter((part) => {
    const first = datetimePart(times[0]!, part);
    return times.some((time) => !Object.is(datetimePart(time, part), first));
  });
}

/** One value, or none, in all rows. A column that is sometimes missing varies. */
export function isConstantColumn(column: Column): boolean {
  return isConstant(column.kind === 'categorical' ? column.codes : column.values);
}

function isConstant(cells: Float64Array | Int32Array): boolean {
  const first = cells[0];
  if (Number.isNaN(first)) return cells.every(Number.isNaN);
  return cells.every((cell) => cell === first);
}
