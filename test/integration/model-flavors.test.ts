import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DATETIME_PARTS } from '../../src/config/features.ts';
import { type Table, takeRows } from '../../src/data/table.ts';
import { datetimePart } from '../../src/features/datetime-parts.ts';
import { Random } from '../../src/forest/random.ts';
import { CALIBRATION_METHODS, type Calibration, fitCalibration } from '../../src/metrics/calibration.ts';
import type { Model } from '../../src/model/load-model.ts';
import { calendarPart } from '../../src/model/onnx/calendar.ts';
import { Graph } from '../../src/model/onnx/graph.ts';
import { type PredictingParts, predictionTable, predictRaw } from '../../src/model/predict.ts';
import { tableToJson } from '../../src/model/table-json.ts';
import { writeModel } from '../../src/model/write-model.ts';
import { runs } from '../tools/effort.ts';
import { mlflowEnv } from '../tools/mlflow-server.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { randomModel } from '../tools/random-model.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';
import { writeSmallModel } from '../tools/small-model.ts';
import { freePort, startProcess } from '../tools/start-process.ts';

const RANDOM_MODELS = runs(40);
const TARGETS = ['amount', 'answer', 'kind'] as const;

/** What model_flavors.py prints; a number is the largest relative difference from the native predictions. */
interface Seen {
  readonly random: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly trained: Readonly<Record<(typeof TARGETS)[number], Readonly<Record<string, unknown>>>>;
  readonly calendar: Readonly<Record<string, number>>;
}

describeWith(['python'], 'the flavors of a model directory', () => {
  let directory: string;
  let python: string;
  let seen: Seen;
  const trained = new Map<string, Model>();

  const writePredictions = async (folder: string, parts: PredictingParts, rows: Table): Promise<void> => {
    const output = predictionTable(predictRaw(parts, rows));
    const json = JSON.stringify({ input: tableToJson(rows), output: tableToJson(output) });
    await writeFile(join(folder, 'predictions.json'), json);
  };

  beforeAll(async () => {
    python = await pythonPeers();
    directory = await mkdtemp(join(tmpdir(), 'model-flavors-'));
    for (let seed = 0; seed < RANDOM_MODELS; seed++) {
      const folder = join(directory, 'random', `seed-${seed}`);
      const { info, features, forest, rows } = randomModel(seed);
      const calibration = randomCalibration(seed, info.classes.length);
      await mkdir(folder, { recursive: true });
      const example = takeRows(rows, Int32Array.of(0, 1, 2));
      await writeModel(join(folder, 'model'), { info, features, forest, calibration, example, files: {} });
      await writePredictions(folder, { task: info.task, classes: info.classes, features, forest, calibration }, rows);
    }
    for (const target of TARGETS) {
      const folder = join(directory, 'trained', target);
      const { table, unseen } = salesTable(target);
      const model = await writeSmallModel(join(folder, 'model'), table, target);
      trained.set(target, model);
      await writePredictions(folder, { ...model.info, ...model }, unseen);
    }
    await writeCalendar(directory);
    const script = resolve(import.meta.dirname, 'model_flavors.py');
    seen = JSON.parse(await mustRun(python, [script, directory], { cwd: directory, env: mlflowEnv() })) as Seen;
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  test('predict the same bits for any forest, missing cells, unknown categories and instants', () => {
    const same = { 'one thread': 0, 'two threads': 0, python_function: 0, 'row by row': 0 };
    const names = Array.from({ length: RANDOM_MODELS }, (_, seed) => `seed-${seed}`);
    expect(seen.random).toEqual(Object.fromEntries(names.map((name) => [name, same])));
  });

  test.each(TARGETS)('agree on a trained model of "%s", and MLflow enforces its signature', (target) => {
    const { 'without a required column': absent, 'a text for a number': wrongType, ...same } = seen.trained[target];
    expect(same).toEqual({
      'one thread': 0,
      'two threads': 0,
      python_function: 0,
      'row by row': 0,
      flavors: ['mlops', 'onnx', 'python_function'],
      'onnx flavor': 'ModelProto',
      'input example': 0,
      'serving input example': 0,
      '20,000 rows': 0,
      'no row': 0,
      index: ['p', 'q'],
      'columns in another order, one too many': 0,
      'cells spelt otherwise': 0,
      'without an optional column': 0,
    });
    expect(absent).toMatch(/missing inputs \['price'\]/);
    expect(wrongType).toMatch(/Incompatible input types for column price/);
  });

  test('parts of instants are those of the toolkit from the year -271821 to 275760', () => {
    expect(seen.calendar).toEqual(Object.fromEntries(DATETIME_PARTS.map((part) => [part, 0])));
  });

  test('mlflow models serve answers as the model does', async () => {
    const model = trained.get('answer')!;
    const port = await freePort();
    const args = ['-m', 'mlflow', 'models', 'serve', '-m', model.directory, '--host', '127.0.0.1', '-p', String(port)];
    const server = await startProcess(python, [...args, '--env-manager', 'local', '--workers', '1'], {
      cwd: directory,
      env: { ...mlflowEnv(), PATH: `${join(python, '..')}:${process.env.PATH}` },
      ready: `http://127.0.0.1:${port}/ping`,
      timeoutMs: 150_000,
    });
    try {
      const response = await fetch(`http://127.0.0.1:${port}/invocations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: (await model.file('serving_input_example.json'))!,
      });
      const { output } = model.golden;
      const rows = Array.from({ length: output.nRows }, (_, row) =>
        Object.fromEntries(tableToJson(output).columns.map(({ name, values }) => [name, values[row]])),
      );
      expect(await response.json()).toEqual({ predictions: rows });
    } finally {
      await server.stop();
    }
  }, 180_000);
});

/** Of two classifiers in three, one of each method; learned from classes that the probabilities hint at. */
function randomCalibration(seed: number, nClasses: number): Calibration | undefined {
  const method = [undefined, ...CALIBRATION_METHODS][seed % 3];
  if (nClasses === 0 || method === undefined) return undefined;
  const random = new Random(seed);
  const nRows = 1 + random.below(300);
  const probabilities = new Float64Array(nRows * nClasses);
  const codes = Int32Array.from({ length: nRows }, (_, row) => {
    const votes = Array.from({ length: 12 }, () => random.below(nClasses));
    for (const vote of votes) probabilities[row * nClasses + vote]! += 1 / votes.length;
    return votes[0]!;
  });
  return fitCalibration(method, codes, probabilities, nClasses);
}

/** Sales with numbers, whole numbers, texts and instants, some missing; `unseen` rows hold categories that training did not. */
function salesTable(target: (typeof TARGETS)[number]): { table: Table; unseen: Table } {
  const random = new Random(7);
  const nRows = 400;
  const draw = (make: (row: number) => number) => Float64Array.from({ length: nRows }, (_, row) => make(row));
  const shops = [
    'Berlin',
    'São Paulo',
    '東京',
    'true',
    '1',
    ...Array.from({ length: 40 }, (_, i) => `shop ${i}`),
    'new shop',
  ];
  const price = draw(() => random.below(1000) / 10);
  const size = draw(() => random.below(50));
  const rating = draw(() => (random.below(5) === 0 ? Number.NaN : random.below(100) / 7));
  const sold = draw(() => Date.UTC(2020, 0, 1) + random.below(3 * 365 * 24 * 60) * 60_000);
  const returned = sold.map((time) => (random.below(2) === 0 ? Number.NaN : time + random.below(1000) * 3_600_000));
  const shop = Int32Array.from({ length: nRows }, (_, row) => {
    const known = row < 300 ? shops.length - 1 : shops.length;
    return random.below(10) === 0 ? -1 : random.below(known);
  });
  const amount = price.map(
    (value, row) => value * size[row]! + 100 * new Date(sold[row]!).getUTCMonth() + 10 * shop[row]!,
  );
  const table: Table = {
    nRows,
    columns: [
      { kind: 'numeric', name: 'price', values: price, integer: false },
      { kind: 'numeric', name: 'size', values: size, integer: true },
      { kind: 'numeric', name: 'rating', values: rating, integer: false },
      { kind: 'categorical', name: 'shop', codes: shop, categories: shops },
      { kind: 'datetime', name: 'sold at', values: sold },
      { kind: 'datetime', name: 'returned at', values: returned },
    ],
  };
  const targets: Record<typeof target, Table['columns'][number]> = {
    amount: { kind: 'numeric', name: target, values: amount, integer: false },
    answer: {
      kind: 'categorical',
      name: target,
      codes: Int32Array.from(amount, (value) => (value > 2500 ? 1 : 0)),
      categories: ['no', 'yes'],
    },
    kind: {
      kind: 'categorical',
      name: target,
      codes: Int32Array.from(amount, (value) => Math.min(3, Math.floor(value / 1500))),
      categories: ['small', 'middle', 'large', 'x "large"'],
    },
  };
  const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  return {
    table: takeRows({ nRows, columns: [...table.columns, targets[target]] }, range(0, 300)),
    unseen: takeRows(table, range(300, 400)),
  };
}

/** A graph of all parts of an instant, and instants with what the toolkit makes of them. */
async function writeCalendar(directory: string): Promise<void> {
  const graph = new Graph(DATETIME_PARTS);
  const time = graph.input('time', 'double');
  for (const part of DATETIME_PARTS) graph.output(part, 'double', calendarPart(graph, time, part));
  await writeFile(join(directory, 'calendar.onnx'), graph.encode('0.0.0', {}));
  const random = new Random(3);
  const limit = 8.64e15;
  const times = [
    Number.NaN,
    0,
    -1,
    limit,
    -limit,
    Date.UTC(2000, 1, 29),
    Date.UTC(1900, 1, 28, 23, 59),
    Date.UTC(2100, 2, 1),
  ];
  for (let i = 0; i < 20_000; i++) {
    const range = [limit, 1e14, 1e12][i % 3]!;
    const some = Math.round((2 * random.unit() - 1) * range);
    times.push(some);
    // The first and the last millisecond of a day, and of a month.
    const day = Math.floor(some / 86_400_000) * 86_400_000;
    if (day > -limit) times.push(day, day - 1);
    const month = Date.UTC(1600 + random.below(800), random.below(12), 1);
    times.push(month, month - 1);
  }
  const parts = Object.fromEntries(DATETIME_PARTS.map((part) => [part, times.map((at) => datetimePart(at, part))]));
  await writeFile(join(directory, 'calendar.json'), JSON.stringify({ times, parts }));
}
