import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { csvSettings } from '../../src/config/data-settings.ts';
import { Warehouse } from '../../src/data/databricks/connection.ts';
import { type ReadOptions, readTable } from '../../src/data/read-table.ts';
import { openSink } from '../../src/data/sinks/open-sink.ts';
import { failure, plain } from '../unit/data/read-text.ts';

/** `catalog.schema` of a real workspace, whose other variables are set too; tables are made there and dropped. */
const SCHEMA = process.env.DATABRICKS_TEST_SCHEMA;

describe.skipIf(SCHEMA === undefined)('a real workspace, named by DATABRICKS_TEST_SCHEMA', () => {
  const table = `${SCHEMA}.mlops_test_${randomBytes(4).toString('hex')}`;
  const options: ReadOptions = {
    cwd: '/',
    csv: csvSettings.parse({}),
    credential: (name) => process.env[name],
    signal: new AbortController().signal,
  };
  const run = async (...statements: string[]) => {
    const deed = { name: 'workspace', otherwise: 'DATA_UNREADABLE' as const, grant: 'ALL PRIVILEGES on it' };
    const warehouse = await Warehouse.open(deed, options);
    try {
      for (const statement of statements) await warehouse.run(statement);
    } finally {
      await warehouse.close();
    }
  };

  afterAll(async () => {
    if (SCHEMA !== undefined)
      await run(...['', '_scores', '_scores_rejected'].map((end) => `DROP TABLE IF EXISTS ${table}${end}`));
  });

  test('a Delta table is read in the version that is recorded, and in an earlier one', async () => {
    await run(
      `CREATE TABLE ${table} AS SELECT 9007199254740993L AS id, 12.50BD AS price, DATE'2024-02-29' AS day, TIMESTAMP'2024-01-02 03:04:05.678Z' AS at`,
      `INSERT INTO ${table} VALUES (2, NULL, NULL, NULL)`,
    );
    const latest = await readTable([`databricks://${table}`], options);
    expect([latest.table.nRows, latest.parts.map((part) => 'version' in part && part.version)]).toEqual([2, ['1']]);
    const first = await readTable([`databricks://${table}?version=0&limit=5`], options);
    expect(plain(first.table)).toEqual({
      id: ['categorical', '9007199254740993'],
      price: ['numeric', 12.5],
      day: ['datetime', '2024-02-29T00:00:00.000Z'],
      at: ['datetime', '2024-01-02T03:04:05.678Z'],
    });
    const sampled = await readTable([`databricks://${table}?version=1&sample=100&seed=1&limit=1`], options);
    expect(sampled.table.nRows).toBe(1);
  });

  test('rows of many pages and parameters with their types arrive', async () => {
    const uri = 'databricks://?:n=200000&:text=it%27s&query=SELECT id, :text AS text FROM range(:n)';
    const { table: read } = await readTable([uri], options);
    expect([read.nRows, read.columns[1]]).toMatchObject([200000, { categories: ["it's"] }]);
  });

  test('a table and a column that are not there are told', async () => {
    expect((await failure(() => readTable([`databricks://${table}_nothing`], options))).code).toBe('DATA_NOT_FOUND');
    const query = `databricks://?query=SELECT nix FROM ${table}`;
    expect((await failure(() => readTable([query], options))).code).toBe('COLUMN_NOT_FOUND');
  });

  test('predictions are appended once', async () => {
    const sink = await openSink(`databricks://${table}_scores`, options);
    for (let i = 0; i < 2; i++) {
      const file = await sink.create('a.csv');
      await file.write(Buffer.from('id,prediction,probability_no way\n7,yes,0.25\n8,no,\n'));
      await file.publish();
    }
    await sink.close();
    const query = `SELECT id, prediction, \`probability_no way\` AS p, mlops_input FROM ${table}_scores ORDER BY id`;
    expect(plain((await readTable([`databricks://?query=${query}`], options)).table)).toEqual({
      id: ['categorical', '7', '8'],
      prediction: ['categorical', 'yes', 'no'],
      p: ['numeric', 0.25, null],
      mlops_input: ['categorical', 'a', 'a'],
    });
  });
});
