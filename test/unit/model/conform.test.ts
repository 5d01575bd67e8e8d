import { describe, expect, it } from 'vitest';
import { cellValue, type Table } from '../../../src/data/table.ts';
import { conformTable } from '../../../src/model/conform.ts';

const given: Table = {
  nRows: 3,
  columns: [
    { kind: 'categorical', name: 'texts', codes: Int32Array.of(0, 1, -1), categories: ['1.5', '2024-02-29'] },
    { kind: 'numeric', name: 'numbers', values: Float64Array.of(1, Number.NaN, 2.5), integer: false },
    { kind: 'datetime', name: 'instants', values: Float64Array.of(0, Number.NaN, 86_400_000) },
  ],
};

const conformed = (name: string, type: 'double' | 'string' | 'datetime') => {
  const column = conformTable(given, [{ name, type, required: false }]).columns[0]!;
  return [column.kind, ...Array.from({ length: 3 }, (_, row) => cellValue(column, row))];
};

describe('the columns of a model', () => {
  it.each([
    ['texts', 'string', ['categorical', '1.5', '2024-02-29', null]],
    ['texts', 'double', ['numeric', 1.5, null, null]],
    ['texts', 'datetime', ['datetime', null, '2024-02-29T00:00:00.000Z', null]],
    ['numbers', 'string', ['categorical', '1', null, '2.5']],
    ['numbers', 'double', ['numeric', 1, null, 2.5]],
    ['numbers', 'datetime', ['datetime', null, null, null]],
    ['instants', 'string', ['categorical', '1970-01-01T00:00:00.000Z', null, '1970-01-02T00:00:00.000Z']],
    ['instants', 'double', ['numeric', null, null, null]],
    ['instants', 'datetime', ['datetime', '1970-01-01T00:00:00.000Z', null, '1970-01-02T00:00:00.000Z']],
  ] as const)('%s read as %s', (name, type, cells) => {
    expect(conformed(name, type)).toEqual(cells);
  });

  it('come in the order of training, and what is missing is named all at once', () => {
    const inputs = ['instants', 'texts'].map((name) => ({ name, type: 'string' as const, required: true }));
    expect(conformTable(given, inputs).columns.map(({ name }) => name)).toEqual(['instants', 'texts']);
    const absent = ['text', 'weight'].map((name) => ({ name, type: 'double' as const, required: true }));
    expect(() => conformTable(given, absent)).toThrow(
      expect.objectContaining({
        code: 'COLUMN_NOT_FOUND',
        message: expect.stringMatching(/"text" \(double\).*Did you mean "texts"\?[\s\S]*"weight" \(double\)/),
      }),
    );
  });
});
