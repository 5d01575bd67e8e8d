import fc from 'fast-check';
import type { RawColumn } from '../../../src/features/fitted-features.ts';

/** A signature with a column of each type. */
export const INPUTS: readonly RawColumn[] = [
  { name: 'age', type: 'double', required: true },
  { name: 'visits', type: 'long', required: true },
  { name: 'color', type: 'string', required: true },
  { name: 'day', type: 'datetime', required: true },
  { name: 'note', type: 'string', required: false },
];

export const SCHEMA = { inputs: INPUTS, keyColumns: ['id'] };

export interface Row {
  readonly age: number | null;
  readonly visits: number | null;
  readonly color: string | null;
  readonly day: string | null;
  readonly note: string | null;
}

const text = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((s) => s.trim() === s && s !== '');
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 6 });

/** Rows that fit the signature. */
export const rows: fc.Arbitrary<Row[]> = fc.array(
  fc.record({
    age: orNull(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
    visits: orNull(fc.maxSafeInteger()),
    color: orNull(text),
    day: orNull(
      fc
        .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((d) => d.toISOString()),
    ),
    note: orNull(text),
  }),
  { minLength: 1, maxLength: 20 },
);
