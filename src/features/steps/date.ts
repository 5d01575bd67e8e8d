import { z } from 'zod';
import { DATETIME_PARTS } from '../../config/datetime-parts.ts';
import type { Column } from '../../data/table.ts';
import { chooseColumns } from '../choose-columns.ts';
import { mapNumbers, numbersOf } from '../column-cells.ts';
import { datetimeParts } from '../datetime-parts.ts';
import type { LearnedOperation, StepKind } from '../step-kind.ts';

export const DAY_MS = 86_400_000;

/** How many steps the circle of a part has. */
const PERIODS = { month: 12, day: 31, weekday: 7, hour: 24, minute: 60, 'day-of-year': 366 } as const;

const CYCLIC = ['month', 'day', 'weekday', 'hour', 'minute', 'day-of-year'] as const;

const state = z.strictObject({
  parts: z.array(z.enum(DATETIME_PARTS)),
  cyclic: z.array(z.enum(CYCLIC)),
  /** Milliseconds since 1970. */
  since: z.number().nullable(),
  /** Days since 1970. */
  holidays: z.array(z.number()),
});

export type DateState = z.output<typeof state>;

/** Parts of instants. Outputs in the order of the state: parts, sine and cosine of each cyclic part, days, holiday. */
export const date: StepKind<'date', DateState> = {
  state,
  fit(settings, context) {
    const { parts, cyclic, since, holidays } = settings;
    if (parts.length + cyclic.length + holidays.length === 0 && since === undefined) {
      context.fault([], 'asks for nothing: set parts, cyclic, since or holidays');
    }
    const columns = chooseColumns(settings, context, ['datetime']);
    const learned: DateState = {
      parts: [...new Set(parts)],
      cyclic: [...new Set(cyclic)],
      since: since === undefined ? null : Date.parse(since),
      holidays: [...new Set(holidays.map((day) => Date.parse(day) / DAY_MS))].sort((a, b) => a - b),
    };
    const operations = columns.map(({ name }): LearnedOperation<DateState> => {
      const outputs = [
        ...learned.parts.map((part) => `${name}.${part}`),
        ...learned.cyclic.flatMap((part) => [`${name}.${part}.sin`, `${name}.${part}.cos`]),
        ...(learned.since === null ? [] : [`${name}.days`]),
        ...(learned.holidays.length === 0 ? [] : [`${name}.holiday`]),
      ];
      return { inputs: [name], outputs, state: learned };
    });
    return { operations, removed: settings.keep ? [] : columns.map(({ name }) => name) };
  },
  apply({ state: { parts, cyclic, since, holidays }, outputs }, [column]) {
    const made: Column[] = [];
    const add = (map: (time: number) => number): void => {
      made.push(mapNumbers(outputs[made.length]!, column!, map));
    };
    const times = numbersOf(column!);
    const valuesOf = new Map([...parts, ...cyclic].map((part) => [part, datetimeParts(times, part)]));
    const addValues = (values: Float64Array): void => {
      made.push({ kind: 'numeric', name: outputs[made.length]!, values, integer: false });
    };
    for (const part of parts) addValues(valuesOf.get(part)!);
    for (const part of cyclic) {
      const { sin, cos } = circleOf(part);
      addValues(lookedUp(sin, valuesOf.get(part)!));
      addValues(lookedUp(cos, valuesOf.get(part)!));
    }
    if (since !== null) add((time) => (time - since) / DAY_MS);
    if (holidays.length > 0) {
      const days = new Set(holidays);
      add((time) => (Number.isNaN(time) ? time : Number(days.has(Math.floor(time / DAY_MS)))));
    }
    return made;
  },
};

/** The entries at the places; a missing place is no entry. */
function lookedUp(table: Float64Array, places: Float64Array): Float64Array {
  const values = new Float64Array(places.length);
  for (let row = 0; row < places.length; row++) {
    const place = places[row]!;
    values[row] = place >= 0 ? table[place | 0]! : Number.NaN;
  }
  return values;
}

/** Sine and cosine of a part by its number. */
export function circleOf(part: DateState['cyclic'][number]): { sin: Float64Array; cos: Float64Array } {
  const period = PERIODS[part];
  const angle = (value: number): number => (2 * Math.PI * value) / period;
  return {
    sin: Float64Array.from({ length: period + 1 }, (_, value) => Math.sin(angle(value))),
    cos: Float64Array.from({ length: period + 1 }, (_, value) => Math.cos(angle(value))),
  };
}
