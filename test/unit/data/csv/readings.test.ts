import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvSettings } from '../../../../src/config/data-settings.ts';
import { parsedCells } from '../../../../src/data/checks/parsed-cells.ts';
import { parseInstant } from '../../../../src/data/csv/instant.ts';
import { parseDecimal } from '../../../../src/data/csv/number.ts';
import { readCsv } from '../../../../src/data/csv/read-csv.ts';
import { readFields } from '../../../../src/data/csv/read-parts.ts';
import type { CsvTable } from '../../../../src/data/csv/table-reading.ts';
import { runs } from '../../../tools/effort.ts';
import { plain } from '../read-text.ts';

async function read(text: string, settings: Record<string, unknown> = {}): Promise<CsvTable> {
  const csv = csvSettings.parse(settings);
  return readFields([await readCsv('t.csv', Buffer.from(text), csv)], { csv });
}

/** One column `x` of these cells, and another one that is never empty. */
const columnOf = (cells: readonly string[]): string => `x,y\n${cells.map((cell) => `${cell},1\n`).join('')}`;
const numbers = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i));

describe('a column is numeric when 99.9 % of the cells that hold something are numbers', () => {
  test('the others are missing, and reported with their lines', async () => {
    const { table, readings } = await read(columnOf([...numbers(1500), '?', '', 'NA', ...numbers(500), '"5, or 6"']));
    expect(plain(table).x!.slice(1500, 1506)).toEqual([1499, null, null, null, 0, 1]);
    expect(readings[0]).toEqual({
      ...{ column: 'x', kind: 'numeric', present: 2000 },
      misfits: [
        { row: 1500, text: '?' },
        { row: 2003, text: '5, or 6' },
      ],
      reason: '2 of 2002 cells are not numbers: "?" (t.csv:1502), "5, or 6" (t.csv:2005)',
    });
    expect(parsedCells(readings)).toEqual([
      {
        check: 'numbers',
        column: 'x',
        severity: 'warn',
        passed: false,
        found: '2 cells of 2002 that are not numbers: "?" (t.csv:1502), "5, or 6" (t.csv:2005)',
        allowed:
          'nothing else; such cells count as missing. "missing-values" may name such texts, or data.csv.kind-share be higher',
        rows: [1501, 2004],
      },
    ]);
  });

  test('one cell more makes texts of them, and the reason is kept', async () => {
    for (const cells of [
      ['?', ...numbers(998)],
      [...numbers(998), '?'],
    ]) {
      const { table, readings } = await read(columnOf(cells));
      expect(table.columns[0]!.kind).toBe('categorical');
      const line = cells[0] === '?' ? 2 : 1000;
      expect(readings[0]!.reason).toBe(`1 of 999 cells are not numbers: "?" (t.csv:${line})`);
      expect((await read(columnOf(['7', ...cells]))).table.columns[0]!.kind).toBe('numeric');
    }
  });

  test('the same holds of instants, and another share may be set', async () => {
    const days = Array.from({ length: 99 }, (_, i) => new Date(i * 86_400_000).toISOString().slice(0, 10));
    const text = columnOf([...days, 'soon']);
    expect((await read(text)).table.columns[0]!.kind).toBe('categorical');
    const { table, readings } = await read(text, { 'kind-share': 0.99 });
    expect([table.columns[0]!.kind, readings[0]!.reason]).toEqual([
      'datetime',
      '1 of 100 cells are not instants: "soon" (t.csv:101)',
    ]);
    expect(parsedCells(readings)[0]).toMatchObject({ check: 'instants', rows: [100] });
  });

  test('digits that would not come back from a number are no such cells: one makes texts of all', async () => {
    for (const cells of [
      ['00123', ...numbers(5000)],
      [...numbers(5000), '00123'],
    ]) {
      const { table, readings } = await read(columnOf(cells));
      expect(table.columns[0]!.kind).toBe('categorical');
      expect(readings[0]!.reason).toMatch(/^"00123" \(t\.csv:\d+\) would not come back from a number$/);
    }
  });

  test('reasons of columns that are what they seem', async () => {
    const { readings } = await read('n,t,w,e,m\n1,2024-01-01,a,,1\n2,,b,,x\n', { 'missing-values': ['-'] });
    expect(readings.map(({ reason }) => reason)).toEqual([
      'all 2 cells are numbers',
      'its one cell is an instant',
      'no cell is a number or instant, such as "a" (t.csv:2)',
      'no cell holds anything',
      '1 of 2 cells are not numbers: "x" (t.csv:3)',
    ]);
  });

  test('lines are those of the file, whatever stands in it', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => (i % 5 === 0 ? `${i},"two\nlines"\n\n` : `${i},one\n`));
    const text = `x,y\r\n${rows.join('')}here,1\n`;
    const line = text.slice(0, text.indexOf('here')).split('\n').length;
    expect((await read(text)).readings[0]!.reason).toBe(`1 of 3001 cells are not numbers: "here" (t.csv:${line})`);
  });
});

test('the kind is the one that the rule gives, whatever the first rows look like', async () => {
  const cell = fc.oneof(
    { weight: 300, arbitrary: fc.integer({ min: 1, max: 999 }).map(String) },
    { weight: 300, arbitrary: fc.constantFrom('2024-01-01', '2024-02-29T10:00Z') },
    { weight: 2, arbitrary: fc.constantFrom('?', 'word', '', 'NA') },
  );
  const column = fc.oneof(
    fc.array(cell, { minLength: 1, maxLength: 10 }),
    fc.record({ first: fc.array(cell, { maxLength: 4 }), one: cell, last: fc.array(cell, { maxLength: 4 }) }).map(
      // More than the first rows that a guess is made from.
      ({ first, one, last }) => [...first, ...Array<string>(1200).fill(one), ...last],
    ),
  );
  await fc.assert(
    fc.asyncProperty(column, fc.constantFrom(1, 0.999, 0.9), async (cells, share) => {
      const { table } = await read(columnOf(cells), { 'kind-share': share });
      const values = cells.filter((text) => text !== '' && text !== 'NA');
      const isMostly = (parse: (text: string) => number): boolean => {
        const good = values.filter((text) => !Number.isNaN(parse(text))).length;
        return values.length === 0 || (good > 0 && good / values.length >= share - 1e-12);
      };
      const kind = isMostly(parseDecimal) ? 'numeric' : isMostly(parseInstant) ? 'datetime' : 'categorical';
      expect(table.columns[0]!.kind).toBe(kind);
    }),
    { numRuns: runs(150) },
  );
});
