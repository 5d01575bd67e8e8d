import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../../tools/run-program.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const run = (tool: string, ...args: string[]) =>
  runProgram(process.execPath, [join(ROOT, 'node_modules/.bin', tool), ...args], { cwd: ROOT });

test('the sources, scripts and tests have no type error', async () => {
  expect(await run('tsc')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('the linter finds nothing', async () => {
  const { status, stderr } = await run('biome', 'check', '--error-on-warnings');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
