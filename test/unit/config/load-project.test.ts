import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadProject, type Override } from '../../../src/config/load-project.ts';
import type { MlopsError } from '../../../src/errors/mlops-error.ts';

function project(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-config-'));
  writeFileSync(join(folder, 'mlops.yaml'), yaml);
  return folder;
}

async function failure(run: () => Promise<unknown>): Promise<{ code: string; faults: readonly string[] }> {
  try {
    await run();
  } catch (error) {
    const { code, faults } = error as MlopsError;
    return { code, faults };
  }
  throw new Error('nothing was thrown');
}

test('every fault of mlops.yaml is named at once with line, column, what was given and what is allowed', async () => {
  const cwd = project('data:\n  taget: cnt\nmodel:\n  n-estimators: 0\n  max-depth: deep\n');
  expect(await failure(() => loadProject(cwd, undefined, []))).toEqual({
    code: 'CONFIG_INVALID',
    faults: [
      'mlops.yaml:2:3: "data.taget" is not known here. Did you mean "target"? Known: source, target, time, exclude, csv, s3, checks, split',
      'mlops.yaml:4:3: "model.n-estimators" is "0", expected an integer from 1 to 100000',
      'mlops.yaml:5:3: "model.max-depth" is "deep", expected an integer from 1 up or null',
    ],
  });
});

test('a fault of an input is named by the input, not by the file', async () => {
  const overrides: Override[] = [{ path: ['model', 'n-estimators'], input: 'n-estimators', value: '3O' }];
  expect(await failure(() => loadProject(project('name: bikes\n'), undefined, overrides))).toEqual({
    code: 'INPUT_INVALID',
    faults: ['"n-estimators" is "3O", expected an integer from 1 to 100000'],
  });
});

test('an input takes the place of the value in mlops.yaml and leaves its neighbours', async () => {
  const cwd = project('model: {n-estimators: 50, max-depth: 4}\n');
  const { project: loaded } = await loadProject(cwd, undefined, [
    { path: ['model', 'max-depth'], input: 'max-depth', value: 7 },
  ]);
  expect([loaded.model['n-estimators'], loaded.model['max-depth']]).toEqual([50, 7]);
});

test('a file that was asked for and is not there is an error, the default file may be absent', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'mlops-config-'));
  expect((await loadProject(cwd, undefined, [])).file).toBeUndefined();
  expect(await failure(() => loadProject(cwd, 'other.yaml', []))).toEqual({
    code: 'CONFIG_NOT_FOUND',
    faults: ['"config" is "other.yaml", but there is no such file'],
  });
});

test('a YAML bomb of nested aliases is refused', async () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
  expect((await failure(() => loadProject(project(`${lines.join('\n')}\n`), undefined, []))).code).toBe(
    'CONFIG_INVALID',
  );
});
