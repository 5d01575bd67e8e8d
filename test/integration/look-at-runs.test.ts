import { afterAll, beforeAll, expect, test } from 'vitest';
import { mlops, mlopsOutputs, workspace } from '../tools/mlops.ts';

const TABLE = `a,b,y\n${Array.from({ length: 60 }, (_, i) => `${i},${i % 7},${i * 2}\n`).join('')}`;
const TRAIN = ['train', '--data', 'table.csv', '--target', 'y', '--name', 'toy'];

let folder: Awaited<ReturnType<typeof workspace>>;
let runs: [string, string];
beforeAll(async () => {
  folder = await workspace({ 'table.csv': TABLE });
  const ids = [];
  for (const more of [
    ['--n-estimators', '3'],
    ['--n-estimators', '5', '--max-depth', '1'],
  ]) {
    ids.push((await mlopsOutputs(folder.path, [...TRAIN, ...more]))['run-id']);
  }
  runs = ids as [string, string];
  await mlopsOutputs(folder.path, ['register', '--model-uri', `runs:/${runs[0]}/model`, '--name', 'toy']);
  await mlopsOutputs(folder.path, ['deploy', '--model', 'models:/toy/1', '--environment', 'staging']);
});
afterAll(() => folder[Symbol.asyncDispose]());

test('runs are compared by the params in which they differ and by all metrics', async () => {
  const asked = ['runs', 'compare', '--runs', runs.map((id) => id.slice(0, 12)).join(',')];
  const { params, metrics } = (await mlopsOutputs(folder.path, asked)) as Record<string, Record<string, unknown[]>>;
  expect(params).toEqual({ max_depth: ['None', '1'], n_estimators: ['3', '5'] });
  expect(Object.keys(metrics!)).toEqual(expect.arrayContaining(['mae', 'r2', 'rmse']));
  expect(metrics!.rmse!.every((value) => typeof value === 'number')).toBe(true);
  const { status, stderr } = await mlops(folder.path, ['runs', 'compare', '--runs', `${runs[0]},nothing`]);
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining('"nothing": no run has an id that begins so; mlops runs lists them'),
  ]);
});

test('a run is shown by the beginning of its id, a version with its run and where it was served', async () => {
  const { run } = (await mlopsOutputs(folder.path, ['show', '--uri', runs[1].slice(0, 12)])) as {
    run: { runId: string; params: Record<string, string> };
  };
  expect([run.runId, run.params.n_estimators]).toEqual([runs[1], '5']);
  const shown = (await mlopsOutputs(folder.path, ['show', '--uri', 'models:/toy@staging'])) as {
    run: { runId: string };
    model: { params: { nEstimators: number }; inputs: { name: string }[] };
    history: { environment: string; to: number }[];
  };
  expect(shown.run.runId).toBe(runs[0]);
  expect(shown.model.params.nEstimators).toBe(3);
  expect(shown.model.inputs.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(shown.history.map(({ environment, to }) => [environment, to])).toEqual([['staging', 1]]);
  const page = await mlops(folder.path, ['show', '--uri', 'models:/toy/1']);
  expect(page.stdout).toMatch(/regression of y[\s\S]*Where it was served[\s\S]*staging/);
});
