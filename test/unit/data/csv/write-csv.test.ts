import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvText } from '../../../../src/data/csv/write-csv.ts';
import type { Column, Table } from '../../../../src/data/table.ts';
import { runs } from '../../../tools/effort.ts';
import { plain, readText } from '../read-text.ts';

const table: Table = {
  nRows: 3,
  columns: [
    { kind: 'numeric', name: 'n, x', values: Float64Array.of(0.1, Number.NaN, 1e21), integer: false },
    { kind: 'categorical', name: 'c', codes: Int32Array.of(1, -1, 0), categories: ['a"b\nc', ' d '] },
    { kind: 'datetime', name: 't', values: Float64Array.of(0, 1500, Number.NaN) },
  ],
};

describe('csvText', () => {
  test('writes RFC 4180 with the shortest numbers and ISO instants', () => {
    expect(csvText(table)).toBe('"n, x",c,t\n0.1," d ",1970-01-01\n,,1970-01-01T00:00:01.500Z\n1e+21,"a""b\nc",\n');
    expect(csvText(table, false)).toBe(csvText(table).slice('"n, x",c,t\n'.length));
    expect([
      csvText({ nRows: 0, columns: table.columns }),
      csvText({ nRows: 0, columns: table.columns }, false),
    ]).toEqual(['"n, x",c,t\n', '']);
  });

  test('a missing cell of a table with one column is not a blank line', async () => {
    const one: Table = {
      nRows: 2,
      columns: [{ kind: 'numeric', name: 'x', values: Float64Array.of(Number.NaN, 1), integer: true }],
    };
    expect(csvText(one)).toBe('x\n""\n1\n');
    expect(plain(await readText(csvText(one)))).toEqual({ x: ['numeric', null, 1] });
  });

  test('what is written is read back the same', async () => {
    const nRows = 6;
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }).filter((text) => !text.includes('\0'));
    const values = (one: fc.Arbitrary<number>) =>
      fc
        .array(fc.oneof(one, fc.constant(Number.NaN)), { minLength: nRows, maxLength: nRows })
        .map((list) => Float64Array.from(list));
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
    const instant = fc.integer({ min: Date.UTC(1000, 0), max: Date.UTC(9999, 11) });
    const column: fc.Arbitrary<(name: string) => Column> = fc.oneof(
      values(number).map((cells) => (name: string) => ({
        ...{ kind: 'numeric' as const, name, values: cells },
        integer: cells.every((x) => Number.isNaN(x) || Number.isSafeInteger(x)),
      })),
      values(instant).map((cells) => (name: string) => ({ kind: 'datetime' as const, name, values: cells })),
      fc.array(fc.option(name), { minLength: nRows, maxLength: nRows }).map((texts) => (name: string) => {
        const categories = [...new Set(texts.filter((text) => text !== null))];
        const codes = Int32Array.from(texts, (text) => (text === null ? -1 : categories.indexOf(text)));
        return { kind: 'categorical' as const, name, codes, categories };
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
        fc.array(column, { minLength: 4, maxLength: 4 }),
        async (names, columns) => {
          const given: Table = { nRows, columns: names.map((name, i) => columns[i]!(name)) };
          const kinds = Object.fromEntries(given.columns.map(({ name, kind }) => [name, kind]));
          expect(await readText(csvText(given), { kinds })).toEqual(given);
        },
      ),
      { numRuns: runs(150) },
    );
  });
});
