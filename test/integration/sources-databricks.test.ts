import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { csvSettings } from '../../src/config/data-settings.ts';
import { type ReadOptions, readTable } from '../../src/data/read-table.ts';
import { describeParts } from '../../src/data/sources/describe-parts.ts';
import type { MlopsError } from '../../src/errors/mlops-error.ts';
import { describeWith } from '../tools/require-tool.ts';
import { type Answers, type SqlWarehouse, startSqlWarehouse, WAREHOUSE_PATH } from '../tools/sql-warehouse.ts';
import { failure, plain } from '../unit/data/read-text.ts';

const TOKEN = 'dapi-test-token-0123456789';
const BIG = [1, 9007199254740993n, 9223372036854775807n];
const ANSWERS: Answers = {
  'SELECT * FROM `main`.`sales`.`hours`': [
    { name: 'id', type: 'BIGINT', values: [1, 2, null] },
    { name: 'temp', type: 'DOUBLE', values: [0.5, null, Number.NaN] },
    { name: 'n', type: 'INT', values: [7, -7, 0] },
    { name: 'price', type: 'DECIMAL', values: ['12.50', '3', null] },
    { name: 'day', type: 'DATE', values: ['2024-01-02', null, '2024-02-29'] },
    { name: 'at', type: 'TIMESTAMP', values: ['2024-01-02 03:04:05.678', '2024-01-02 03:04:05', null] },
    { name: 'sky', type: 'STRING', values: ['clear', null, ''] },
    { name: 'holiday', type: 'BOOLEAN', values: [true, false, null] },
  ],
  'SELECT id FROM t': [{ name: 'id', type: 'BIGINT', values: BIG }],
  'SELECT CAST(id AS STRING) id FROM t': [{ name: 'id', type: 'STRING', values: BIG.map(String) }],
  'SELECT * FROM `empty`': [{ name: 'x', type: 'INT', values: [] }],
  'DESCRIBE HISTORY `main`.`sales`.`delta` LIMIT 1': [
    { name: 'version', type: 'BIGINT', values: [12] },
    { name: 'operation', type: 'STRING', values: ['WRITE'] },
  ],
  'SELECT * FROM `main`.`sales`.`delta` VERSION AS OF 12': [{ name: 'x', type: 'INT', values: [1, 2] }],
  'SELECT * FROM `main`.`sales`.`delta` VERSION AS OF 7 TABLESAMPLE (12.5 PERCENT) REPEATABLE (3) LIMIT 5': [
    { name: 'x', type: 'INT', values: [3] },
  ],
  'SELECT * FROM (select x from t where x > :least and d = :day -- newest\n) LIMIT 9': [
    { name: 'x', type: 'INT', values: [4] },
  ],
  'SELECT * FROM `od``d`.`a.b`': [{ name: 'x', type: 'INT', values: [5] }],
  'SELECT * FROM `nested`': [
    { name: 'x', type: 'INT', values: [6, 7] },
    { name: 'tags', type: 'ARRAY', values: ['[1,2]', null] },
    { name: 'place', type: 'STRUCT', values: ['{"a":1}', null] },
    { name: 'image', type: 'BINARY', values: [Buffer.from('x'), null] },
  ],
  'select 1 a, 2 a': [
    { name: 'a', type: 'INT', values: [1] },
    { name: 'a', type: 'INT', values: [2] },
  ],
  'SELECT * FROM `long`': [{ name: 'x', type: 'INT', values: Array.from({ length: 1000 }, (_, i) => i) }],
};

for (const arrow of [false, true]) {
  describeWith(['openssl'], `tables of a SQL warehouse by its own driver, ${arrow ? 'as Arrow' : 'in columns'}`, () => {
    let warehouse: SqlWarehouse;
    const options = (env: Readonly<Record<string, string | undefined>> = {}): ReadOptions => ({
      cwd: '/',
      csv: csvSettings.parse({}),
      credential: (name) =>
        ({
          DATABRICKS_HOST: `https://127.0.0.1:${warehouse.port}`,
          DATABRICKS_HTTP_PATH: WAREHOUSE_PATH,
          DATABRICKS_TOKEN: TOKEN,
          ...env,
        })[name],
      signal: new AbortController().signal,
    });
    const read = async (source: string, more: Partial<ReadOptions> = {}) =>
      readTable([source], { ...options(), ...more });

    beforeAll(async () => {
      warehouse = await startSqlWarehouse({ token: TOKEN, answers: ANSWERS, arrow });
    });
    afterEach(() => {
      warehouse.fault = () => undefined;
      warehouse.refusals.clear();
      warehouse.statements.length = 0;
    });
    afterAll(() => warehouse?.stop());

    test('every type becomes the column that the same values become elsewhere', async () => {
      const { table, sourceType, parts } = await read('databricks://main.sales.hours');
      expect([sourceType, plain(table)]).toEqual([
        'delta_table',
        {
          id: ['numeric', 1, 2, null],
          temp: ['numeric', 0.5, null, null],
          n: ['numeric', 7, -7, 0],
          price: ['numeric', 12.5, 3, null],
          day: ['datetime', '2024-01-02T00:00:00.000Z', null, '2024-02-29T00:00:00.000Z'],
          at: ['datetime', '2024-01-02T03:04:05.678Z', '2024-01-02T03:04:05.000Z', null],
          sky: ['categorical', 'clear', null, null],
          holiday: ['categorical', 'true', 'false', null],
        },
      ]);
      expect(warehouse.calls.slice(-2)).toEqual(['CloseOperation', 'CloseSession']);
      // It has no history: what was read is named without a version.
      expect(describeParts(['databricks://main.sales.hours'], parts)).toEqual({
        uri: 'databricks://main.sales.hours',
        delta_table_name: 'main.sales.hours',
      });
    });

    test('whole numbers beyond 2^53 are names where they arrive as they are, else refused; cast, they are texts', async () => {
      const names = { id: ['categorical', ...BIG.map(String)] };
      const source = 'databricks://?query=SELECT id FROM t';
      if (arrow) expect(plain((await read(source)).table)).toEqual(names);
      else {
        expect(await failure(() => read(source))).toEqual({
          code: 'DATA_UNREADABLE',
          faults: [`${source}: "id" holds whole numbers beyond 2^53; write CAST(id AS STRING) in a ?query=`],
        });
      }
      const cast = await read('databricks://?query=SELECT CAST(id AS STRING) id FROM t');
      expect([cast.sourceType, plain(cast.table)]).toEqual(['sql', names]);
    });

    test('the latest version of a Delta table is looked up, read and recorded; an earlier one is read again by its number', async () => {
      const latest = await read('databricks://main.sales.delta');
      expect([plain(latest.table), describeParts(['databricks://main.sales.delta'], latest.parts)]).toEqual([
        { x: ['numeric', 1, 2] },
        {
          uri: 'databricks://main.sales.delta',
          delta_table_name: 'main.sales.delta',
          delta_table_version: 12,
        },
      ]);
      const earlier = await read('databricks://main.sales.delta?version=7&sample=12.5&seed=3&limit=5');
      expect([plain(earlier.table), earlier.parts.map((part) => 'version' in part && part.version)]).toEqual([
        { x: ['numeric', 3] },
        ['7'],
      ]);
      expect(warehouse.statements).toEqual([
        'DESCRIBE HISTORY `main`.`sales`.`delta` LIMIT 1',
        'SELECT * FROM `main`.`sales`.`delta` VERSION AS OF 12',
        'SELECT * FROM `main`.`sales`.`delta` VERSION AS OF 7 TABLESAMPLE (12.5 PERCENT) REPEATABLE (3) LIMIT 5',
      ]);
    });

    test('parameters of a query travel beside it with their types, and names are quoted', async () => {
      const query = 'select x from t where x > :least and d = :day -- newest';
      const { table } = await read(
        `databricks://?:least=5&:day:date=2024-01-31&:text=it's%20%26%20%3B&limit=9&query=${query}`,
      );
      expect([plain(table), warehouse.parameters]).toEqual([
        { x: ['numeric', 4] },
        { least: ['BIGINT', '5'], day: ['DATE', '2024-01-31'], text: ['STRING', "it's & ;"] },
      ]);
      expect(plain((await read('databricks://`od``d`.`a.b`')).table)).toEqual({ x: ['numeric', 5] });
    });

    test('columns of lists, structs and bytes are refused all at once, and left out where they are excluded', async () => {
      const named = (name: string, type: string) =>
        `databricks://nested: column "${name}" holds values of type ${type}; put it under data.exclude, or take what is needed of it in a ?query=`;
      expect(await failure(() => read('databricks://nested'))).toEqual({
        code: 'COLUMN_UNSUPPORTED',
        faults: [named('tags', 'ARRAY'), named('place', 'STRUCT')],
      });
      const { table, leftOut } = await read('databricks://nested', { exclude: ['tags', 'place', 'image'] });
      expect([plain(table), [...leftOut].sort()]).toEqual([{ x: ['numeric', 6, 7] }, ['image', 'place', 'tags']]);
      const few = await read('databricks://nested', { columns: (name) => name === 'x' });
      expect(plain(few.table)).toEqual({ x: ['numeric', 6, 7] });
      expect(await failure(() => read('databricks://?query=select 1 a, 2 a'))).toEqual({
        code: 'COLUMN_DUPLICATE',
        faults: ['databricks://?query=select 1 a, 2 a: two columns are named "a"; use AS'],
      });
    });

    test('an empty table has no row', async () => {
      expect(await failure(() => read('databricks://empty'))).toEqual({
        code: 'DATA_EMPTY',
        faults: ['databricks://empty: a header and no row'],
      });
    });

    test('a table, a column or a permission that is missing is told in the words of the warehouse, without the token', async () => {
      const error = await read('databricks://nothing').catch((e: unknown) => e as MlopsError);
      expect([(error as MlopsError).code, (error as MlopsError).message]).toEqual([
        'DATA_NOT_FOUND',
        'databricks://nothing: [TABLE_OR_VIEW_NOT_FOUND] SELECT * FROM `nothing` (asked with ***). SQLSTATE: 42P01',
      ]);
      const column = '[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `idd` cannot be resolved. SQLSTATE: 42703';
      const denied = '[INSUFFICIENT_PERMISSIONS] User does not have SELECT on Table main.sales.hours. SQLSTATE: 42501';
      warehouse.refusals.set('select idd from t', column).set('SELECT * FROM `main`.`sales`.`hours`', denied);
      expect(await failure(() => read('databricks://?query=select idd from t'))).toEqual({
        code: 'COLUMN_NOT_FOUND',
        faults: [`databricks://?query=select idd from t: ${column}`],
      });
      expect(await failure(() => read('databricks://main.sales.hours'))).toEqual({
        code: 'ACCESS_DENIED',
        faults: [
          `databricks://main.sales.hours: ${denied}; grant SELECT on it, USE SCHEMA and USE CATALOG on what it is in`,
        ],
      });
    });

    test('a token that is refused, and a warehouse that may not be used or is not there', async () => {
      const refused = await failure(() => readTable(['databricks://t'], options({ DATABRICKS_TOKEN: 'wrong-9876' })));
      expect(refused).toEqual({
        code: 'ACCESS_DENIED',
        faults: [
          'databricks://t: access is refused (401): DATABRICKS_TOKEN is not valid there, has expired or was revoked; make another one',
        ],
      });
      warehouse.fault = () => 403;
      expect(await failure(() => read('databricks://t'))).toEqual({
        code: 'ACCESS_DENIED',
        faults: ['databricks://t: access is refused (403): CAN USE on the SQL warehouse must be granted to who asks'],
      });
      warehouse.fault = () => undefined;
      expect(
        await failure(() => readTable(['databricks://t'], options({ DATABRICKS_HTTP_PATH: '/sql/1.0/warehouses/x' }))),
      ).toEqual({
        code: 'DATA_UNREADABLE',
        faults: ['databricks://t: no SQL warehouse is at DATABRICKS_HTTP_PATH (404); check it'],
      });
    });

    test('a connection that is cut, or a token that expires, between two chunks leaves no part of a table', async () => {
      warehouse.fault = (call, before) => (call === 'FetchResults' && before % 2 === 1 ? 'cut' : undefined);
      const lost = await failure(async () => {
        await read('databricks://long');
        return read('databricks://long');
      });
      expect([lost.code, lost.faults[0]]).toEqual([
        'DATA_UNREADABLE',
        expect.stringMatching(
          /^databricks:\/\/long: the connection was lost \(.*\); nothing of it is kept: run again$/,
        ),
      ]);
      warehouse.fault = (call) => (call === 'FetchResults' ? 401 : undefined);
      expect((await failure(() => read('databricks://long'))).code).toBe('ACCESS_DENIED');
      warehouse.fault = () => undefined;
      expect((await read('databricks://long')).table.nRows).toBe(1000);
    });

    test('a reading that is stopped cancels the statement', async () => {
      const stop = new AbortController();
      warehouse.fault = (call) => {
        if (call === 'FetchResults') stop.abort();
        return undefined;
      };
      warehouse.calls.length = 0;
      await expect(read('databricks://long', { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
      expect(warehouse.calls).toContain('CancelOperation');
    });
  });
}

describe('what a source of Databricks must say', () => {
  const env = (name: string) => ({ DATABRICKS_HTTP_PATH: '/sql/1.0/warehouses/abc' })[name];
  const options = (credential: (name: string) => string | undefined): ReadOptions => ({
    ...{ cwd: '/', csv: csvSettings.parse({}), credential, signal: new AbortController().signal },
  });

  test('all that is missing in the environment is named at once, with the three ways', async () => {
    const { code, faults } = await failure(() => readTable(['databricks://t'], options(env)));
    expect([code, faults]).toEqual([
      'INPUT_INVALID',
      [
        'databricks://t needs the environment variable DATABRICKS_HOST',
        'databricks://t: no credentials of Databricks are in the environment: set DATABRICKS_TOKEN; or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET of a service principal; or, in a GitHub job with `permissions: id-token: write`, DATABRICKS_CLIENT_ID of a service principal that trusts the repository',
      ],
    ]);
    const halves = async (name: string) =>
      (
        await failure(() =>
          readTable(
            ['databricks://t'],
            options((asked) => (asked === name ? 'x' : env(asked))),
          ),
        )
      ).faults[1];
    expect([await halves('DATABRICKS_CLIENT_ID'), await halves('DATABRICKS_CLIENT_SECRET')]).toEqual([
      expect.stringMatching(/DATABRICKS_CLIENT_ID is set, but neither DATABRICKS_CLIENT_SECRET nor GitHub's identity/),
      expect.stringMatching(/DATABRICKS_CLIENT_SECRET is set, but DATABRICKS_CLIENT_ID is not/),
    ]);
  });

  test.each(['a b', 'http://dbc-1.cloud.databricks.com', 'https://user:x@host'])('%s is no host', async (host) => {
    const known = { DATABRICKS_HOST: host, DATABRICKS_TOKEN: TOKEN, DATABRICKS_HTTP_PATH: '/x' };
    expect(
      await failure(() =>
        readTable(
          ['databricks://t'],
          options((name) => known[name as keyof typeof known]),
        ),
      ),
    ).toEqual({
      code: 'INPUT_INVALID',
      faults: [
        `the environment variable DATABRICKS_HOST is "${host}", expected a host name such as dbc-a1b2.cloud.databricks.com`,
      ],
    });
  });

  test('an address that does not answer is told', async () => {
    const known = { DATABRICKS_HOST: '127.0.0.1:1', DATABRICKS_TOKEN: TOKEN, DATABRICKS_HTTP_PATH: '/x' };
    const { code, faults } = await failure(() =>
      readTable(
        ['databricks://t'],
        options((name) => known[name as keyof typeof known]),
      ),
    );
    expect([code, faults[0]]).toEqual([
      'DATA_UNREADABLE',
      expect.stringMatching(
        /^databricks:\/\/t: the workspace is not reached \(.*ECONNREFUSED.*\); check DATABRICKS_HOST/,
      ),
    ]);
  });
});
