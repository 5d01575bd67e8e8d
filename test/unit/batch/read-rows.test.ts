import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRows } from '../../../src/batch/read-rows.ts';
import { csvSettings } from '../../../src/config/data-settings.ts';
import { cellValue } from '../../../src/data/table.ts';
import type { RawColumn } from '../../../src/features/fitted-features.ts';
import { runs } from '../../tools/effort.ts';

const INPUTS: readonly RawColumn[] = [
  { name: 'size', type: 'double', required: true },
  { name: 'day', type: 'datetime', required: true },
];
const read = (text: string | Buffer, csv: object = {}) =>
  readRows(Buffer.from(text), { name: 'f.csv', csv: csvSettings.parse(csv), inputs: INPUTS, keepColumns: ['id'] });
const ids = async (text: string | Buffer, csv?: object) => {
  const { table, rejected } = await read(text, csv);
  const id = table.columns.find((column) => column.name === 'id')!;
  return { ids: Array.from({ length: table.nRows }, (_, row) => cellValue(id, row)), rejected };
};

describe('the rows of a file', () => {
  it('are all there, kept columns as they are written', async () => {
    expect(await ids('id,size,day\n007,1,2026-01-02\n1.50,,\n"a,""b""",2,\n')).toEqual({
      ids: ['007', '1.50', 'a,"b"'],
      rejected: [],
    });
  });

  it('are told apart from those that cannot be scored, which are listed with line, reason and text', async () => {
    const text = [
      'id,size,day',
      '1,1,2026-01-02',
      '2,2',
      '',
      '"3',
      'line",3,2026-01-02',
      '4,"four,2026-01-02',
      '5,five,yesterday',
      '6,6,2026-01-02,6',
      '7,"7"7,2026-01-02',
      '8,NA,2026-01-02',
      '9,9"9,2026-01-02',
      '10,10,2026-01-02',
    ];
    const expected = {
      ids: ['1', '3\nline', '8', '10'],
      rejected: [
        { line: 3, reason: '2 fields, expected 3 as in the header', content: '2,2' },
        {
          line: 7,
          reason: expect.stringMatching(/text behind a quote/),
          content: '4,"four,2026-01-02',
        },
        {
          line: 8,
          reason: '"size" is "five", expected a number; "day" is "yesterday", expected an ISO 8601 date or instant',
          content: '5,five,yesterday',
        },
        { line: 9, reason: '4 fields, expected 3 as in the header', content: '6,6,2026-01-02,6' },
        { line: 10, reason: expect.stringMatching(/text behind a quote/), content: '7,"7"7,2026-01-02' },
        { line: 12, reason: expect.stringMatching(/a quote in a field/), content: '9,9"9,2026-01-02' },
      ],
    };
    expect(await ids(text.join('\n'))).toEqual(expected);
    const windows = await ids(`\uFEFF${text.join('\r\n')}\r\n`);
    expect({ ...windows, ids: windows.ids.map((id) => String(id).replace('\r', '')) }).toEqual(expected);
  });

  it('that have a quote which is never closed cost one row, not the rest of the file', async () => {
    const { ids: found, rejected } = await ids('id,size,day\n1,"1,2026-01-02\n2,2,2026-01-02\n3,3,2026-01-02\n');
    expect(found).toEqual(['2', '3']);
    expect(rejected).toEqual([
      { line: 2, reason: 'a quoted field begins here and is never closed', content: '1,"1,2026-01-02' },
    ]);
  });

  it('are all either scored or rejected, whatever the lines are', async () => {
    const good = fc.tuple(fc.nat(), fc.constantFrom('2026-01-02', '')).map(([size, day]) => `g,${size},${day}`);
    const piece = fc.constantFrom('g', ',', '"', '""', '1', ' ', '2026-01-02', 'x');
    const line = fc.oneof(
      good,
      fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), fc.constantFrom('\n', '\r\n'), async (lines, end) => {
        const text = ['id,size,day', ...lines].join(end);
        const { table, rejected } = await read(text);
        // Without line breaks inside of quotes every line is a row.
        const within = lines.length - table.nRows - rejected.length;
        expect(within).toBeGreaterThanOrEqual(0);
        if (!text.includes('"')) expect(within).toBe(0);
        for (const { line: number, content } of rejected) expect(content.split(end)[0]).toBe(lines[number - 2]);
        for (const column of table.columns) {
          expect((column.kind === 'categorical' ? column.codes : column.values).length).toBe(table.nRows);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it('are read in the dialect and encoding that is set', async () => {
    const csv = { delimiter: ';', encoding: 'utf-16le' };
    const text = 'id;size;day\nä;1;2026-01-02\nö;x;2026-01-02\n';
    expect(await ids(Buffer.from(text, 'utf16le'), csv)).toEqual({
      ids: ['ä'],
      rejected: [{ line: 3, reason: '"size" is "x", expected a number', content: 'ö;x;2026-01-02' }],
    });
  });

  it('cannot be scored when columns are missing, all of which are named', async () => {
    await expect(read('Size,key\n1,2\n')).rejects.toMatchObject({
      code: 'COLUMN_NOT_FOUND',
      faults: [
        'the model needs the column "size" (double), which f.csv lacks. Did you mean "Size"?',
        'the model needs the column "day" (datetime), which f.csv lacks. Did you mean "key"?',
        '"keep-columns" has "id", which f.csv lacks.',
        'Columns of f.csv: Size, key',
      ],
    });
  });
});
