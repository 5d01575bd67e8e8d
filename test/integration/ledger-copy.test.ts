import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyLedger } from '../../src/ledger/local-copy.ts';
import { describeWith } from '../tools/require-tool.ts';
import { BRANCH, type Machines, machines, trainOne } from './ledger-machines.ts';

describeWith(['git'], 'a copy of the ledger for runs that may not write it', () => {
  let all: Machines;
  let into: string;

  beforeEach(async () => {
    all = await machines();
    into = join(all.folder, 'job', 'ledger.git');
    await mkdir(join(all.folder, 'job'));
  });
  afterEach(() => rm(all.folder, { recursive: true, force: true }));

  const copy = (branch = BRANCH) =>
    copyLedger({
      cwd: all.folder,
      branch,
      remote: all.remote,
      credential: () => undefined,
      environment: process.env,
      into,
    });

  test('has what the ledger has; a step goes on where the one before it ended, and the ledger stays as it was', async () => {
    const machine = await all.open();
    const first = await trainOne(machine, all.folder);
    await machine.flush();
    await machine.close();
    const tip = await all.git('rev-parse', BRANCH);

    await copy();
    const step = await all.open({ remote: into });
    expect(await step.tracking.getRun(first.run.runId)).toMatchObject({ status: 'FINISHED', params: { depth: '5' } });
    const second = await trainOne(step, all.folder, 'flavors: {onnx: {}}\n');
    await step.flush();
    await step.close();

    await copy();
    const next = await all.open({ remote: into });
    expect((await next.tracking.getRun(second.run.runId)).runId).toBe(second.run.runId);
    await next.close();
    expect(await all.git('rev-parse', BRANCH)).toBe(tip);
    expect(await readdir(join(all.folder, 'job'))).toEqual(['ledger.git']);
  });

  test('of a ledger that has not begun is empty', async () => {
    await copy();
    const step = await all.open({ remote: into });
    expect(await step.tracking.getExperimentByName('bikes')).toBeUndefined();
    await step.close();
  });

  test('of a remote that cannot be reached is an error, and nothing is left of it', async () => {
    await rm(all.remote, { recursive: true });
    await expect(copy()).rejects.toMatchObject({ code: 'LEDGER_UNREACHABLE' });
    expect(await readdir(join(all.folder, 'job'))).toEqual([]);
  });
});
