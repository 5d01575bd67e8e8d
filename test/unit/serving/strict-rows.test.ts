import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellValue } from '../../../src/data/table.ts';
import { ScoringError } from '../../../src/serving/scoring-error.ts';
import { parseStrict } from '../../../src/serving/strict-rows.ts';
import { rows, SCHEMA } from './requests.ts';

const parse = (body: unknown) => parseStrict('application/json', Buffer.from(JSON.stringify(body)), SCHEMA);
const faultsOf = (body: unknown): unknown => {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof ScoringError) return error.body.faults;
    throw error;
  }
  return undefined;
};
const ROW = { age: 41.5, visits: 3, color: 'red', day: '2026-01-02' };

describe('a strict request', () => {
  it('is taken when every cell is what the signature says', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const gaps = given
          .flatMap(({ age, visits, color, day }) => [age, visits, color, day])
          .filter((c) => c === null);
        if (gaps.length > 0) {
          expect(faultsOf(given)).toHaveLength(gaps.length);
          return;
        }
        const { table, single } = parse(given);
        expect(single).toBe(false);
        expect(table.columns.map((column) => given.map((_, row) => cellValue(column, row)))).toEqual(
          (['age', 'visits', 'color', 'day', 'note'] as const).map((name) => given.map((row) => row[name])),
        );
      }),
    );
  });

  it('may be one record, with a key that is kept for the log', () => {
    const { table, single } = parse({ ...ROW, id: 'A-7' });
    expect(single).toBe(true);
    expect(table.columns.map((column) => [column.name, cellValue(column, 0)])).toEqual([
      ['age', 41.5],
      ['visits', 3],
      ['color', 'red'],
      ['day', '2026-01-02T00:00:00.000Z'],
      ['note', null],
      ['id', 'A-7'],
    ]);
  });

  it('is refused with all its faults at once, each by its place', () => {
    expect(faultsOf([ROW, { age: '41', visits: 2.5, colour: 'red', day: 20260102, note: 5, id: [] }, 7])).toEqual([
      '[1].age: "41", expected a number',
      '[1].visits: 2.5, expected a whole number',
      '[1].color: missing, expected a text',
      '[1].day: 20260102, expected an ISO 8601 date or instant',
      '[1].note: 5, expected a text',
      '[1].colour: the model has no such column. Did you mean "color"?',
      '[1].id: list, expected a text or a number',
      '[2]: number, expected a record or a list of records',
    ]);
    expect(faultsOf(null)).toEqual(['the body: null, expected a record or a list of records']);
    expect(faultsOf({ ...ROW, __proto__: null, age: null })).toEqual(['age: null, expected a number']);
  });

  it('is refused with a hundred faults at most', () => {
    const faults = faultsOf(Array.from({ length: 500 }, () => ({}))) as string[];
    expect(faults).toHaveLength(101);
    expect(faults.at(-1)).toBe('… and more');
  });
});
