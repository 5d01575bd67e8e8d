import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PredictFiles, predictFiles } from '../../../src/batch/predict-files.ts';
import { csvSettings } from '../../../src/config/data-settings.ts';
import { csvText } from '../../../src/data/csv/write-csv.ts';
import { listParts } from '../../../src/data/sources/list-parts.ts';
import { type Column, selectColumns, type Table } from '../../../src/data/table.ts';
import type { Model } from '../../../src/model/load-model.ts';
import { predictionTable } from '../../../src/model/predict.ts';
import { openPredictionLog, readPredictionLog } from '../../../src/serving/prediction-log.ts';
import { writeSmallModel } from '../../tools/small-model.ts';

/** Rows that anything can be learned from. */
function rowsFrom(first: number, count: number): Table {
  const at = Array.from({ length: count }, (_, i) => first + i);
  const numbers = (name: string, value: (i: number) => number): Column => ({
    kind: 'numeric',
    name,
    values: Float64Array.from(at, value),
    integer: true,
  });
  const categories = ['red', 'green', 'blue'];
  return {
    nRows: count,
    columns: [
      numbers('id', (i) => i),
      { kind: 'categorical', name: 'color', codes: Int32Array.from(at, (i) => i % 3), categories },
      numbers('size', (i) => (i * 37) % 101),
      numbers('value', (i) => ((i * 37) % 101) * 2 + (i % 3)),
      {
        kind: 'categorical',
        name: 'label',
        codes: Int32Array.from(at, (i) => ((i * 37) % 101 > 50 ? 1 : 0)),
        categories: ['low', 'high'],
      },
    ],
  };
}

let folder: string;
let regressor: Model;
let classifier: Model;
beforeAll(async () => {
  const models = mkdtempSync(join(tmpdir(), 'batch-models-'));
  const table = rowsFrom(0, 300);
  regressor = await writeSmallModel(join(models, 'r'), selectColumns(table, ['color', 'size', 'value']), 'value', {
    nEstimators: 5,
  });
  classifier = await writeSmallModel(join(models, 'c'), selectColumns(table, ['color', 'size', 'label']), 'label', {
    nEstimators: 5,
  });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'batch-'));
  mkdirSync(join(folder, 'in'));
});

function give(name: string, table: Table): Table {
  writeFileSync(join(folder, 'in', name), csvText(table));
  return table;
}

async function predict(more: Partial<PredictFiles> = {}, sources = ['in/*.csv']) {
  const read = {
    cwd: folder,
    csv: csvSettings.parse({}),
    credential: () => undefined,
    signal: new AbortController().signal,
  };
  const parts = await listParts(sources, read);
  return predictFiles({
    model: regressor,
    parts,
    output: join(folder, 'out'),
    keepColumns: ['id'],
    format: 'csv',
    nJobs: 1,
    read,
    signal: read.signal,
    ...more,
  });
}

const logOf = (model: Model, path = 'log.db') =>
  openPredictionLog(join(folder, path), { model: 'shop', version: 2, digest: model.digest, now: () => Date.now() });
const output = (name: string): string => readFileSync(join(folder, 'out', name), 'utf8');
const outputs = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(folder, 'out'))
      .sort()
      .map((name) => [name, output(name)]),
  );
const expected = (model: Model, table: Table): string =>
  csvText({ nRows: table.nRows, columns: [table.columns[0]!, ...predictionTable(model.predict(table)).columns] });

describe('files', () => {
  it('are scored each into its own, with the kept columns and the order of the rows', async () => {
    const [a, b] = [give('a.csv', rowsFrom(1000, 50)), give('b.csv', rowsFrom(2000, 20_000))];
    expect(await predict()).toEqual({
      rows: 20_050,
      rejected: 0,
      outputs: [join(folder, 'out/a.csv'), join(folder, 'out/b.csv')],
      reused: 0,
    });
    expect(outputs()).toEqual({
      'a.csv': expected(regressor, a),
      'b.csv': expected(regressor, b),
      'manifest.json': expect.any(String),
    });
    await predict({ model: classifier });
    expect(output('a.csv')).toBe(expected(classifier, a));
    expect(output('a.csv').split('\n')[0]).toBe('id,prediction,probability_high,probability_low');
  });

  it('get the same bytes from many threads as from one, and from every run', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) give(`${name}.csv`, rowsFrom(name.charCodeAt(0) * 1000, 22_000));
    const seen: number[] = [];
    await predict({ nJobs: 2, onProgress: (files) => seen.push(files) });
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    const first = outputs();
    rmSync(join(folder, 'out'), { recursive: true });
    await predict({ nJobs: 1 });
    expect(outputs()).toEqual(first);
  });

  it('that were scored before are not scored again', async () => {
    give('a.csv', rowsFrom(0, 30));
    give('b.csv', rowsFrom(100, 30));
    const first = { ...(await predict({ predictionLog: logOf(regressor) })) };
    const before = outputs();
    const touched = statSync(join(folder, 'out/a.csv')).mtimeMs;
    expect(await predict({ predictionLog: logOf(regressor) })).toEqual({ ...first, reused: 2 });
    expect(outputs()).toEqual(before);
    expect(statSync(join(folder, 'out/a.csv')).mtimeMs).toBe(touched);
    expect((await readPredictionLog(join(folder, 'log.db'), { model: regressor, name: 'shop' })).table.nRows).toBe(60);
  });

  it.each([
    ['the input', () => give('a.csv', rowsFrom(5000, 31)), 1],
    ['an output', () => writeFileSync(join(folder, 'out/a.csv'), 'tampered'), 1],
    ['the log', () => rmSync(join(folder, 'log.db')), 0],
    ['the manifest', () => rmSync(join(folder, 'out/manifest.json')), 0],
  ])('are scored again when %s is not what it was', async (_, change, reused) => {
    give('a.csv', rowsFrom(0, 30));
    give('b.csv', rowsFrom(100, 30));
    await predict({ predictionLog: logOf(regressor) });
    change();
    const again = await predict({ predictionLog: logOf(regressor) });
    expect(again.reused).toBe(reused);
    expect((await predict({ predictionLog: logOf(regressor) })).reused).toBe(2);
    const logged = await readPredictionLog(join(folder, 'log.db'), { model: regressor, name: 'shop' });
    expect(logged.table.nRows).toBe(_ === 'the input' ? 91 : 60);
  });

  it('with the same stem have different outputs', async () => {
    mkdirSync(join(folder, 'in/x'));
    mkdirSync(join(folder, 'in/y'));
    give('x/week.csv', rowsFrom(0, 3));
    give('y/week.csv', rowsFrom(9, 3));
    await predict({}, ['in/*/*.csv']);
    expect(Object.keys(outputs())).toEqual(['manifest.json', 'x-week.csv', 'y-week.csv']);
  });

  it('have their bad rows listed beside the predictions', async () => {
    const table = give('a.csv', rowsFrom(0, 4));
    const lines = csvText(table).split('\n');
    writeFileSync(
      join(folder, 'in/a.csv'),
      [...lines.slice(0, 2), '77,red', '78,red,"big, or so",1,low', ...lines.slice(2)].join('\n'),
    );
    expect(await predict()).toMatchObject({ rows: 4, rejected: 2 });
    expect(output('a.csv')).toBe(expected(regressor, table));
    expect(output('a.rejected.csv')).toBe(
      'line,reason,content\n' +
        '3,"2 fields, expected 5 as in the header","77,red"\n' +
        '4,"""size"" is ""big, or so"", expected a number","78,red,""big, or so"",1,low"\n',
    );
    give('a.csv', rowsFrom(0, 4));
    expect(await predict()).toMatchObject({ rows: 4, rejected: 0, reused: 0 });
    expect(Object.keys(outputs())).toEqual(['a.csv', 'manifest.json']);
  });

  it('may be tables of a database', async () => {
    const db = new DatabaseSync(join(folder, 'shop.db'));
    db.exec("create table orders (id, color, size); insert into orders values (7, 'red', 12), (8, null, 99)");
    db.close();
    await predict({}, ['sqlite:///shop.db?table=orders']);
    expect(output('shop.db-table-orders.csv')).toMatch(/^id,prediction\n7,\d+(\.\d+)?\n8,\d+(\.\d+)?\n$/);
  });
});

describe('the log of a batch', () => {
  it('has the inputs, the kept columns and the keys of every scored row, once', async () => {
    give('a.csv', rowsFrom(0, 9000));
    for (let run = 0; run < 2; run++) {
      await predict({ keepColumns: ['color'], keyColumns: ['id', 'absent'], predictionLog: logOf(regressor, 'log') });
      rmSync(join(folder, 'out'), { recursive: true });
    }
    const { table, predictions } = await readPredictionLog(join(folder, 'log'), { model: regressor, name: 'shop' });
    expect(table).toEqual(selectColumns(rowsFrom(0, 9000), ['color', 'size', 'id']));
    expect(predictions).toEqual(regressor.predict(table));
  });
});

describe('what cannot be scored', () => {
  it('is named, file by file, when the others are done; a second run does what is left', async () => {
    give('a.csv', selectColumns(rowsFrom(0, 3), ['id', 'color']));
    give('b.csv', rowsFrom(0, 3));
    writeFileSync(join(folder, 'in/c.csv'), '');
    await expect(predict()).rejects.toMatchObject({
      code: 'COLUMN_NOT_FOUND',
      faults: [
        'the model needs the column "size" (long), which in/a.csv lacks.',
        'Columns of in/a.csv: id, color',
        expect.stringContaining('in/c.csv is empty'),
      ],
    });
    expect(Object.keys(outputs())).toEqual(['b.csv', 'manifest.json']);
    give('a.csv', rowsFrom(0, 3));
    give('c.csv', rowsFrom(0, 3));
    expect(await predict()).toMatchObject({ rows: 9, reused: 1 });
  });

  it('is refused before anything is written: an output over its input, a kept column over a prediction', async () => {
    give('a.csv', rowsFrom(0, 3));
    const before = readFileSync(join(folder, 'in/a.csv'));
    await expect(predict({ output: join(folder, 'in'), keepColumns: ['prediction'] })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      faults: [
        '"keep-columns" has "prediction", which is a column of the predictions',
        `"output" is the folder of the input: ${join(folder, 'in/a.csv')} would be overwritten; name another folder`,
      ],
    });
    expect(readdirSync(join(folder, 'in'))).toEqual(['a.csv']);
    expect(readFileSync(join(folder, 'in/a.csv')).equals(before)).toBe(true);
  });

  it('is refused: a manifest that is something else', async () => {
    give('a.csv', rowsFrom(0, 3));
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'out/manifest.json'), '{"schema":1,"files":{"in/a.csv":{"output":"../../escape.csv"}}}');
    await expect(predict()).rejects.toMatchObject({ code: 'DATA_UNREADABLE' });
    expect(readdirSync(join(folder, 'out'))).toEqual(['manifest.json']);
  });
});

describe.each([1, 2])('an interruption with %i threads', (nJobs) => {
  it('leaves whole files only, and the next run does the rest', async () => {
    for (let i = 0; i < 6; i++) give(`${i}.csv`, rowsFrom(i * 1000, 22_000));
    const stop = new AbortController();
    const interrupted = predict({ nJobs, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    const done = Object.keys(outputs()).filter((name) => name !== 'manifest.json');
    expect(done.length).toBeGreaterThan(0);
    expect(done.length).toBeLessThan(6);
    for (const name of done) expect(output(name).split('\n')).toHaveLength(22_002);
    const { rows, reused } = await predict();
    expect(rows).toBe(132_000);
    expect(reused).toBeGreaterThan(0);
  });
});
