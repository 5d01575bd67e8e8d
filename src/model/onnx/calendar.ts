import type { DatetimePart } from '../../config/features.ts';
import type { Graph, Value } from './graph.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Days from 0000-03-01 to 1970-01-01. */
const MARCH_YEAR_0 = 719_468;
/** Days from 0001-01-01 to 1970-01-01. */
const JANUARY_YEAR_1 = 719_162;

/**
 * A part of instants, the same numbers as `datetimePart` of features/ gives. All steps are on whole numbers below 2^53, which
 * doubles hold exactly, and a missing instant (NaN) stays missing.
 *
 * Source  Hinnant 2013, chrono-compatible low-level date algorithms: years that begin on 1 March, eras of 400 years
 *
 * @param time milliseconds since 1970
 */
export function calendarPart(graph: Graph, time: Value, part: DatetimePart): Value {
  const { plus, minus, times, floorDivide, remainder } = arithmetic(graph);
  const days = floorDivide(time, DAY_MS);
  const hours = floorDivide(time, HOUR_MS);
  switch (part) {
    case 'hour':
      return minus(hours, times(days, 24));
    case 'minute':
      return minus(floorDivide(time, MINUTE_MS), times(hours, 60));
    case 'weekday':
      // 1970-01-01 was a Thursday.
      return remainder(plus(days, 3), 7);
  }
  const shifted = plus(days, MARCH_YEAR_0);
  const era = floorDivide(shifted, 146_097);
  const dayOfEra = minus(shifted, times(era, 146_097));
  // Days without the leap days before them: 1,460 days and a leap day make 4 years, and so on.
  const leapDays = minus(
    plus(floorDivide(dayOfEra, 1_460), floorDivide(dayOfEra, 146_096)),
    floorDivide(dayOfEra, 36_524),
  );
  const yearOfEra = floorDivide(minus(dayOfEra, leapDays), 365);
  const daysBefore = minus(plus(times(yearOfEra, 365), floorDivide(yearOfEra, 4)), floorDivide(yearOfEra, 100));
  const dayOfMarchYear = minus(dayOfEra, daysBefore);
  // 0 is March. Five months from there on have 153 days.
  const monthFromMarch = floorDivide(plus(times(dayOfMarchYear, 5), 2), 153);
  const nextYear = floorDivide(monthFromMarch, 10);
  const year = plus(plus(times(era, 400), yearOfEra), nextYear);
  switch (part) {
    case 'year':
      return year;
    case 'month':
      return minus(plus(monthFromMarch, 3), times(nextYear, 12));
    case 'day':
      return plus(minus(dayOfMarchYear, floorDivide(plus(times(monthFromMarch, 153), 2), 5)), 1);
    case 'day-of-year': {
      const last = plus(year, -1);
      const leap = plus(minus(floorDivide(last, 4), floorDivide(last, 100)), floorDivide(last, 400));
      return minus(plus(days, JANUARY_YEAR_1 + 1), plus(times(last, 365), leap));
    }
  }
}

function arithmetic(graph: Graph) {
  const asValue = (x: Value | number): Value => (typeof x === 'number' ? graph.scalar(x) : x);
  const plus = (a: Value, b: Value | number): Value => graph.node('Add', [a, asValue(b)]);
  const minus = (a: Value, b: Value): Value => graph.node('Sub', [a, b]);
  const times = (a: Value, factor: number): Value => graph.node('Mul', [a, graph.scalar(factor)]);
  const floorDivide = (a: Value, divisor: number): Value =>
    graph.node('Floor', [graph.node('Div', [a, graph.scalar(divisor)])]);
  const remainder = (a: Value, divisor: number): Value => minus(a, times(floorDivide(a, divisor), divisor));
  return { plus, minus, times, floorDivide, remainder };
}
