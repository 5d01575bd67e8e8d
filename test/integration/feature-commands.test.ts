import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { laptopEnv, mlops, mlopsOutputs, workspace } from '../tools/mlops.ts';
import { freePort, startProcess } from '../tools/start-process.ts';

const HOUR = 3_600_000;

/** Hourly counts of two stations: the next hour is like the last one. */
function lineOf(hour: number, station: 'A' | 'B'): string {
  const at = new Date(Date.UTC(2024, 0, 1) + hour * HOUR).toISOString().slice(0, 16);
  const bikes = Math.round(20 + 15 * Math.sin(hour / 4) + (station === 'A' ? 5 : 0) + ((hour * 7919) % 5));
  const next = Math.round(20 + 15 * Math.sin((hour + 1) / 4) + (station === 'A' ? 5 : 0));
  return `${at},${station},${bikes},${hour % 3 === 0 ? '' : 10 + (hour % 13)},note ${hour % 4},${next}`;
}

function csv(from: number, to: number): string {
  const lines = Array.from({ length: to - from }, (_, i) => [lineOf(from + i, 'A'), lineOf(from + i, 'B')]).flat();
  return `at,station,bikes,temp,note,next\n${lines.join('\n')}\n`;
}

const PROJECT = `name: stations
data: { source: hours.csv, target: next, time: at }
features:
  steps:
    - impute: { columns: temp, indicator: true }
    - lag: { columns: bikes, group: [station], lags: [1h, 6h], means: [6h] }
    - expression: { output: change, formula: bikes - \`bikes.lag-1h\` }
    - text: { columns: note, flags: { even: '[02]$' } }
    - filter: { formula: bikes > 0 }
model: { n-estimators: 10, export: native-only }
`;

test('steps are told from one another by line and column when they do not fit, and before any training', async () => {
  await using folder = await workspace({
    'hours.csv': csv(0, 48),
    'mlops.yaml': PROJECT.replace('columns: temp,', 'columns: tmep,')
      .replace('bikes > 0', 'biks > 0')
      .replace('means: [6h]', 'mens: [6h]'),
  });
  const first = await mlops(folder.path, ['train']);
  expect([first.status, first.stderr]).toEqual([
    2,
    expect.stringContaining('mlops.yaml:6:64: "features.steps.1.lag.mens" is not known here. Did you mean "means"?'),
  ]);
  await writeFile(
    join(folder.path, 'mlops.yaml'),
    PROJECT.replace('columns: temp,', 'columns: tmep,').replace('bikes > 0', 'biks > 0'),
  );
  const second = await mlops(folder.path, ['train']);
  expect(second.status).toBe(2);
  expect(second.stderr).toContain('FEATURES_INVALID');
  expect(second.stderr).toContain(
    'mlops.yaml:5:17: "features.steps.0.impute.columns" is "tmep", but there is no such column here. Columns: at, station, bikes, temp, note. Did you mean "temp"?',
  );
  expect(second.stderr).toContain(
    'mlops.yaml:9:17: "features.steps.4.filter.formula" is "biks > 0": column 1: there is no column "biks". Did you mean "bikes"?',
  );
}, 120_000);

test('a model whose steps ONNX cannot say is refused by their names, or has the native flavor alone', async () => {
  await using folder = await workspace({
    'hours.csv': csv(0, 96),
    'mlops.yaml': PROJECT.replace(', export: native-only', ''),
  });
  const refused = await mlops(folder.path, ['train']);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('EXPORT_UNSUPPORTED');
  expect(refused.stderr).toContain('the step "lag" ("at", "bikes", "station") cannot be written in ONNX');
  expect(refused.stderr).toContain('the step "text" ("note") cannot be written in ONNX');

  await writeFile(join(folder.path, 'mlops.yaml'), PROJECT);
  const trained = await mlopsOutputs(folder.path, ['train']);
  const model = String(trained['model-uri']);
  const evaluated = await mlopsOutputs(folder.path, ['evaluate', '--model-uri', model, '--champion', 'none']);
  expect(evaluated.verdict).toBe('pass');
  expect((evaluated.metrics as Record<string, number>).r2).toBeGreaterThan(0.8);
}, 180_000);

test('lags are the same in batches and behind HTTP, from rows given along, and refused where nothing has the past', async () => {
  await using folder = await workspace({
    'hours.csv': csv(0, 96),
    'mlops.yaml': PROJECT,
    // Training ends at hour 76: a fifth of the rows is held out.
    'later.csv': csv(77, 120),
    'far.csv': csv(200, 201),
  });
  const { path } = folder;
  const model = String((await mlopsOutputs(path, ['train']))['model-uri']);
  await mlopsOutputs(path, [
    'predict',
    '--model',
    model,
    '--data',
    'later.csv',
    '--output',
    'out',
    '--keep-columns',
    'at,station',
  ]);
  const [file] = (await readdir(join(path, 'out'))).filter((name) => name.endsWith('.csv'));
  const batch = (await readFile(join(path, 'out', file!), 'utf8'))
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const far = await mlops(path, ['predict', '--model', model, '--data', 'far.csv', '--output', 'far']);
  expect([far.status, far.stderr]).toEqual([
    1,
    expect.stringContaining(
      'earlier values of "bikes" are needed for 2 of 2 rows (the first is of 2024-01-09T08:00:00.000Z)',
    ),
  ]);

  const port = await freePort();
  const server = await startProcess(process.execPath, [...SERVE, '--model', model, '--port', String(port)], {
    cwd: path,
    env: laptopEnv(),
    ready: `http://127.0.0.1:${port}/ping`,
    timeoutMs: 60_000,
  });
  try {
    const ask = async (lines: readonly string[]) => {
      const body = JSON.stringify({ dataframe_split: splitOf(lines) });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`http://127.0.0.1:${port}/invocations`, { method: 'POST', headers, body });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const hours = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => lineOf(from + i, 'B'));
    const { body } = await ask(hours(110, 120));
    expect(body).toMatchObject({
      error_code: 'BAD_REQUEST',
      message: expect.stringContaining('earlier values of "bikes" are needed'),
    });
    const given = await ask(hours(77, 120));
    expect(given.status).toBe(200);
    const answers = (given.body.predictions as { prediction: number }[]).map(({ prediction }) => prediction);
    const ofB = batch.filter((cells) => cells[1] === 'B').map((cells) => Number(cells[2]));
    expect(answers).toEqual(ofB);
  } finally {
    await server.stop();
  }
}, 240_000);

const SERVE = [join(import.meta.dirname, '../../src/cli/main.ts'), 'serve'];

function splitOf(lines: readonly string[]) {
  const columns = ['at', 'station', 'bikes', 'temp', 'note'];
  const data = lines.map((line) => {
    const [at, station, bikes, temp, note] = line.split(',');
    return [at, station, Number(bikes), temp === '' ? null : Number(temp), note];
  });
  return { columns, data };
}
