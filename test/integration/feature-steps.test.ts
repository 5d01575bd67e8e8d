import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FEATURE_STEPS } from '../../src/config/feature-steps.ts';
import { type Table, takeRows } from '../../src/data/table.ts';
import { applyOperations } from '../../src/features/apply-operations.ts';
import { conformTable } from '../../src/model/conform.ts';
import { Graph } from '../../src/model/onnx/graph.ts';
import { addOperations, exportFaults } from '../../src/model/onnx/operations.ts';
import { predictionTable } from '../../src/model/predict.ts';
import { tableToJson } from '../../src/model/table-json.ts';
import { mlflowEnv } from '../tools/mlflow-server.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';
import { writeSmallModel } from '../tools/small-model.ts';
import { readText } from '../unit/data/read-text.ts';
import { cellsOf, learn, shopRows, tableOf } from '../unit/features/tables.ts';

const NUMBERS = ['price', 'change', 'size', 'huge', 'same'];

/** Formulas of which ONNX gives the same bits, and those whose last digits depend on a library's exp and log. */
const EXACT = [
  'price * size - change / 2',
  'price / size + -change % 3',
  'change / 0',
  'price * 1e308 * 1e308',
  'price > 8 and not (change <= 1 or size == 3)',
  'price != 8 or change >= 0',
  'size and change',
  'shop == "Zug"',
  '"yes" != answer',
  'shop == note',
  'if(size >= 4, price, -size) < 10',
  'min(price, change, 1) + max(size, change)',
  'coalesce(price, change, -1) + is_missing(price) + is_missing(shop)',
  'sqrt(change) + abs(change)',
  'round(change) + round(size / 2) + floor(price) * ceil(change) + sign(change)',
  'days(sold)',
  'days(sold) - floor(days(sold))',
];
const ROUNDED = ['log1p(price) + log(change)', 'exp(-change) + exp(price * 100)', 'sin(price) + cos(change)'];
const POWERS = ['-size ** 2 + price ** 0.5', 'change ** -1', 'change ** 0.5', '(price > 5) ** change'];

const beside = (step: string, columns: unknown, settings = {}) => ({
  [step]: { columns, suffix: `.${step}${Object.keys(settings).length}`, ...settings },
});

/** Every step that ONNX can say, each on columns of every kind that it takes. */
const STEPS = [
  ...[...EXACT, ...ROUNDED, ...POWERS].map((formula, i) => ({ expression: { output: `f${i}`, formula } })),
  beside('impute', NUMBERS, { indicator: true }),
  beside('impute', ['shop', 'note'], { strategy: 'most-frequent' }),
  beside('impute', 'answer', { strategy: 'constant', value: '?', indicator: false }),
  beside('clip', NUMBERS),
  beside('log1p', ['price', 'change']),
  beside('power', ['price', 'change', 'size', 'same']),
  beside('scale', NUMBERS),
  beside('scale', NUMBERS, { method: 'min-max', except: [] }),
  beside('bins', NUMBERS),
  beside('bins', 'same', { bins: 2 }),
  beside('ordinal', ['shop', 'size', 'note']),
  beside('rare', ['shop', 'note'], { 'min-share': 0.1 }),
  beside('frequency', ['shop', 'size', 'same']),
  beside('target-encode', ['shop', 'size']),
  { cross: { columns: ['shop', 'answer', 'note'], output: 'crossed' } },
  { rename: { columns: { 'shop.rare1': 'few', f0: 'product' } } },
  { 'one-hot': { columns: ['few', 'size', 'answer'] } },
  {
    date: {
      columns: 'sold',
      keep: true,
      parts: ['year', 'month', 'day', 'weekday', 'hour', 'minute', 'day-of-year'],
      cyclic: ['month', 'day', 'weekday', 'hour', 'minute', 'day-of-year'],
      since: '2020-02-29',
      holidays: ['2019-12-25', '2020-01-01', '2020-01-02'],
    },
  },
];

test('every step is tried in ONNX, or refused by name', () => {
  const tried = new Set(STEPS.map((step) => Object.keys(step)[0]));
  const withoutOperations = ['drop', 'filter', 'dedupe'];
  const refused = Object.keys(FEATURE_STEPS).filter((name) => !tried.has(name) && !withoutOperations.includes(name));
  expect(refused).toEqual(['text', 'lag']);
  const table = shopRows(1, 50);
  const steps = [
    { text: { columns: 'note', length: true } },
    { lag: { columns: 'price', group: ['shop'], lags: ['1h'] } },
  ];
  const { operations } = learn(table, steps, { time: 'sold' });
  expect(exportFaults({ operations, inputs: [], steps: [], outputs: [], dropped: [] })).toEqual([
    'the step "text" ("note") cannot be written in ONNX: it has no regular expressions of JavaScript and no hashes of words',
    'the step "lag" ("sold", "price", "shop") cannot be written in ONNX: it sees one request, and no rows of training',
  ]);
});

/** Pipelines of the kind that people write, on rows of two known tables. */
const BIKES = [
  {
    date: {
      columns: 'dteday',
      parts: ['month'],
      cyclic: ['day-of-year'],
      since: '2011-01-01',
      holidays: ['2011-12-26'],
    },
  },
  { impute: { columns: ['hum', 'windspeed'], indicator: false } },
  { clip: { columns: 'windspeed', 'upper-quantile': 0.995 } },
  { expression: { output: 'muggy', formula: 'temp * hum' } },
  { expression: { output: 'rush', formula: 'if(workingday == 1, hr == 8 or hr >= 17 and hr <= 18, 0)' } },
  { log1p: { columns: 'windspeed', suffix: '.log' } },
  { power: { columns: ['hum', 'temp'] } },
  { scale: { columns: ['atemp', 'muggy'] } },
  { bins: { columns: 'temp', bins: 8, suffix: '.bin' } },
  { 'one-hot': { columns: ['season', 'weathersit'] } },
  { 'target-encode': { columns: ['hr', 'weekday'], suffix: '.rentals' } },
  { frequency: { columns: 'mnth' } },
  { drop: { columns: ['instant', 'casual', 'registered', 'yr'] } },
];
const ADULT = [
  { cross: { columns: ['marital_status', 'sex'], output: 'household' } },
  { rare: { columns: ['native_country', 'household'], 'min-share': 0.02 } },
  { impute: { columns: ['workclass', 'occupation'], strategy: 'constant', value: 'unknown' } },
  { log1p: { columns: ['capital_gain', 'capital_loss'] } },
  { scale: { columns: ['age', 'hours_per_week'], method: 'robust' } },
  { expression: { output: 'overtime', formula: 'hours_per_week > 0 and workclass == "Private"' } },
  { 'one-hot': { columns: ['race', 'workclass'] } },
  { 'target-encode': { columns: ['occupation', 'education_num'] } },
  { frequency: { columns: 'native_country', suffix: '.share' } },
  { ordinal: { columns: 'relationship' } },
  { rename: { columns: { fnlwgt: 'weight' } } },
  { clip: { columns: 'weight' } },
];

/** What feature_steps.py says of the model directories. */
interface Models {
  readonly bikes: Readonly<Record<string, unknown>>;
  readonly adult: Readonly<Record<string, unknown>>;
  readonly native: Readonly<Record<string, unknown>>;
}

describeWith(['python'], 'models with steps', () => {
  let directory: string;
  let seen: Models;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'feature-models-'));
    const bikes = await readText(await head('examples/bike-sharing/bike-sharing-hourly.csv', 4000));
    const adult = await readText(await head('test/bench/data/adult_train.csv.gz', 4000));
    await writeCase('bikes', bikes, 'cnt', { steps: BIKES });
    await writeCase('adult', adult, 'income', { steps: ADULT });
    const lag = { lag: { columns: 'temp', lags: ['1d'], means: ['7d'] } };
    const text = { text: { columns: 'note', length: true } };
    const native = tableOf({
      at: Array.from({ length: 60 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day))),
      temp: Array.from({ length: 60 }, (_, day) => day % 9),
      note: Array.from({ length: 60 }, (_, day) => 'x'.repeat(day % 5) || null),
      y: Array.from({ length: 60 }, (_, day) => (day % 9) + day / 100),
    });
    await writeSmallModel(join(directory, 'native', 'model'), native, 'y', {}, 5, {
      steps: [lag, text],
      time: 'at',
      nativeOnly: true,
    });
    const script = resolve(import.meta.dirname, 'feature_steps.py');
    seen = JSON.parse(await mustRun(await pythonPeers(), [script, 'models', directory], { env: mlflowEnv() }));
  }, 300_000);

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const writeCase = async (name: string, table: Table, target: string, options: { steps: readonly unknown[] }) => {
    const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
    const model = await writeSmallModel(
      join(directory, name, 'model'),
      takeRows(table, range(0, 3000)),
      target,
      {},
      5,
      options,
    );
    const rows = conformTable(takeRows(table, range(3000, 4000)), model.inputs);
    const output = predictionTable(model.predict(rows));
    await writeFile(
      join(directory, name, 'predictions.json'),
      JSON.stringify({ input: tableToJson(rows), output: tableToJson(output) }),
    );
  };

  test('predict the same in the toolkit, in MLflow and from the input example, to 1e-9', () => {
    for (const { labels, ...gaps } of [seen.bikes, seen.adult]) {
      expect(labels).toBe(0);
      for (const gap of Object.values(gaps)) expect(gap).toBeLessThanOrEqual(1e-9);
    }
    expect(Object.keys(seen.bikes)).toEqual(['labels', 'python_function', 'input example']);
  });

  test('that are exported native-only say so: MLflow reads the directory and finds no python_function', () => {
    expect(seen.native).toEqual({
      flavors: ['mlops'],
      files: ['MLmodel', 'README.md', 'input_example.json', 'manifest.json', 'native', 'serving_input_example.json'],
      signature: ['at', 'temp', 'note'],
      error: 'Model does not have the "python_function" flavor',
    });
  });
});

describeWith(['python'], 'steps in ONNX Runtime', () => {
  let directory: string;
  let seen: Readonly<Record<string, number | string>>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'feature-steps-'));
    const train = shopRows(1, 400);
    const rows = shopRows(2, 400, { unseen: true });
    const target = {
      task: 'regression',
      values: train.columns[2]!.kind === 'numeric' ? train.columns[2]!.values : null!,
    } as const;
    const { operations, faults } = learn(train, STEPS, { target });
    expect(faults).toEqual([]);
    const made = applyOperations(operations, rows);
    const results = made.columns.filter(({ name }) => operations.some(({ outputs }) => outputs.includes(name)));
    await writeFile(join(directory, 'operations.onnx'), graphOf(rows, results, operations));
    await writeFile(join(directory, 'rows.json'), JSON.stringify({ input: cellsOf(rows), output: cellsOf(made) }));
    const script = resolve(import.meta.dirname, 'feature_steps.py');
    seen = JSON.parse(await mustRun(await pythonPeers(), [script, 'operations', directory]));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  test('give the same bits wherever no exp or log is asked for, missing and unseen cells included', () => {
    const rounded = /^(price|change|size|same)\.(log1p|power)|^f(1[789]|2[0123])$/;
    const different = Object.entries(seen).filter(([name, gap]) => gap !== 0 && !rounded.test(name));
    expect(different).toEqual([]);
    expect(Object.keys(seen).length).toBeGreaterThan(100);
  });

  test('agree to 1e-12 elsewhere', () => {
    expect(Object.entries(seen).filter(([, gap]) => !(Number(gap) <= 1e-12))).toEqual([]);
  });
});

function graphOf(rows: Table, results: Table['columns'], operations: Parameters<typeof addOperations>[1]): Uint8Array {
  const graph = new Graph(results.map(({ name }) => name));
  const columns = new Map(
    rows.columns.map(({ name, kind }) => [
      name,
      kind === 'categorical'
        ? ({ value: graph.input(name, 'string'), kind: 'text' } as const)
        : ({ value: graph.input(name, 'double'), kind: 'number' } as const),
    ]),
  );
  addOperations(graph, operations, columns);
  for (const { name, kind } of results) {
    graph.output(name, kind === 'categorical' ? 'string' : 'double', columns.get(name)!.value);
  }
  return graph.encode('0.0.0', {});
}

/** The header and the first rows of a CSV file. */
async function head(path: string, rows: number): Promise<string> {
  const bytes = await readFile(resolve(import.meta.dirname, '../..', path));
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return `${text.split('\n', rows + 1).join('\n')}\n`;
}
