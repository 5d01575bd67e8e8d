import type { DatetimePart } from '../config/features.ts';
import type { Column } from '../data/table.ts';

const DAY_MS = 86_400_000;

/**
 * A part of an instant, in UTC: month from 1, day from 1, weekday from 0 (Monday) as in pandas, day-of-year from 1.
 *
 * @param time milliseconds since 1970; NaN gives NaN
 */
export function datetimePart(time: number, part: DatetimePart): number {
  const date = new Date(time);
  switch (part) {
    case 'year':
      return date.getUTCFullYear();
    case 'month':
      return date.getUTCMonth() + 1;
    case 'day':
      return date.getUTCDate();
    case 'weekday':
      return (date.getUTCDay() + 6) % 7;
    case 'hour':
      return date.getUTCHours();
    case 'minute':
      return date.getUTCMinutes();
    case 'day-of-year':
      return Math.floor((time - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
  }
}

/** The parts that differ among the instants. */
export function varyingParts(values: Float64Array, parts: readonly DatetimePart[]): DatetimePart[] {
  return parts.filter((part) => {
    const numbers = values.map((time) => datetimePart(time, part));
    return !isConstant({ kind: 'numeric', name: part, values: numbers, integer: true });
  });
}

/** One value, or none, in all rows. A column that is sometimes missing varies. */
export function isConstant(column: Column): boolean {
  const cells = column.kind === 'categorical' ? column.codes : column.values;
  for (const cell of cells) if (!Object.is(cell, cells[0])) return false;
  return true;
}
