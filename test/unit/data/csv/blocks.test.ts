import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { csvSettings } from '../../../../src/config/data-settings.ts';
import { memorySource } from '../../../../src/data/csv/compression.ts';
import { readCsv } from '../../../../src/data/csv/read-csv.ts';
import { type CsvPart, type ReadPartsOptions, readFields, readParts } from '../../../../src/data/csv/read-parts.ts';
import type { CsvTable } from '../../../../src/data/csv/table-reading.ts';
import { tableDigest } from '../../../../src/data/digest.ts';
import { openFile } from '../../../../src/data/sources/byte-source.ts';
import { runs } from '../../../tools/effort.ts';
import { failure, plain } from '../read-text.ts';
import { textOf, written } from './written-csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'mlops-blocks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const csv = csvSettings.parse({});
const signal = new AbortController().signal;

/** The same through other code: all in memory, in one block. */
async function atOnce(...texts: (string | Buffer)[]): Promise<CsvTable> {
  const parts = texts.map((text, i) => readCsv(`part ${i + 1}.csv`, Buffer.from(text), csv));
  return readFields(await Promise.all(parts), { csv });
}

function stored(...texts: string[]): CsvPart[] {
  return texts.map((text, i) => {
    const bytes = Buffer.from(text);
    const name = `part ${i + 1}.csv`;
    return { name, bytes: bytes.length, open: async () => memorySource(name, bytes) };
  });
}

function files(...texts: string[]): CsvPart[] {
  return texts.map((text, i) => {
    const name = `part ${i + 1}.csv`;
    const path = join(folder, name);
    writeFileSync(path, text);
    const bytes = Buffer.byteLength(text);
    return { name, bytes, path, open: () => openFile({ kind: 'file', name, path, bytes }) };
  });
}

const read = (parts: CsvPart[], options: Partial<ReadPartsOptions>): Promise<CsvTable> =>
  readParts(parts, { csv, signal, threads: 1, ...options });

/** What can be compared: memory that threads share is another class. */
function seen({ table, readings, unparsed }: CsvTable) {
  const categories = table.columns.map((column) => (column.kind === 'categorical' ? column.categories : []));
  const integer = table.columns.map((column) => column.kind === 'numeric' && column.integer);
  return { cells: plain(table), categories, integer, readings, unparsed, digest: tableDigest(table) };
}

describe('blocks', () => {
  test('of any size give the same table, wherever their borders fall', async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.integer({ min: 1, max: 40 }), async (given, blockBytes) => {
        const text = textOf(given);
        expect(seen(await read(stored(text), { blockBytes }))).toEqual(seen(await atOnce(text)));
      }),
      { numRuns: runs(500) },
    );
  });

  test('of any size give the same faults, on the same lines', async () => {
    const anything = fc.string({
      unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', '\r', ' ', '1', 'é'),
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(anything, fc.integer({ min: 1, max: 20 }), async (text, blockBytes) => {
        const whole = await outcome(() => atOnce(text));
        expect(await outcome(() => read(stored(text), { blockBytes }))).toEqual(whole);
      }),
      { numRuns: runs(1000) },
    );
  });

  test('a border within a character, a byte order mark, a quote that is written twice or CRLF changes nothing', async () => {
    const text = '\ufeffname,n\r\n"é ""😀""",1\r\n\r\n"a\r\nb",2\r\n"""",3';
    const whole = seen(await atOnce(text));
    for (let blockBytes = 1; blockBytes <= 60; blockBytes++) {
      expect(seen(await read(stored(text), { blockBytes }))).toEqual(whole);
    }
  });
});

/** Numbers, instants, words, lines within cells, blank lines, cells that are missing and some that do not fit. */
function manyRows(from: number, n: number, end: string): string {
  const rows = Array.from({ length: n }, (_, k) => {
    const i = from + k;
    const note = i % 7 === 0 ? `"line one of ${i}\n""line"" two"` : i % 5 === 0 ? '' : `word ${(i * 31) % 50}`;
    const number = i % 997 === 5 ? '?' : String(((i * 7919) % 10_007) / (i % 3 === 0 ? 8 : 1));
    const blank = i % 40 === 3 ? end : '';
    return `${i},${number},2024-01-${10 + (i % 20)},${note},"k${(i * i) % 11}",${i % 2 === 0 ? '"é😀"' : 'x'}${end}${blank}`;
  });
  return `id,number,day,note,key,mark${end}${rows.join('')}`;
}

test('rows of many plain blocks are those that small blocks give, also where one has too few cells', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `${i},w${i % 13},${i % 3 === 0 ? '' : i / 4}\n`).join('');
  for (const text of [
    `a,b,c\n${rows}`,
    `a,b,c\n${rows}\n\n${rows}1,2\n${rows}3\n4,5\n`,
    `a,b,c\n${rows}7\n8,9,1,2\n`,
  ]) {
    const small = await outcome(() => read(stored(text), { blockBytes: 1000 }));
    expect(await outcome(() => atOnce(text))).toEqual(small);
    expect(await outcome(() => read(files(text), { threads: 2, blockBytes: 4000 }))).toEqual(small);
  }
});

test('texts of any length, alike in most bytes, keep their codes in large blocks', async () => {
  const random = fc.sample(fc.nat(), { numRuns: 20_000, seed: 7 });
  const word = (n: number): string => {
    const length = n % 31;
    const at = (n >> 8) % 31;
    const base = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.slice(0, length);
    return n % 3 === 0 || length === 0 ? base : `${base.slice(0, at)}b${base.slice(at + 1)}`.slice(0, length);
  };
  const rows = random.map((n, i) => `${word(n)},${n % 997},${i % 2 === 0 ? 'é' : '😀'},id ${i}\n`).join('');
  const text = `a,b,c,d\n${rows}`;
  const large = seen(await atOnce(text));
  expect(large).toEqual(seen(await read(stored(text), { blockBytes: 1000 })));
  expect(large.cells.a!.slice(1)).toEqual(random.map((n) => word(n) || null));
});

describe('threads', () => {
  test('give the same table, dictionaries and reasons as one, wherever the borders of their blocks fall', async () => {
    const text = manyRows(0, 130, '\n');
    const whole = seen(await atOnce(text));
    for (let blockBytes = 4; blockBytes <= 45; blockBytes += 6) {
      expect(seen(await read(files(text), { threads: 2, blockBytes }))).toEqual(whole);
    }
  });

  test('read several files, large and small, into the same columns, and a column of the wrong kind once more', async () => {
    const small = 'mark,key,note,day,number,id\ny,k1,small,2024-02-01,5,-1\n';
    const texts = [manyRows(0, 3000, '\n'), small, manyRows(3000, 2000, '\r\n'), small];
    const whole = seen(await atOnce(...texts));
    for (const threads of [2, 3]) {
      expect(seen(await read(files(...texts), { threads, blockBytes: 700 }))).toEqual(whole);
    }
    const strict = csvSettings.parse({ 'kind-share': 1 });
    const again = await read(files(...texts), { csv: strict, threads: 3, blockBytes: 700 });
    expect(again.table.columns[1]).toMatchObject({ kind: 'categorical', name: 'number' });
    expect(plain(again.table).number!.slice(1, 8)).toEqual(['0', '7919', '5831', '467.875', '1655', '?', '935.75']);
  });

  test('make room for more rows than the first ones let expect', async () => {
    const text = `a,b\n${`"${'x'.repeat(500)}",1\n`.repeat(20)}${'y,2\n'.repeat(20_000)}`;
    expect(seen(await read(files(text), { threads: 2, blockBytes: 512 }))).toEqual(seen(await atOnce(text)));
  });

  test('leave faults to be told as one reader tells them', async () => {
    const rows = manyRows(0, 500, '\n');
    const texts = [`${rows}1,2\n${rows.slice(rows.indexOf('\n') + 1)}"open\n`, `${rows}\0\n`, `${rows}1,2,3,4,5,a"b\n`];
    for (const text of texts) {
      const told = await failure(() => read(files(text), { threads: 2, blockBytes: 128 }));
      expect(told).toEqual(await failure(() => read(files(text), { threads: 1 })));
      expect(told.code).toBe('CSV_MALFORMED');
    }
  });

  test('stop when they are asked to', async () => {
    const controller = new AbortController();
    const reading = read(files(manyRows(0, 10_000, '\n')), { threads: 2, blockBytes: 64, signal: controller.signal });
    controller.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

async function outcome(run: () => Promise<CsvTable>): Promise<unknown> {
  let table: CsvTable;
  try {
    table = await run();
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return { code, message };
  }
  return seen(table);
}
