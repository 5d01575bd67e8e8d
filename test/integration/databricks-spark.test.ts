import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { predictFiles } from '../../src/batch/predict-files.ts';
import { csvSettings } from '../../src/config/data-settings.ts';
import { Warehouse } from '../../src/data/databricks/connection.ts';
import { type ReadOptions, readTable } from '../../src/data/read-table.ts';
import { openSink } from '../../src/data/sinks/open-sink.ts';
import type { Published, Sink } from '../../src/data/sinks/sink.ts';
import { listParts } from '../../src/data/sources/list-parts.ts';
import { describeWith } from '../tools/require-tool.ts';
import { writeSmallModel } from '../tools/small-model.ts';
import { type SparkThrift, startSparkThrift } from '../tools/spark-thrift.ts';
import { startThriftFront, type ThriftFront } from '../tools/thrift-front.ts';
import { failure, plain, readText } from '../unit/data/read-text.ts';

const PATH = '/sql/1.0/warehouses/abc';
const TOKEN = 'dapi-test-token-0123456789';
/** Whatever could end a text or a statement. */
const NASTY = `it's \\ "q" \`b\` :id ; -- /* ü 日本 \u{1f600} \n\t{{x}} %s`;

describeWith(['java', 'python', 'openssl'], 'a real SQL server of Apache Spark, by the driver of Databricks', () => {
  let spark: SparkThrift;
  let front: ThriftFront;
  let warehouse: Warehouse;
  const options = (token = TOKEN): ReadOptions => ({
    cwd: '/',
    csv: csvSettings.parse({}),
    credential: (name) =>
      ({
        DATABRICKS_HOST: `https://127.0.0.1:${front.port}`,
        DATABRICKS_HTTP_PATH: PATH,
        DATABRICKS_TOKEN: token,
      })[name],
    signal: new AbortController().signal,
  });
  const read = async (uri: string) => (await readTable([uri], options())).table;
  const run = async (...statements: string[]) => {
    for (const statement of statements) await warehouse.run(statement);
  };
  const put = async (sink: Sink, name: string, text: string): Promise<Published> => {
    const file = await sink.create(name);
    await file.write(Buffer.from(text));
    return file.publish();
  };
  const tables = async (): Promise<string[]> => {
    const names: string[] = [];
    await warehouse.query('SHOW TABLES IN s', {}, (rows) => {
      names.push(...rows.map((row) => String(row.tableName)));
    });
    return names.sort();
  };

  beforeAll(async () => {
    spark = await startSparkThrift(PATH);
    front = await startThriftFront(spark.port, TOKEN);
    warehouse = await Warehouse.open({ name: 'spark', otherwise: 'DATA_UNREADABLE', grant: '' }, options());
    await run('CREATE SCHEMA s');
  });
  afterAll(async () => {
    await warehouse?.close();
    await front?.stop();
    await spark?.stop();
  });

  test('values of every type arrive as they are, in rows of many pages', async () => {
    await run(
      `CREATE TABLE s.types AS SELECT * FROM VALUES
        (1L, CAST(7 AS SMALLINT), 0.5D, CAST(0.25 AS FLOAT), 12.50BD, DATE'2024-02-29', TIMESTAMP'2024-01-02 03:04:05.678', 'a''b', true),
        (NULL, NULL, double('NaN'), NULL, NULL, NULL, NULL, '', NULL)
        AS t(id, n, x, f, price, day, at, sky, holiday)`,
    );
    const all = plain(await read('databricks://?query=SELECT * FROM s.types ORDER BY id DESC'));
    expect(all).toEqual({
      id: ['numeric', 1, null],
      n: ['numeric', 7, null],
      x: ['numeric', 0.5, null],
      f: ['numeric', 0.25, null],
      price: ['numeric', 12.5, null],
      day: ['datetime', '2024-02-29T00:00:00.000Z', null],
      at: ['datetime', '2024-01-02T03:04:05.678Z', null],
      sky: ['categorical', "a'b", null],
      holiday: ['categorical', 'true', null],
    });
    const many = await read('databricks://?query=SELECT id, id * 0.5D AS half, id % 7 AS n FROM range(100000)');
    const ids = (many.columns[0] as { values: Float64Array }).values;
    expect([many.nRows, ids.reduce((sum, id) => sum + id, 0)]).toEqual([100000, (100000 * 99999) / 2]);
    expect(front.calls.filter((call) => call === 'FetchResults').length).toBeGreaterThan(3);
  });

  test('parameters are data, names are quoted, and the limit and the sample are taken by the server', async () => {
    await run('CREATE TABLE s.`select` AS SELECT id AS `a.b`, id % 10 AS `x-y z` FROM range(1000)');
    const odd = await read('databricks://s.`select`?limit=3');
    expect([odd.nRows, odd.columns.map((column) => column.name)]).toEqual([3, ['a.b', 'x-y z']]);
    const sampled = async (uri: string) => plain(await read(uri))['a.b']!;
    const [first, again, other] = [
      await sampled('databricks://s.`select`?sample=10&seed=4'),
      await sampled('databricks://s.`select`?sample=10&seed=4'),
      await sampled('databricks://s.`select`?sample=10&seed=5'),
    ];
    expect([first.length > 50 && first.length < 150, again]).toEqual([true, first]);
    expect(other).not.toEqual(first);
    const parameters = `:text=${encodeURIComponent(NASTY)}&:least=40&:day:DATE=2024-02-29`;
    const query = 'SELECT :text AS text, :least + 2 AS n, :day AS day';
    expect(plain(await read(`databricks://?${parameters}&query=${query}`))).toEqual({
      text: ['categorical', NASTY],
      n: ['numeric', 42],
      day: ['datetime', '2024-02-29T00:00:00.000Z'],
    });
  });

  test('whole numbers beyond 2^53 come rounded in columns, and are refused', async () => {
    expect((await failure(() => read('databricks://?query=SELECT 9007199254740993L AS id'))).faults).toEqual([
      'databricks://?query=SELECT 9007199254740993L AS id: "id" holds whole numbers beyond 2^53; write CAST(id AS STRING) in a ?query=',
    ]);
  });

  test('what is not there, not allowed or wrong is told in the words of Spark', async () => {
    const told = async (uri: string) => {
      const { code, faults } = await failure(() => read(uri));
      return [code, faults[0]!.slice(uri.length + 2).split(/(?<=[.]) /)[0]];
    };
    expect(await told('databricks://s.nothing')).toEqual([
      'DATA_NOT_FOUND',
      '[TABLE_OR_VIEW_NOT_FOUND] The table or view `s`.`nothing` cannot be found.',
    ]);
    expect(await told('databricks://?query=SELECT nix FROM s.types')).toEqual([
      'COLUMN_NOT_FOUND',
      '[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `nix` cannot be resolved.',
    ]);
    expect(await told('databricks://?query=SELEC 1')).toEqual([
      'DATA_UNREADABLE',
      "[PARSE_SYNTAX_ERROR] Syntax error at or near 'SELEC'.",
    ]);
    expect(await told("databricks://?query=SELECT CAST('a' AS INT) x")).toEqual([
      'DATA_UNREADABLE',
      `[CAST_INVALID_INPUT] The value 'a' of the type "STRING" cannot be cast to "INT" because it is malformed.`,
    ]);
    expect((await failure(() => readTable(['databricks://s.types'], options('wrong')))).code).toBe('ACCESS_DENIED');
  });

  test('a connection that is cut in the middle of a page fails, and the next reading is whole', async () => {
    let pages = 0;
    front.fault = (call) => (call === 'FetchResults' && ++pages === 2 ? 'cut' : undefined);
    const uri = 'databricks://?query=SELECT id FROM range(100000)';
    expect((await failure(() => read(uri))).faults[0]).toMatch(/the connection was lost \(.*\); nothing of it is kept/);
    front.fault = () => undefined;
    expect((await read(uri)).nRows).toBe(100000);
  });

  test('predictions are appended once, typed, with rejects beside them; a repeated run adds nothing', async () => {
    const sink = await openSink('databricks://s.scores', options());
    const cell = `"${NASTY.replaceAll('"', '""')}"`;
    const scores = `id,note,prediction,prediction_lower,prediction_upper\n007,${cell},0.1,-1e-7,1\n8,,2.5,,3\n`;
    const first = await put(sink, 'a.csv', scores);
    expect(first.uri).toBe('databricks://s.scores');
    expect(await put(sink, 'a.csv', scores)).toEqual(first);
    await put(sink, 'b.csv', 'id,note,prediction,prediction_lower,prediction_upper\n9,x,4,4,4\n');
    await put(sink, 'a.rejected.csv', 'line,reason,content\n3,"""x"" is ""big""","3,big"\n');
    await put(sink, 'c.csv', 'id,note,prediction,prediction_lower,prediction_upper\n');
    await sink.close();
    const query = 'SELECT * EXCEPT (mlops_batch) FROM s.scores ORDER BY prediction';
    expect(plain(await read(`databricks://?query=${query}`))).toEqual({
      id: ['categorical', '007', '8', '9'],
      note: ['categorical', NASTY, null, 'x'],
      prediction: ['numeric', 0.1, 2.5, 4],
      prediction_lower: ['numeric', -1e-7, null, 4],
      prediction_upper: ['numeric', 1, 3, 4],
      mlops_input: ['categorical', 'a', 'a', 'b'],
    });
    expect(plain(await read('databricks://?query=SELECT line, reason, content FROM s.scores_rejected'))).toEqual({
      line: ['numeric', 3],
      reason: ['categorical', '"x" is "big"'],
      content: ['categorical', '3,big'],
    });
    expect(await tables()).toEqual(['scores', 'scores_rejected', 'select', 'types']);
  });

  test('files are scored into the table by predict, and a repeated run appends nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'predict-spark-'));
    writeFileSync(join(folder, 'new.csv'), 'id,color,size\n007,red,1\n8,blue,2\n9,red,big\n');
    const rows = Array.from({ length: 60 }, (_, i) => `${['red', 'blue'][i % 2]},${i},${i * 2}\n`);
    const model = await writeSmallModel(
      join(folder, 'model'),
      await readText(`color,size,value\n${rows.join('')}`),
      'value',
      { nEstimators: 5 },
    );
    const settings = { ...options(), cwd: folder };
    const predict = async () => {
      const sink = await openSink('databricks://s.predicted', settings);
      return predictFiles({
        ...{ model, sink, parts: await listParts(['new.csv'], settings), output: join(folder, 'staged') },
        ...{ keepColumns: ['id'], format: 'csv', nJobs: 1, read: settings, signal: settings.signal },
      }).finally(() => sink.close());
    };
    const done = await predict();
    expect(done).toEqual({ rows: 2, rejected: 1, reused: 0, outputs: ['databricks://s.predicted'] });
    expect(await predict()).toEqual(done);
    const written = 'SELECT id, prediction > 0 AS is_number, mlops_input FROM s.predicted ORDER BY id';
    expect(plain(await read(`databricks://?query=${written}`))).toEqual({
      id: ['categorical', '007', '8'],
      is_number: ['categorical', 'true', 'true'],
      mlops_input: ['categorical', 'new', 'new'],
    });
    expect((await read('databricks://s.predicted_rejected')).nRows).toBe(1);
    rmSync(folder, { recursive: true });
  });

  test('a batch that fails or is cut at any statement leaves no row, and none twice when it is repeated', async () => {
    const sink = await openSink('databricks://s.many', options());
    const text = `id,prediction\n${Array.from({ length: 12_000 }, (_, i) => `${i},${i / 2}\n`).join('')}`;
    await put(sink, 'empty.csv', 'id,prediction\n');
    const count = async () =>
      plain(await read('databricks://?query=SELECT COUNT(DISTINCT id) d, COUNT(*) n FROM s.many'));
    // Create, describe, look, staging, three inserts, count, insert, drop.
    for (const at of [5, 7]) {
      let statements = 0;
      front.fault = (call) => (call === 'ExecuteStatement' && ++statements === at ? 'cut' : undefined);
      expect((await failure(() => put(sink, 'many.csv', text))).code).toBe('OUTPUT_UNWRITABLE');
      front.fault = () => undefined;
      expect(await count()).toEqual({ d: ['numeric', 0], n: ['numeric', 0] });
    }
    // The answer to the last one is lost, and nobody knows whether it was done.
    let statements = 0;
    front.fault = (call) => (call === 'ExecuteStatement' && ++statements === 9 ? 'cut' : undefined);
    await failure(() => put(sink, 'many.csv', text));
    front.fault = () => undefined;
    await put(sink, 'many.csv', text);
    expect(await count()).toEqual({ d: ['numeric', 12000], n: ['numeric', 12000] });
    expect((await tables()).filter((name) => name.includes('staging'))).toEqual([]);
  });

  test('a table that does not fit, and cells that do not, are refused, and nothing is written', async () => {
    await run(
      'CREATE TABLE s.other (id BIGINT, prediction DOUBLE, mlops_input STRING, mlops_batch STRING)',
      'CREATE TABLE s.plain (id BIGINT)',
    );
    const other = await openSink('databricks://s.other', options());
    expect((await failure(() => put(other, 'a.csv', 'id,prediction\n1,2\nx,3\n'))).faults[0]).toMatch(
      /^databricks:\/\/s\.other: \[CAST_INVALID_INPUT\] The value 'x' of the type "STRING" cannot be cast to "BIGINT"/,
    );
    await put(other, 'b.csv', 'id,prediction\n1,2\n');
    expect(plain(await read('databricks://?query=SELECT id, prediction FROM s.other'))).toEqual({
      id: ['numeric', 1],
      prediction: ['numeric', 2],
    });
    const bare = await openSink('databricks://s.plain', options());
    expect((await failure(() => put(bare, 'a.csv', 'id,prediction\n1,2\n'))).faults).toEqual([
      'databricks://s.plain is there, but has no column "prediction", "mlops_input", "mlops_batch". Columns: id. Add them with ALTER TABLE (mlops_input and mlops_batch are STRING), or name another table',
    ]);
    expect((await failure(() => openSink('databricks://s.t?limit=3', options()))).faults).toEqual([
      '"output" is "databricks://s.t?limit=3", expected databricks://catalog.schema.table, without options',
    ]);
  });
});
