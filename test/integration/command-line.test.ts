import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/registry.ts';
import { mlops, workspace } from '../tools/mlops.ts';

const TABLE = `a,y\n${Array.from({ length: 40 }, (_, i) => `${i},${i * 2}\n`).join('')}`;
const TRAIN = ['train', '--data', 'table.csv', '--target', 'y', '--n-estimators', '3'];

test('help lists every command, and a command its flags with what they allow', async () => {
  await using folder = await workspace({});
  const overview = await mlops(folder.path, ['--help']);
  expect({ status: overview.status, stderr: overview.stderr }).toEqual({ status: 0, stderr: '' });
  const listed = [...overview.stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map(([, name]) => name);
  expect(listed).toEqual(Object.keys(COMMANDS));
  const train = await mlops(folder.path, ['train', '--help']);
  expect(train.stdout.replace(/\s+/g, ' ')).toContain(
    '--n-estimators <value> Number of trees. (an integer from 1 to 100000)',
  );
  // Nothing was asked for: wrong usage, but the same help.
  expect(await mlops(folder.path, [])).toEqual({ ...overview, status: 2 });
});

test('with --json the outputs are the only thing on standard output', async () => {
  await using folder = await workspace({ 'table.csv': TABLE });
  const { status, stdout, stderr } = await mlops(folder.path, [...TRAIN, '--json']);
  expect(status).toBe(0);
  expect(Object.keys(JSON.parse(stdout))).toEqual(['run-id', 'model-uri', 'metrics', 'data-digest', 'model-digest']);
  expect(stderr).toMatch(/^✓ ingest {7}40 rows × 2 columns from table\.csv/);
});

test('with --log-format json every line of the log is an object with time, level and message', async () => {
  await using folder = await workspace({ 'table.csv': TABLE });
  const good = await mlops(folder.path, [...TRAIN, '--log-format', 'json', '--json']);
  const lines = good.stderr.trimEnd().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(entries.map(({ level, message }) => [level, String(message).split(':')[0]])).toEqual(
    ['ingest', 'validate', 'features', 'train', 'model'].map((label) => ['info', label]),
  );
  for (const { time, seconds } of entries) {
    expect(new Date(String(time)).toISOString()).toBe(time);
    expect(seconds).toBeGreaterThanOrEqual(0);
  }
  const bad = await mlops(folder.path, ['train', '--data', 'none.csv', '--target', 'y', '--log-format', 'json']);
  expect(JSON.parse(bad.stderr.split('\n')[0]!)).toMatchObject({
    level: 'error',
    code: 'DATA_NOT_FOUND',
    message: '"data" is "none.csv", but nothing is there. Tables there: table.csv',
  });
});
