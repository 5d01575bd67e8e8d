import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Column, cellValue, type Table } from '../../../src/data/table.ts';
import type { Model } from '../../../src/model/load-model.ts';
import type { Predictions } from '../../../src/model/predict.ts';
import { encodeRows, type LogRecord } from '../../../src/serving/log-record.ts';
import { openPredictionLog, readPredictionLog } from '../../../src/serving/prediction-log.ts';
import { writeSmallModel } from '../../tools/small-model.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'log-'));
const texts = (name: string, values: readonly (string | null)[]): Column => {
  const categories = [...new Set(values.filter((value) => value !== null))];
  return { kind: 'categorical', name, categories, codes: Int32Array.from(values, (v) => categories.indexOf(v ?? '')) };
};
const numbers = (name: string, values: readonly number[]): Column => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values),
  integer: values.every(Number.isSafeInteger),
});
const rowsOf = (table: Table) =>
  Array.from({ length: table.nRows }, (_, row) =>
    Object.fromEntries(table.columns.map((c) => [c.name, cellValue(c, row)])),
  );

let model: Model;
beforeAll(async () => {
  const rows = Array.from({ length: 60 }, (_, i) => i);
  const table: Table = {
    nRows: rows.length,
    columns: [
      numbers('size', rows),
      texts(
        'color',
        rows.map((i) => (i % 3 === 0 ? 'red' : 'blue')),
      ),
      texts(
        'label',
        rows.map((i) => (i < 30 ? 'low' : 'high')),
      ),
    ],
  };
  model = await writeSmallModel(join(folder(), 'model'), table, 'label', { nEstimators: 3 });
});

/** Two rows as a caller has them. */
function made(from: number, key?: Column): { table: Table; predictions: Predictions } {
  const columns = [numbers('size', [from, from + 40]), texts('color', ['red', null]), ...(key ? [key] : [])];
  const table = { nRows: 2, columns };
  return { table, predictions: model.predict(table) };
}

function record(id: string, time: number, { table, predictions }: ReturnType<typeof made>): LogRecord {
  return { id, time, latencyMs: 0.5, ...encodeRows(table, predictions) };
}

const open = (path: string, digest = model.digest, name = 'shop') =>
  openPredictionLog(path, { model: name, version: 3, digest, now: () => Date.now() });
const read = (path: string, from?: number) =>
  readPredictionLog(path, { model, name: 'shop', ...(from === undefined ? {} : { from }) });

describe.each([
  ['SQLite', 'predictions.db'],
  ['NDJSON', 'predictions'],
])('a prediction log in %s', (_, name) => {
  it('gives back what was written, in the order of writing, with the keys of those who had some', async () => {
    const path = join(folder(), 'deep', name);
    const [first, second, third] = [made(1), made(2, numbers('order', [7, 8])), made(3, texts('order', ['A-9', null]))];
    const log = open(path);
    await log.write([record('a', 1000, first), record('b', 2000, second)]);
    await log.write([record('c', 1500, third)]);
    await log.close();
    const logged = await read(path);
    expect([...logged.times]).toEqual([1000, 1000, 2000, 2000, 1500, 1500]);
    expect(rowsOf(logged.table)).toEqual([
      { size: 1, color: 'red', order: null },
      { size: 41, color: null, order: null },
      { size: 2, color: 'red', order: '7' },
      { size: 42, color: null, order: '8' },
      { size: 3, color: 'red', order: 'A-9' },
      { size: 43, color: null, order: null },
    ]);
    expect(logged.predictions).toEqual(model.predict(logged.table));
    expect((await read(path, 1500)).table.nRows).toBe(4);
  });

  it('keeps a record that is written again once, with its first time and its last content', async () => {
    const path = join(folder(), name);
    for (const [time, from] of [
      [1000, 1],
      [2000, 2],
    ] as const) {
      const log = open(path);
      await log.write([record('same', time, made(from))]);
      expect(await log.has('same')).toBe(true);
      expect(await log.has('other')).toBe(false);
      await log.close();
    }
    const { times, table } = await read(path);
    expect([...times]).toEqual([1000, 1000]);
    expect(rowsOf(table)[0]).toEqual({ size: 2, color: 'red' });
  });

  it('tells models apart by name and digest', async () => {
    const path = join(folder(), name);
    for (const [id, log] of [
      ['mine', open(path)],
      ['other model', open(path, 'f'.repeat(64))],
      ['other name', open(path, model.digest, 'bikes')],
    ] as const) {
      await log.write([record(id, 1, made(1))]);
      await log.close();
    }
    expect((await read(path)).table.nRows).toBe(2);
  });

  it('has no rows where there is none, but the columns of the model', async () => {
    const { table, predictions, times } = await read(join(folder(), name));
    expect(table.columns.map((column) => [column.name, column.kind])).toEqual([
      ['size', 'numeric'],
      ['color', 'categorical'],
    ]);
    expect([table.nRows, times.length, predictions]).toEqual([0, 0, { ...predictions, labels: new Int32Array(0) }]);
  });

  it('takes the records of several processes at once', async () => {
    const path = join(folder(), name);
    const source = join(import.meta.dirname, '../../../src/serving/prediction-log.ts');
    const script = `
      const { openPredictionLog } = await import(${JSON.stringify(source)});
      const record = JSON.parse(process.argv[1]);
      const log = openPredictionLog(${JSON.stringify(path)}, { model: 'shop', version: 3, digest: ${JSON.stringify(model.digest)}, now: Date.now });
      for (let i = 0; i < 100; i++) await log.write([{ ...record, id: process.pid + '-' + i }]);
      await log.close();`;
    const given = JSON.stringify(record('', 1, made(1)));
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, given]);
    await Promise.all([run(), run(), run()]);
    expect((await read(path)).table.nRows).toBe(600);
  });
});

describe('what is no prediction log', () => {
  it.each([
    ['text', 'a.db', (path: string) => writeFileSync(path, 'x'.repeat(5000)), 'is not an SQLite database'],
    [
      'another database',
      'a.db',
      (path: string) => new DatabaseSync(path).exec('create table t (x)'),
      'but no prediction log',
    ],
    [
      'a newer log',
      'a.db',
      (path: string) =>
        new DatabaseSync(path).exec(
          `pragma application_id = ${0x4d4c504c}; pragma user_version = 9; create table t (x)`,
        ),
      'schema 9, this version of the toolkit reads schema 1',
    ],
    ['a file without .db', 'a', (path: string) => writeFileSync(path, ''), 'is a file; a prediction log is a folder'],
  ])('is refused and left as it is: %s', async (_, name, make, message) => {
    const path = join(folder(), name);
    make(path);
    const before = readFileSync(path);
    const fault = expect.objectContaining({ code: 'LOG_DAMAGED', message: expect.stringContaining(message) });
    expect(() => open(path)).toThrow(fault);
    await expect(read(path)).rejects.toThrow(fault);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('is refused: a segment of something else, or a line that was changed', async () => {
    const path = join(folder(), 'log');
    const log = open(path);
    await log.write([record('a', 1, made(1)), record('b', 2, made(2))]);
    await log.close();
    const segment = join(path, readdirSync(path)[0]!);
    const lines = readFileSync(segment, 'utf8').split('\n');
    writeFileSync(segment, lines.with(1, lines[1]!.slice(0, 50)).join('\n'));
    await expect(read(path)).rejects.toThrow(/:2: not a record of a prediction log/);
    writeFileSync(segment, `{}\n${lines[1]}\n`);
    await expect(read(path)).rejects.toThrow(/:1: expected {"mlops_prediction_log":1}/);
    // A process was ended in the middle of its last line.
    writeFileSync(segment, lines.slice(0, 3).join('\n').slice(0, -20));
    expect((await read(path)).table.nRows).toBe(2);
  });

  it.each([
    ['has another number of rows', { rows: 3 }, 'has 2 rows, expected 3'],
    ['is cut', { inputs: '{"nRows":2' }, 'after property value in JSON'],
    [
      'has columns of different lengths',
      { inputs: '{"nRows":2,"columns":[{"name":"size","kind":"numeric","values":[1]}]}' },
      'column "size" has 1 rows, expected 2',
    ],
    [
      'holds texts among numbers',
      { inputs: '{"nRows":2,"columns":[{"name":"size","kind":"numeric","values":[1,"2"]}]}' },
      'column "size" holds other things than numbers',
    ],
    [
      'has an unknown kind',
      { inputs: '{"nRows":2,"columns":[{"name":"x","kind":"image","values":[]}]}' },
      'columns[0].kind',
    ],
    ['has no predictions', { outputs: '{"nRows":2,"columns":[]}' }, 'has no categorical column "prediction"'],
    [
      'lacks one prediction',
      { outputs: '{"nRows":2,"columns":[{"name":"prediction","kind":"categorical","values":["low",null]}]}' },
      'has no "prediction" in row 1',
    ],
  ])('is refused: a record that %s', async (_, change, message) => {
    const path = join(folder(), 'a.db');
    const log = open(path);
    await log.write([{ ...record('a', 1, made(1)), ...change }]);
    await log.close();
    const fault = { code: 'LOG_DAMAGED', message: expect.stringContaining(message) };
    await expect(read(path)).rejects.toMatchObject(fault);
  });
});

it('shows people one prediction a row', async () => {
  const path = join(folder(), 'a.db');
  const log = open(path);
  await log.write([record('a', 1000, made(1))]);
  await log.close();
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare('SELECT request_id, row, time, model_name, model_version, prediction FROM predictions').all();
  db.close();
  const shared = { request_id: 'a', time: 1000, model_name: 'shop', model_version: 3 };
  expect(rows.map((row) => ({ ...row }))).toEqual([
    { ...shared, row: 0, prediction: 'low' },
    { ...shared, row: 1, prediction: 'high' },
  ]);
});
