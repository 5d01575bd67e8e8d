import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { csvSettings } from '../../../src/config/data-settings.ts';
import { tableDigest } from '../../../src/data/digest.ts';
import { type ReadOptions, readTable } from '../../../src/data/read-table.ts';
import { cellValue } from '../../../src/data/table.ts';
import { failure, plain, readText } from './read-text.ts';

const folders: string[] = [];
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true });
});

function folder(files: Readonly<Record<string, string>>): string {
  const cwd = mkdtempSync(join(tmpdir(), 'mlops-data-'));
  folders.push(cwd);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  return cwd;
}

const options = (cwd: string, more: Partial<ReadOptions> = {}): ReadOptions => ({
  ...{ cwd, csv: csvSettings.parse({}), credential: () => undefined, signal: new AbortController().signal },
  ...more,
});

describe('sources of files', () => {
  const files = { 'b/2.csv': 'x,y\n2,b\n', 'b/1.csv': 'y,x\na,1\n', 'b/notes.txt': 'no table', '3.csv': 'x,y\n,c\n' };

  test('a path, a folder and a glob join their files in the order of the sources, each file once', async () => {
    const cwd = folder(files);
    const progress: number[] = [];
    const read = await readTable(['3.csv', 'b', 'b/*.csv', join(cwd, '3.csv')], {
      ...options(cwd),
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(read.parts.map((part) => part.name)).toEqual(['3.csv', join('b', '1.csv'), join('b', '2.csv')]);
    expect(plain(read.table)).toEqual({ x: ['numeric', null, 1, 2], y: ['categorical', 'c', 'a', 'b'] });
    expect([read.bytes, read.sourceType, read.unparsed, progress]).toEqual([
      ...[23, 'local', []],
      [7 / 23, 15 / 23, 1],
    ]);
    expect((await readTable([`${cwd}/b/*.csv`], options('/'))).parts.map((part) => part.name)).toEqual([
      ...[`${cwd}/b/1.csv`, `${cwd}/b/2.csv`],
    ]);
  });

  test('a name that looks like a glob is a file or folder where one has that name', async () => {
    const cwd = folder({ '[a]/x.csv': 'x\n1\n', '*.csv': 'x\n2\n' });
    expect(plain((await readTable(['[a]', '*.csv'], options(cwd))).table)).toEqual({ x: ['numeric', 1, 2] });
  });

  test('every source that matches nothing is named with what is near', async () => {
    const cwd = folder({ 'data/hours.csv': 'x\n1\n', 'data/days.csv': 'x\n1\n', 'empty/readme.md': '' });
    const sources = ['data/hour.csv', 'data/*.tsv', 'nowhere/x.csv', 'empty', 'data/days.csv'];
    expect(await failure(() => readTable(sources, options(cwd)))).toEqual({
      code: 'DATA_NOT_FOUND',
      faults: [
        '"data" is "data/hour.csv", but nothing is there. Tables there: days.csv, hours.csv. Did you mean "hours.csv"?',
        '"data" is "data/*.tsv", but nothing is there. Tables there: days.csv, hours.csv',
        '"data" is "nowhere/x.csv", but nothing is there',
        '"data" is "empty", but that folder holds no CSV, Parquet or NDJSON file',
      ],
    });
  });

  test('NDJSON files stand beside CSV files; a folder with both is refused, so that no table is read twice', async () => {
    const cwd = folder({
      'a/1.csv': 'x,y\n1,a\n',
      'a/2.jsonl': '{"y":"b","x":2.5}\n',
      'b/1.ndjson': '{"x":3,"y":"c"}\n',
    });
    expect(plain((await readTable(['b', 'a/*'], options(cwd))).table)).toEqual({
      x: ['numeric', 3, 1, 2.5],
      y: ['categorical', 'c', 'a', 'b'],
    });
    expect(await failure(() => readTable(['b', 'a'], options(cwd)))).toEqual({
      code: 'INPUT_INVALID',
      faults: ['"data" is "a", which holds csv and ndjson files; name those that are meant, such as a/*.csv'],
    });
  });

  test('NDJSON may be compressed; half a file is refused', async () => {
    const text = Buffer.from(Array.from({ length: 500 }, (_, i) => `{"x":${i},"y":"${i % 7}a"}\n`).join(''));
    const cwd = folder({});
    writeFileSync(join(cwd, 'a.ndjson.gz'), gzipSync(text));
    writeFileSync(join(cwd, 'b.jsonl.zst'), zstdCompressSync(text));
    const { table } = await readTable(['.'], options(cwd));
    expect([table.nRows, cellValue(table.columns[0]!, 999), cellValue(table.columns[1]!, 8)]).toEqual([
      1000,
      499,
      '1a',
    ]);
    writeFileSync(join(cwd, 'a.ndjson.gz'), gzipSync(text).subarray(0, 400));
    const { code, faults } = await failure(() => readTable(['a.ndjson.gz'], options(cwd)));
    expect([code, faults[0]!.startsWith('a.ndjson.gz ends in the middle of its gzip data')]).toEqual([
      ...['DATA_UNREADABLE', true],
    ]);
  });

  test('every source of an unknown form is refused before anything is read', async () => {
    const sources = ['ftp://x/y.csv', 's3://bucket', 'sqlite:///a.db', 'databricks://a.b.c.d', 'there-is-none.csv'];
    const { code, faults } = await failure(() => readTable(sources, options('/')));
    expect([code, faults.map((fault) => fault.slice(0, 60))]).toEqual([
      'INPUT_INVALID',
      [
        '"data" is "ftp://x/y.csv": "ftp://" is not a source. Allowed',
        '"data" is "s3://bucket", expected s3://bucket/key or s3://bu',
        '"data" is "sqlite:///a.db", expected sqlite:///file.db?table',
        '"data" is "databricks://a.b.c.d", expected databricks://cata',
      ],
    ]);
  });

  test('headers without any row are no table', async () => {
    const cwd = folder({ 'a.csv': 'x,y\n', 'b.csv': 'x,y' });
    expect(await failure(() => readTable(['*.csv'], options(cwd)))).toEqual({
      code: 'DATA_EMPTY',
      faults: ['a.csv, b.csv: a header and no row'],
    });
  });

  test('reading ends when it is asked to', async () => {
    const signal = AbortSignal.abort();
    await expect(readTable(['3.csv'], options(folder(files), { signal }))).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('the digest', () => {
  test('is that of the content, whatever files and quotes it comes in', async () => {
    const rows = fc.array(fc.tuple(fc.constantFrom('', '1', '2.5', '-0', 'NA'), fc.constantFrom('a', 'b', '')), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(rows, fc.array(fc.nat(20), { maxLength: 3 }), async (list, cuts) => {
        const text = (part: typeof list, quote: string): string =>
          `x,y\n${part.map(([x, y]) => `${quote}${x}${quote},${y}\n`).join('')}`;
        const at = [0, ...cuts.map((cut) => Math.min(cut, list.length)).sort((a, b) => a - b), list.length];
        const parts = at.slice(1).map((end, i) => text(list.slice(at[i]!, end), i % 2 === 0 ? '' : '"'));
        const whole = tableDigest(await readText(text(list, '')));
        expect(tableDigest(await readText(parts))).toBe(whole);
        expect(whole).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  test('changes with a cell, a name, a kind, and the order of rows', async () => {
    const texts = [
      'x,y\n1,a\n2,b\n',
      'x,y\n1,a\n3,b\n',
      'x,z\n1,a\n2,b\n',
      'x,y\n2,b\n1,a\n',
      'x,y\n1,a\n2,\n',
      'x,y\n1,a\nc,b\n',
    ];
    const digests = await Promise.all(texts.map(async (text) => tableDigest(await readText(text))));
    expect(new Set(digests).size).toBe(texts.length);
  });

  test('takes equal numbers for equal, however their bits differ', () => {
    const negativeNaN = new Float64Array(new BigUint64Array([0xfff8000000000001n]).buffer)[0]!;
    const of = (...values: number[]): string =>
      tableDigest({
        nRows: 2,
        columns: [{ kind: 'numeric', name: 'x', values: Float64Array.from(values), integer: true }],
      });
    expect(of(-0, negativeNaN)).toBe(of(0, Number.NaN));
  });
});

describe('SQLite', () => {
  function database(...statements: string[]): string {
    const cwd = folder({});
    const db = new DatabaseSync(join(cwd, 'shop.db'));
    for (const statement of statements) db.exec(statement);
    db.close();
    return cwd;
  }
  const read = async (cwd: string, sources: string[], more: Partial<ReadOptions> = {}) =>
    readTable(sources, options(cwd, more));

  test('numbers, texts, ISO dates and NULL become columns; blobs are refused by name, all at once', async () => {
    const cwd = database(
      'create table "t ""1""" (n real, i integer, s text, d text, e, b blob)',
      `insert into "t ""1""" values (1.5, 7, 'x', '2024-01-02', null, x'00ff'), (null, null, null, null, null, null), (9e999, -1, '', '2024-01-02 03:04:05', '', null)`,
    );
    const { table, sourceType, leftOut } = await read(cwd, ['sqlite:///shop.db?table=t "1"'], { exclude: ['b', 'n'] });
    expect([sourceType, leftOut, plain(table)]).toEqual([
      'sql',
      ['b'],
      {
        n: ['numeric', 1.5, null, null],
        i: ['numeric', 7, null, -1],
        s: ['categorical', 'x', null, null],
        d: ['datetime', '2024-01-02T00:00:00.000Z', null, '2024-01-02T03:04:05.000Z'],
        e: ['numeric', null, null, null],
      },
    ]);
    expect(table.columns[1]).toMatchObject({ integer: true });
    const query = 'sqlite:///shop.db?query=select i, b, b as c from "t ""1"""';
    const advice = 'put it under data.exclude, or name others in a ?query=';
    expect(await failure(() => read(cwd, [query]))).toEqual({
      code: 'COLUMN_UNSUPPORTED',
      faults: ['b', 'c'].map((name) => `${query}: column "${name}" holds bytes (row 1); ${advice}`),
    });
    const columns = (name: string) => name === 'i';
    expect(plain((await read(cwd, [query], { columns })).table)).toEqual({ i: ['numeric', 7, null, -1] });
  });

  test('whole numbers that no double holds are texts, others beyond 2^53 are numbers', async () => {
    const cwd = database(
      'create table t (id integer, big integer, n integer)',
      'insert into t values (9007199254740993, 1152921504606846976, 1), (-9223372036854775808, 2, null)',
    );
    expect(plain((await read(cwd, ['sqlite:///shop.db?table=t'])).table)).toEqual({
      id: ['categorical', '9007199254740993', '-9223372036854775808'],
      big: ['numeric', 2 ** 60, 2],
      n: ['numeric', 1, null],
    });
  });

  test('a column is what all its cells are, however they change on the way', async () => {
    const cwd = database(
      'create table t (a, b, c, d, e)',
      "insert into t values (1.5, '2024-01-02', 3, null, '2024-01-02'), (-0.0, 7, '2024-01-02', null, 'x'), (1e300, null, 9007199254740993, '', 4)",
    );
    const { table } = await read(cwd, ['sqlite:///shop.db?table=t']);
    expect(plain(table)).toEqual({
      a: ['numeric', 1.5, -0, 1e300],
      b: ['categorical', '2024-01-02', '7', null],
      c: ['categorical', '3', '2024-01-02', '9007199254740993'],
      d: ['numeric', null, null, null],
      e: ['categorical', '2024-01-02', 'x', '4'],
    });
  });

  test('a long table is read row by row', async () => {
    const rows = 300_000;
    const cwd = database(
      'create table t (i integer, r real, s text, d text)',
      `with recursive n(i) as (select 0 union all select i + 1 from n where i < ${rows - 1})
       insert into t select i, i / 8.0, 'name-' || (i % 100), date('2024-01-01', (i % 365) || ' days') from n`,
    );
    const { table } = await read(cwd, ['sqlite:///shop.db?table=t']);
    const last = table.columns.map((column) => [column.name, column.kind, cellValue(column, rows - 1)]);
    expect([table.nRows, last]).toEqual([
      rows,
      [
        ['i', 'numeric', rows - 1],
        ['r', 'numeric', (rows - 1) / 8],
        ['s', 'categorical', 'name-99'],
        ['d', 'datetime', '2024-11-30T00:00:00.000Z'],
      ],
    ]);
  });

  test('a query is taken as it stands, or percent-encoded', async () => {
    const cwd = database('create table t (a, b)', "insert into t values (1, '5% & more'), (2, '+')");
    const table = async (query: string) => plain((await read(cwd, [`sqlite:///shop.db?query=${query}`])).table);
    expect(await table("select a + 1 as c, b from t where b like '5% & m%'")).toEqual({
      c: ['numeric', 2],
      b: ['categorical', '5% & more'],
    });
    expect(await table('select%20a%2B1%20as%20c%20from%20t')).toEqual({ c: ['numeric', 2, 3] });
  });

  test('views, common tables, full-text and spatial indexes can be read', async () => {
    const cwd = database(
      "create table t (a, b); insert into t values (1, 'x'), (2, 'y')",
      'create view v as select a, count(*) over () as n from t',
      "create virtual table f using fts5(body); insert into f values ('hello world'), ('good bye')",
      'create virtual table r using rtree(id, low, high); insert into r values (1, 0, 2), (2, 5, 6)',
    );
    const table = async (query: string) => plain((await read(cwd, [`sqlite:///shop.db?query=${query}`])).table);
    expect(await table('select * from v')).toEqual({ a: ['numeric', 1, 2], n: ['numeric', 2, 2] });
    expect(await table("select body from f where f match 'hello'")).toEqual({ body: ['categorical', 'hello world'] });
    expect(await table('select id from r where low > 3')).toEqual({ id: ['numeric', 2] });
    const rows = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select i from n';
    expect(await table(rows)).toEqual({ i: ['numeric', 1, 2, 3] });
  });

  test('kinds that are asked for are kept, and rows behind those of CSV files are counted on', async () => {
    const cwd = database('create table t (zip integer, n text)', "insert into t values (1234, '5'), (5, 'x')");
    writeFileSync(join(cwd, 'a.csv'), 'n,zip\n7,01234\n?,9\n');
    const kinds = { zip: 'categorical', n: 'numeric' } as const;
    const { table, unparsed } = await read(cwd, ['sqlite:///shop.db?table=t', 'a.csv'], { kinds });
    expect(plain(table)).toEqual({
      n: ['numeric', 7, null, 5, null],
      zip: ['categorical', '01234', '9', '1234', '5'],
    });
    expect(unparsed).toEqual([
      { column: 'n', row: 1, text: '?' },
      { column: 'n', row: 3, text: 'x' },
    ]);
  });

  test('the file is never written, and what is wrong is said in words', async () => {
    const cwd = database('create table sales (x)', 'create table stock (x)', 'insert into sales values (1)');
    const fault = (source: string) => failure(() => read(cwd, [source]));
    const only = 'a source is one SELECT that reads; it attaches, changes and sets nothing';
    expect(await fault('sqlite:///shop.db?table=sale')).toEqual({
      code: 'DATA_NOT_FOUND',
      faults: [
        '"data" is "sqlite:///shop.db?table=sale", but the file has no table "sale". Tables: sales, stock. Did you mean "sales"?',
      ],
    });
    expect(await fault('sqlite:///shpo.db?table=sales')).toEqual({
      code: 'DATA_NOT_FOUND',
      faults: ['"data" is "sqlite:///shpo.db?table=sales", but no such file is there'],
    });
    expect(await fault('sqlite:///shop.db?query=delete from sales')).toEqual({
      code: 'DATA_UNREADABLE',
      faults: [`sqlite:///shop.db?query=delete from sales: the query does more than read; ${only}`],
    });
    for (const query of [
      'attach database ":memory:" as other',
      'pragma journal_mode = delete',
      'with x as (select 1) insert into sales select * from x returning x',
      "vacuum into 'copy.db'",
      "select load_extension('x')",
    ]) {
      const { code, faults } = await fault(`sqlite:///shop.db?query=${query}`);
      const named = faults[0]!.startsWith(`sqlite:///shop.db?query=${query}: `);
      expect([query, code, named]).toEqual([query, 'DATA_UNREADABLE', true]);
    }
    expect(existsSync(join(cwd, 'copy.db'))).toBe(false);
    expect(await fault('sqlite:///shop.db?query=select 1 as a; drop table sales')).toEqual({
      code: 'DATA_UNREADABLE',
      faults: [`sqlite:///shop.db?query=select 1 as a; drop table sales: more than one statement; ${only}`],
    });
    expect(plain((await read(cwd, ['sqlite:///shop.db?query=select x from sales; -- all of it'])).table)).toEqual({
      x: ['numeric', 1],
    });
    expect(await fault('sqlite:///shop.db?query=insert into sales values (2) returning x')).toEqual({
      code: 'DATA_UNREADABLE',
      faults: [
        `sqlite:///shop.db?query=insert into sales values (2) returning x: the query does more than read; ${only}`,
      ],
    });
    expect(await fault('sqlite:///shop.db?query=select x, 1 as x, x from sales')).toEqual({
      code: 'COLUMN_DUPLICATE',
      faults: ['sqlite:///shop.db?query=select x, 1 as x, x from sales: two columns are named "x"; use AS'],
    });
    writeFileSync(join(cwd, 'shop.db'), 'this is no database, but a text that is long enough to be one');
    expect(await fault('sqlite:///shop.db?table=sales')).toEqual({
      code: 'DATA_UNREADABLE',
      faults: ['sqlite:///shop.db?table=sales: file is not a database'],
    });
  });
});
