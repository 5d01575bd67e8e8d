import { CsvError, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellValue, type Table } from '../../../../src/data/table.ts';
import { MlopsError } from '../../../../src/errors/mlops-error.ts';
import { runs } from '../../../tools/effort.ts';
import { type ReadText, readText } from '../read-text.ts';
import { textOf, written } from './written-csv.ts';

/** Kinds and cells, with the numbers of kinds that were asked for. */
function cellsOf(table: Table): (string | number | null)[][] {
  return Array.from({ length: table.nRows }, (_, row) => table.columns.map((column) => cellValue(column, row)));
}

const asTexts = (header: readonly string[]): ReadText => ({
  kinds: Object.fromEntries(header.map((name) => [name, 'categorical' as const])),
});

describe('against csv-parse', () => {
  test('any RFC 4180 text gives the same cells', async () => {
    await fc.assert(
      fc.asyncProperty(written, async (given) => {
        const text = textOf(given);
        const [header, ...rows] = parse(text, { record_delimiter: ['\n', '\r\n'], skip_empty_lines: true });
        const table = await readText(text, asTexts(given.header));
        expect(table.columns.map((column) => column.name)).toEqual(header);
        expect(cellsOf(table)).toEqual(rows.map((row) => row.map((cell) => (cell === '' ? null : cell))));
      }),
      { numRuns: runs(1000) },
    );
  });

  test('any other text is read the same or refused by us; what csv-parse refuses we refuse', async () => {
    const anything = fc.string({
      unit: fc.constantFrom('a', 'b', '"', ',', ',', '\n', '\r\n', ' ', '1'),
      maxLength: 30,
    });
    let bothRead = 0;
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        let records: string[][] | undefined;
        try {
          records = parse(text, { record_delimiter: ['\n', '\r\n'], skip_empty_lines: true });
        } catch (error) {
          if (!(error instanceof CsvError)) throw error;
        }
        let table: Table;
        try {
          table = await readText(text, asTexts(records?.[0] ?? []));
        } catch (error) {
          if (!(error instanceof MlopsError)) throw error;
          expect(['CSV_MALFORMED', 'DATA_EMPTY', 'COLUMN_DUPLICATE']).toContain(error.code);
          const lines = text.split('\n').length;
          for (const fault of error.code === 'CSV_MALFORMED' ? error.faults : []) {
            const line = Number(/^part\.csv:(\d+): /.exec(fault)?.[1]);
            expect(line >= 1 && line <= lines).toBe(true);
          }
          return;
        }
        expect(records).toBeDefined();
        expect(cellsOf(table)).toEqual(records!.slice(1).map((row) => row.map((cell) => (cell === '' ? null : cell))));
        bothRead++;
      }),
      { numRuns: runs(3000) },
    );
    expect(bothRead).toBeGreaterThan(300);
  });

  test('a row with a field too many or too few is refused with the line that it begins on', async () => {
    const spoilt = fc
      .record({ given: written, at: fc.nat(), more: fc.boolean() })
      .filter(({ given, more }) => given.rows.length > 0 && (more || given.header.length > 1));
    await fc.assert(
      fc.asyncProperty(spoilt, async ({ given, at, more }) => {
        const row = at % given.rows.length;
        const rows = given.rows.map((cells, i) => (i !== row ? cells : more ? [...cells, 'x'] : cells.slice(1)));
        // One field that is empty would be a blank line.
        fc.pre(rows[row]!.length > 1 || rows[row]![0] !== '');
        const line = textOf({ ...given, rows: rows.slice(0, row), lastEnd: true }).split('\n').length;
        await expect(readText(textOf({ ...given, rows }))).rejects.toMatchObject({
          code: 'CSV_MALFORMED',
          faults: [
            `part.csv:${line}: ${rows[row]!.length} ${rows[row]!.length === 1 ? 'field' : 'fields'}, expected ${given.header.length} as in the header`,
          ],
        });
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('inference', () => {
  test('does not depend on the order of rows, on parts, or on quotes', async () => {
    await fc.assert(
      fc.asyncProperty(
        written,
        fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
        fc.nat(12),
        async (given, keys, cut) => {
          const whole = await readText(textOf(given));
          const order = given.rows.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
          const turned = given.header.map((_, c) => given.header.length - 1 - c);
          const parts = [order.slice(0, cut), order.slice(cut)].map((rows, part) => {
            const columns = part === 0 ? turned.toReversed() : turned;
            const pick = (row: readonly string[]): string[] => columns.map((c) => row[c]!);
            const quotes = given.quotes.map((quote) => !quote);
            return textOf({
              ...given,
              quotes,
              header: pick(given.header),
              rows: rows.map((row) => pick(given.rows[row]!)),
            });
          });
          const shuffled = await readText(parts);
          expect(shuffled.columns.map(({ kind }) => kind)).toEqual(whole.columns.map(({ kind }) => kind));
          const before = cellsOf(whole);
          expect(cellsOf(shuffled)).toEqual(order.map((row) => before[row]));
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('gives the same column when its kind is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(written, async (given) => {
        const inferred = await readText(textOf(given));
        const kinds = Object.fromEntries(inferred.columns.map(({ name, kind }) => [name, kind]));
        const unparsed: ReadText['unparsed'] = [];
        expect(await readText(textOf(given), { kinds, unparsed })).toEqual(inferred);
        expect(unparsed).toEqual([]);
      }),
      { numRuns: runs(300) },
    );
  });
});
