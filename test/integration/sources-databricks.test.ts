import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvSettings } from '../../src/config/data-settings.ts';
import { readTable } from '../../src/data/read-table.ts';
import type { SourceOptions } from '../../src/data/sources/source-options.ts';
import type { MlopsError } from '../../src/errors/mlops-error.ts';
import { describeWith } from '../tools/require-tool.ts';
import { type SqlWarehouse, startSqlWarehouse } from '../tools/sql-warehouse.ts';
import { failure, plain } from '../unit/data/read-text.ts';

const TOKEN = 'dapi-test-token-0123456789';

describeWith(['openssl'], 'tables of a Databricks SQL warehouse, by its own driver', () => {
  let warehouse: SqlWarehouse;
  const options = (env: Readonly<Record<string, string | undefined>> = {}): SourceOptions => ({
    cwd: '/',
    csv: csvSettings.parse({}),
    credential: (name) =>
      ({
        DATABRICKS_HOST: `https://127.0.0.1:${warehouse.port}`,
        DATABRICKS_HTTP_PATH: '/sql/1.0/warehouses/abc',
        DATABRICKS_TOKEN: TOKEN,
        ...env,
      })[name],
    signal: new AbortController().signal,
  });

  beforeAll(async () => {
    warehouse = await startSqlWarehouse(TOKEN, {
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
      'SELECT id FROM t': [{ name: 'id', type: 'BIGINT', values: [1, 9007199254740993n, 9223372036854775807n] }],
      'SELECT CAST(id AS STRING) id FROM t': [{ name: 'id', type: 'STRING', values: ['9007199254740993', '2'] }],
      'SELECT * FROM `empty`': [{ name: 'x', type: 'INT', values: [] }],
    });
  });

  afterAll(() => warehouse?.stop());

  test('every type becomes the column that the same values become elsewhere', async () => {
    const { table, sourceType } = await readTable(['databricks://main.sales.hours'], options());
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
  });

  test('whole numbers that the driver rounds are refused, and read as texts when they are cast', async () => {
    expect(await failure(() => readTable(['databricks://?query=SELECT id FROM t'], options()))).toEqual({
      code: 'DATA_UNREADABLE',
      faults: [
        'databricks://?query=SELECT id FROM t: "id" holds whole numbers beyond 2^53; write CAST(id AS STRING) in a ?query=',
      ],
    });
    const cast = await readTable(['databricks://?query=SELECT CAST(id AS STRING) id FROM t'], options());
    expect(plain(cast.table)).toEqual({ id: ['categorical', '9007199254740993', '2'] });
  });

  test('an empty table has no row', async () => {
    expect(await failure(() => readTable(['databricks://empty'], options()))).toEqual({
      code: 'DATA_EMPTY',
      faults: ['databricks://empty: a header and no row'],
    });
  });

  test('the warehouse is quoted in its own words, without the token', async () => {
    const error = await readTable(['databricks://nothing'], options()).catch((e: unknown) => e as MlopsError);
    expect([(error as MlopsError).code, (error as MlopsError).message]).toEqual([
      'DATA_UNREADABLE',
      'databricks://nothing: [TABLE_OR_VIEW_NOT_FOUND] SELECT * FROM `nothing` (asked with ***)',
    ]);
  });

  test('a token that is refused, and settings that are missing or wrong', async () => {
    const refused = await failure(() =>
      readTable(['databricks://t'], options({ DATABRICKS_TOKEN: 'wrong-token-9876' })),
    );
    expect([refused.code, refused.faults[0]]).toEqual(['DATA_UNREADABLE', expect.stringMatching(/401/)]);
    expect(refused.faults[0]).not.toContain('wrong-token-9876');
    const unset = { DATABRICKS_HOST: undefined, DATABRICKS_TOKEN: undefined };
    expect(await failure(() => readTable(['databricks://t'], options(unset)))).toEqual({
      code: 'INPUT_INVALID',
      faults: [
        'databricks://t needs the environment variable DATABRICKS_HOST',
        'databricks://t needs the environment variable DATABRICKS_TOKEN',
      ],
    });
    expect(await failure(() => readTable(['databricks://t'], options({ DATABRICKS_HOST: 'a b' })))).toEqual({
      code: 'INPUT_INVALID',
      faults: ['the environment variable DATABRICKS_HOST is "a b", expected a host name'],
    });
  });
});
