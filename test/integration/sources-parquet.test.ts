import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvSettings } from '../../src/config/data-settings.ts';
import type { Kind } from '../../src/data/csv/column-builder.ts';
import { type ReadOptions, readTable } from '../../src/data/read-table.ts';
import { type Column, cellValue } from '../../src/data/table.ts';
import { MlopsError } from '../../src/errors/mlops-error.ts';
import { runs } from '../tools/effort.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';
import { failure, plain } from '../unit/data/read-text.ts';

type Cells = readonly [Kind, ...(number | string | null)[]];

describeWith(['python'], 'Parquet files that pyarrow and pandas wrote', () => {
  let cwd: string;
  let expected: { types: Record<string, Cells>; files: string[]; pandas: Record<string, Cells> };

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'parquet-'));
    await mustRun(await pythonPeers(), [join(import.meta.dirname, 'parquet_files.py'), cwd]);
    expected = JSON.parse(readFileSync(join(cwd, 'expected.json'), 'utf8'));
  });

  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  const read = (sources: readonly string[], more: Partial<ReadOptions> = {}) =>
    readTable(sources, {
      ...{ cwd, csv: csvSettings.parse({}), credential: () => undefined, signal: new AbortController().signal },
      ...more,
    });

  test('every type is read to the last bit, in every compression, encoding, version and size of pages', async () => {
    for (const name of expected.files) {
      const { table, sourceType } = await read([`types-${name}.parquet`]);
      expect([name, sourceType, table.columns.map((column) => column.name)]).toEqual([
        ...[name, 'local', Object.keys(expected.types)],
      ]);
      for (const column of table.columns) {
        expect([name, column.name, ...cellsOf(column, table.nRows)]).toEqual([
          ...[name, column.name, ...expected.types[column.name]!],
        ]);
      }
    }
  });

  test('old 96-bit instants, categories and the index of pandas are what pandas reads', async () => {
    const names = ['ts_ns_None', 'ts_ns_Europe/Berlin_full', 'string', 'int64'];
    const { table } = await read(['int96.parquet']);
    expect(Object.fromEntries(table.columns.map((column) => [column.name, cellsOf(column, table.nRows)]))).toEqual(
      Object.fromEntries(names.map((name) => [name, expected.types[name]])),
    );
    const frame = (await read(['pandas.parquet'])).table;
    expect(Object.fromEntries(frame.columns.map((column) => [column.name, cellsOf(column, frame.nRows)]))).toEqual(
      expected.pandas,
    );
  });

  test('parts are matched by the names of their columns; numbers that no double holds make texts of those before', async () => {
    expect(plain((await read(['part-1.parquet', 'part-2.parquet'])).table)).toEqual({
      a: ['numeric', 1, 2, 0.5, null],
      b: ['categorical', 'x', 'y', 'y', 'z'],
    });
    expect(plain((await read(['part-[24].parquet', 'part-1.parquet'])).table)).toEqual({
      b: ['categorical', 'y', 'z', null, 'x', 'y'],
      a: ['categorical', '0.5', null, '9007199254740993', '1', '2'],
    });
    expect(await failure(() => read(['part-*.parquet']))).toEqual({
      code: 'DATA_UNREADABLE',
      faults: [
        'part-3.parquet lacks a, which part-1.parquet has',
        'part-3.parquet has c, which part-1.parquet lacks',
        'part-3.parquet: column "b" is numeric, and categorical in part-1.parquet; cast it in one of them',
      ],
    });
    expect(await failure(() => read(['empty.parquet']))).toEqual({
      code: 'DATA_EMPTY',
      faults: ['empty.parquet: a header and no row'],
    });
  });

  test('columns are of the kinds that are asked for, and cells that are not count as missing and are told', async () => {
    writeFileSync(join(cwd, 'part-0.csv'), 'a,b\n7,8\n');
    const kinds = { a: 'categorical', b: 'numeric' } as const;
    const { table, unparsed } = await read(['part-1.parquet', 'part-0.csv'], { kinds });
    expect([plain(table), unparsed]).toEqual([
      { a: ['categorical', '7', '1', '2'], b: ['numeric', 8, null, null] },
      [
        { column: 'b', row: 1, text: 'x' },
        { column: 'b', row: 2, text: 'y' },
      ],
    ]);
  });

  test('nested columns and bytes are refused by name, all at once, and not looked at where they are not wanted', async () => {
    const left = 'put it under data.exclude, or';
    const expects = `expected numbers, texts, booleans or instants; ${left} flatten it`;
    expect(await failure(() => read(['nested.parquet']))).toEqual({
      code: 'COLUMN_UNSUPPORTED',
      faults: [
        `nested.parquet: column "tags" is a list, ${expects}`,
        `nested.parquet: column "address" is a struct, ${expects}`,
        `nested.parquet: column "map" is a map, ${expects}`,
        `nested.parquet: column "hash" is bytes (2 a cell), ${expects}`,
      ],
    });
    expect(await failure(() => read(['nested.parquet'], { columns: (name) => ['x', 'blob'].includes(name) }))).toEqual({
      code: 'COLUMN_UNSUPPORTED',
      faults: [
        `nested.parquet: row group 1 of 1, column "blob": bytes that are not UTF-8 text; ${left} decode it where the file is written`,
      ],
    });
    const exclude = ['tags', 'address', 'map', 'hash', 'y'];
    const columns = (name: string) => name !== 'blob';
    const excluded = await read(['nested.parquet'], { exclude, columns });
    expect([plain(excluded.table), excluded.leftOut]).toEqual([
      { x: ['numeric', 1, 2], y: ['numeric', 3, 4] },
      ['tags', 'address', 'map', 'hash', 'blob'],
    ]);
    const { table, bytes } = await read(['nested.parquet'], { columns: (name) => ['y', 'x'].includes(name) });
    expect([plain(table), bytes > 0 && bytes < 300]).toEqual([{ x: ['numeric', 1, 2], y: ['numeric', 3, 4] }, true]);
  });

  test('half a file, a damaged one and another kind of file are refused at their place, wherever they are cut', async () => {
    const whole = readFileSync(join(cwd, 'types-snappy.parquet'));
    const path = join(cwd, 'half.parquet');
    for (const size of [0, 11, 5000, Math.floor(whole.length / 2), whole.length - 1]) {
      writeFileSync(path, whole);
      truncateSync(path, size);
      const said =
        size < 12 ? `${size} bytes are no Parquet file` : 'no footer at its end: it is half a Parquet file, or none';
      expect(await failure(() => read(['half.parquet']))).toEqual({
        code: 'DATA_UNREADABLE',
        faults: [`half.parquet: ${said}; write it again, or name it after what it is`],
      });
    }
    copyFileSync(join(cwd, 'expected.json'), path);
    expect((await failure(() => read(['half.parquet']))).faults[0]).toContain('half a Parquet file, or none');
    // Where pages have checksums, no bit is taken for another.
    const checked = readFileSync(join(cwd, 'types-index.parquet'));
    const { digest } = await read(['types-index.parquet']);
    const footer = checked.readUInt32LE(checked.length - 8) + 8;
    for (let i = 0; i < runs(40); i++) {
      const flipped = Buffer.from(checked);
      flipped[4 + ((i * 7919 * 8) % (checked.length - footer - 4))]! ^= 1 << (i % 8);
      writeFileSync(path, flipped);
      const outcome = await read(['half.parquet']).then(
        (found) => found.digest === digest,
        (error: unknown) =>
          error instanceof MlopsError && ['DATA_UNREADABLE', 'COLUMN_UNSUPPORTED'].includes(error.code),
      );
      expect([i, outcome]).toEqual([i, true]);
    }
    // A hole in the middle: zeros where pages were.
    const holed = Buffer.from(whole);
    holed.fill(0, 100_000, 130_000);
    writeFileSync(path, holed);
    const { code, faults } = await failure(() => read(['half.parquet']));
    expect([code, faults.length]).toEqual(['DATA_UNREADABLE', 1]);
    expect(faults[0]).toMatch(
      /^half\.parquet: row group \d of 4, column ".+": .+; the file is damaged, write it again$/,
    );
  });
});

/** Kind and cells, instants in milliseconds. */
function cellsOf(column: Column, nRows: number): Cells {
  if (column.kind === 'categorical')
    return [column.kind, ...Array.from({ length: nRows }, (_, i) => cellValue(column, i))];
  return [column.kind, ...Array.from(column.values, (value) => (Number.isNaN(value) ? null : value))];
}
