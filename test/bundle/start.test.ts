import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ACTIONS } from '../../src/commands/registry.ts';
import { runStep } from '../tools/action-step.ts';
import { laptopEnv, workspace } from '../tools/mlops.ts';
import { runProgram } from '../tools/run-program.ts';

const DIST = resolve(import.meta.dirname, '../../actions/dist');

/** A Node before 24, where the machine has one beside that of the tests. */
function olderNode(): string | undefined {
  const candidates = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'node'));
  return candidates.find((path) => {
    if (!existsSync(path)) return false;
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' });
    return Number(/^v(\d+)/.exec(version)?.[1]) < 24;
  });
}

test('every action starts from the committed bundle and refuses what it does not know', async () => {
  await using folder = await workspace({});
  for (const action of ACTIONS) {
    const step = await runStep(action, folder.path, { nonsense: '1' });
    expect([action, step.status]).toEqual([action, 2]);
    expect(step.stdout).toContain(`"nonsense" is not an input of ${action}.`);
  }
});

test('the stubs only load the bundle, and the licences of what is bundled are beside them', () => {
  for (const action of ACTIONS) expect(readFileSync(join(DIST, `${action}.js`), 'utf8').length).toBeLessThan(200);
  const licences = readFileSync(join(DIST, 'licenses.txt'), 'utf8');
  for (const name of ['@actions/core', 'zod', 'axios', 'fastify', 'csv-parse', '@aws-sdk/client-s3']) {
    expect(licences).toContain(`\n${name}\n`);
  }
  expect(readdirSync(DIST)).toEqual(
    expect.arrayContaining(['index.js', 'forest-worker.js', 'batch-worker.js', 'mlops.js']),
  );
});

test('the bundle holds no path of the machine that made it and no address of a registry', () => {
  const root = resolve(DIST, '../..');
  for (const name of readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((n) =>
    /\.(js|txt|json)$/.test(n),
  )) {
    const text = readFileSync(join(DIST, name), 'utf8');
    expect([name, text.includes(`${root}/`), /registry\.npmjs\.org/.test(text)]).toEqual([name, false, false]);
  }
});

test('mlops from the bundle answers its version and help', async () => {
  await using folder = await workspace({});
  const run = (...args: string[]) =>
    runProgram(process.execPath, [join(DIST, 'mlops.js'), ...args], { cwd: folder.path, env: laptopEnv() });
  expect(await run('--version')).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  const help = await run('--help');
  expect(help.status).toBe(0);
  expect(help.stdout).toMatch(/^ {2}pipeline {8}The whole pipeline/m);
});

const older = olderNode();
test.skipIf(older === undefined)('an older Node is told what to install', async () => {
  await using folder = await workspace({});
  const ran = await runProgram(older!, [join(DIST, 'mlops.js'), 'train'], { cwd: folder.path });
  expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 1, stdout: '' });
  expect(ran.stderr).toMatch(/^mlops needs Node\.js 24 or later, this is \d+\.\d+\.\d+\.\nInstall it from /);
});
