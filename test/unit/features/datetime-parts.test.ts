import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DATETIME_PARTS } from '../../../src/config/features.ts';
import { datetimePart } from '../../../src/features/datetime-parts.ts';
import { runs } from '../../tools/effort.ts';

const parts = (time: number) => DATETIME_PARTS.map((part) => datetimePart(time, part));

/** Parts by the calendar of the engine, which knows no remainders. */
function byDate(time: number): number[] {
  const date = new Date(time);
  const newYear = new Date(0);
  newYear.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  const midnight = new Date(time).setUTCHours(0, 0, 0, 0);
  return [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    (date.getUTCDay() + 6) % 7,
    date.getUTCHours(),
    date.getUTCMinutes(),
    (midnight - newYear.getTime()) / 86_400_000 + 1,
  ];
}

test('year, month, day, weekday from Monday, hour, minute and day of year, in UTC', () => {
  expect(parts(Date.UTC(2024, 1, 29, 23, 59, 59, 999))).toEqual([2024, 2, 29, 3, 23, 59, 60]);
  expect(parts(Date.UTC(2023, 11, 31))).toEqual([2023, 12, 31, 6, 0, 0, 365]);
  expect(parts(-1)).toEqual([1969, 12, 31, 2, 23, 59, 365]);
  expect(parts(Number.NaN)).toEqual(DATETIME_PARTS.map(() => Number.NaN));
});

test('every instant has the parts that the calendar of the engine gives', () => {
  const end = 8.6e15;
  const day = fc.integer({ min: Date.UTC(1600, 0) / 86_400_000, max: Date.UTC(2500, 0) / 86_400_000 });
  const time = fc.oneof(
    fc.integer({ min: -end, max: end }),
    day.map((n) => n * 86_400_000),
  );
  fc.assert(
    fc.property(time, (at) => {
      expect(parts(at)).toEqual(byDate(at));
    }),
    { numRuns: runs(20_000) },
  );
});

test('every day of 800 years has its day of year', () => {
  let at = Date.UTC(1599, 11, 31);
  for (let year = 1600; year < 2400; year++) {
    const days = (Date.UTC(year + 1, 0) - Date.UTC(year, 0)) / 86_400_000;
    for (let day = 1; day <= days; day++) {
      at += 86_400_000;
      if (datetimePart(at, 'day-of-year') !== day || datetimePart(at, 'year') !== year) {
        throw new Error(`${new Date(at).toISOString()} is not day ${day} of ${year}`);
      }
    }
  }
});
