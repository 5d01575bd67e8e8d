import { readdirSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { ValuePredictions } from '../../src/metrics/predictions.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { readPredictionLog } from '../../src/serving/prediction-log.ts';
import { startServer } from '../../src/serving/server.ts';
import { mlflowEnv } from '../tools/mlflow-server.ts';
import { mlops, mlopsOutputs, workspace } from '../tools/mlops.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BIKES = join(ROOT, 'examples/bike-sharing/bike-sharing-hourly.csv');
const ADULT = join(ROOT, 'test/fixtures/adult/adult.csv');

type Metrics = Readonly<Record<string, number>>;

/** The metrics of the one run of a folder, as the store has them. */
async function runMetrics(folder: string): Promise<Metrics> {
  const { runs } = (await mlopsOutputs(folder, ['runs'])) as { runs: { metrics: Metrics }[] };
  return runs[0]!.metrics;
}

function modelDirectory(folder: string): string {
  const files = readdirSync(join(folder, 'mlruns'), { recursive: true, encoding: 'utf8' });
  return join(folder, 'mlruns', dirname(files.find((path) => path.endsWith('MLmodel'))!));
}

const csvRows = async (path: string): Promise<string[][]> =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(','));

test('a regressor is scored out of bag, and answers bounds that hold the share of held-out rows that was asked for', async () => {
  await using folder = await workspace({
    'mlops.yaml': `name: bikes\ndata: { source: ${BIKES}, target: cnt, exclude: [casual, registered, instant] }\n`,
  });
  await mlopsOutputs(folder.path, [
    ...['train', '--n-estimators', '40', '--min-samples-leaf', '5'],
    ...['--oob-score', 'true', '--prediction-intervals', '0.9'],
  ]);
  const metrics = await runMetrics(folder.path);
  expect(metrics.interval_coverage).toBeGreaterThan(0.87);
  expect(metrics.interval_coverage).toBeLessThan(0.97);
  expect(metrics.oob_score).toBe(metrics.oob_r2);
  expect(Math.abs(metrics.oob_r2! - metrics.r2!)).toBeLessThan(0.02);

  const directory = modelDirectory(folder.path);
  const importances = JSON.parse(await readFile(join(directory, 'feature_importances.json'), 'utf8')) as {
    feature: string;
    importance: number;
  }[];
  expect(importances[0]).toMatchObject({ feature: 'hr' });
  expect(importances.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 12);

  // Two files of a megabyte: scored in threads.
  await mkdir(join(folder.path, 'new'));
  for (const name of ['a', 'b']) await cp(BIKES, join(folder.path, 'new', `${name}.csv`));
  await mlopsOutputs(folder.path, ['predict', '--model', directory, '--data', 'new/*.csv', '--output', 'out']);
  const [header, ...rows] = await csvRows(join(folder.path, 'out/a.csv'));
  expect(header).toEqual(['prediction', 'prediction_lower', 'prediction_upper']);
  expect(rows.length).toBe(17_379);
  expect(rows.every(([, lower, upper]) => Number(lower) <= Number(upper))).toBe(true);
  expect(await csvRows(join(folder.path, 'out/b.csv'))).toEqual([header, ...rows]);

  const model = await loadModel(directory);
  const logged = await readPredictionLog(join(folder.path, 'predictions.db'), { model, name: 'bikes' });
  const { interval } = logged.predictions as ValuePredictions;
  expect(Array.from(interval!.upper.subarray(0, 17_379))).toEqual(rows.map((row) => Number(row[2])));
  const log = { info: () => {}, warn: () => {} };
  const server = await startServer({
    load: async () => model,
    name: 'bikes',
    version: 1,
    host: '127.0.0.1',
    port: 0,
    log,
  });
  try {
    const lines = (await readFile(BIKES, 'utf8')).split('\n').slice(0, 4).join('\n');
    const response = await fetch(`${server.url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: lines,
    });
    expect(await response.json()).toEqual({
      predictions: rows.slice(0, 3).map((row) => Object.fromEntries(row.map((cell, i) => [header![i], Number(cell)]))),
    });
  } finally {
    await server.close();
  }
});

test('settings that do not fit the task, the engine or one another are refused together, before anything is grown', async () => {
  const table = `a,y\n${Array.from({ length: 60 }, (_, i) => `${i},${i % 2 ? 'yes' : 'no'}\n`).join('')}`;
  await using folder = await workspace({
    'table.csv': table,
    'mlops.yaml': [
      'data: { source: table.csv, target: y }',
      'model: { bootstrap: false, oob-score: true, calibration: isotonic, prediction-intervals: [0.1, 0.9] }',
    ].join('\n'),
  });
  const { status, stderr } = await mlops(folder.path, ['train']);
  expect(status).toBe(2);
  for (const fault of [
    '"oob-score" needs rows out of bag, but bootstrap is false: every tree sees all rows; set bootstrap to true',
    '"calibration" needs rows out of bag, but bootstrap is false: every tree sees all rows; set bootstrap to true',
    '"prediction-intervals" is set, but classification predicts no numbers; leave it out',
  ]) {
    expect(stderr).toContain(fault);
  }
  const crossed = await mlops(folder.path, ['train', '--prediction-intervals', '0.9, 0.1']);
  expect(crossed.stderr).toContain('"prediction-intervals" is [0.9, 0.1], expected the lower level first');
  const beyond = await mlops(folder.path, ['train', '--prediction-intervals', '90']);
  expect(beyond.stderr).toContain(
    '"prediction-intervals" is "90", expected a number above 0 and below 1 or a list, each a number above 0 and below 1 or null',
  );
});

describeWith(['python'], 'calibration', () => {
  test.each(['isotonic', 'sigmoid'])(
    'with method %s: MLflow answers the bits that mlops predict writes',
    async (method) => {
      await using folder = await workspace({
        'mlops.yaml': `name: adult\ndata: { source: ${ADULT}, target: income }\nmodel: { class-weight: balanced, min-samples-leaf: 10, n-estimators: 50 }\n`,
      });
      const { metrics } = (await mlopsOutputs(folder.path, ['train', '--calibration', method])) as { metrics: Metrics };
      // Weights of classes make the rare class too probable.
      expect(metrics.brier).toBeLessThan(metrics.uncalibrated_brier! - 0.01);
      expect(metrics.log_loss).toBeLessThan(metrics.uncalibrated_log_loss! - 0.02);
      const stored = await runMetrics(folder.path);
      expect(stored.oob_calibrated_brier).toBeLessThan(stored.oob_brier! - 0.01);
      expect(stored.oob_score).toBeUndefined();

      const directory = modelDirectory(folder.path);
      await mlopsOutputs(folder.path, ['predict', '--model', directory, '--data', ADULT, '--output', 'out']);
      const script = `
import json, sys, mlflow, pandas as pd
rows = pd.read_csv(sys.argv[2], keep_default_na=False, na_values=[""])
given = pd.read_csv(sys.argv[3], float_precision="round_trip")
model = mlflow.pyfunc.load_model(sys.argv[1])
schema = {spec.name: spec.type.name for spec in model.metadata.get_input_schema()}
found = model.predict(rows.astype({name: "float64" for name, kind in schema.items() if kind == "double"}))
print(json.dumps({"columns": list(found.columns) == list(given.columns), "rows": len(found), "same": bool((found == given).all().all())}))
`;
      const output = await mustRun(
        await pythonPeers(),
        ['-W', 'ignore', '-c', script, directory, ADULT, join(folder.path, 'out/adult.csv')],
        { env: mlflowEnv() },
      );
      expect(JSON.parse(output)).toEqual({ columns: true, rows: 4000, same: true });
    },
  );
});
