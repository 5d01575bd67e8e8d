import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { appendHistory } from '../../src/deployment/history.ts';
import { compactLedger } from '../../src/ledger/compact.ts';
import { openBranch } from '../../src/ledger/open-branch.ts';
import { formatSuccessor, SUCCESSOR } from '../../src/ledger/successor.ts';
import { mlflowEnv } from '../tools/mlflow-server.ts';
import { mlops, mlopsOutputs } from '../tools/mlops.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';
import { BRANCH, ledgerOptions, type Machines, machines, registerOne } from './ledger-machines.ts';

const ENTRY = {
  time: '2026-11-24T12:00:00.000Z',
  action: 'promote' as const,
  environment: 'production',
  from: null,
  to: 2,
  actor: 'ada',
  reason: 'better',
  verdict: 'pass',
  metrics: {},
  digest: 'd',
  commit: null,
  run: null,
};

let at: Machines;
const folders: string[] = [];
beforeEach(async () => {
  at = await machines();
  folders.push(at.folder);
});
afterEach(() => rm(at.folder, { recursive: true, force: true }));
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

const ledger = (...args: string[]) => mlopsOutputs(at.folder, ['ledger', ...args, '--remote', at.remote]);
const failing = async (...args: string[]) => {
  const { status, stderr } = await mlops(at.folder, ['ledger', ...args, '--remote', at.remote]);
  return { status, stderr };
};

async function register(times: number, snapshotEvery = 50): Promise<void> {
  const stores = await at.open({ snapshotEvery });
  for (let i = 0; i < times; i++) await registerOne(stores, at.folder, `flavors: {n: ${i}}\n`);
  await stores.flush();
  await stores.close();
}

/** Puts a file on the branch as somebody would who edits it by hand; undefined removes it. */
async function tamper(path: string, change: (text: string) => string | undefined): Promise<void> {
  const checkout = join(at.folder, 'tampered');
  await rm(checkout, { recursive: true, force: true });
  await mustRun('git', ['clone', '--quiet', '--branch', BRANCH, at.remote, checkout]);
  const changed = change(await readFile(join(checkout, path), 'utf8').catch(() => ''));
  if (changed === undefined) await rm(join(checkout, path));
  else await writeFile(join(checkout, path), changed);
  const git = (...args: string[]) =>
    mustRun('git', ['-C', checkout, '-c', 'user.name=x', '-c', 'user.email=x@y', ...args]);
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'by hand');
  await git('push', '--quiet', 'origin', BRANCH);
}

test('log tells the pushes, newest first, in words', async () => {
  await register(2);
  const { entries } = (await ledger('log')) as { entries: Record<string, unknown>[] };
  expect(entries.map(({ sequence, actor, what }) => [sequence, actor, what])).toEqual([
    [2, 'ada', [expect.stringMatching(/^run [0-9a-f]{8} FINISHED$/), 'bikes v2 registered']],
    [1, 'ada', [expect.stringMatching(/^run [0-9a-f]{8} FINISHED$/), 'bikes v1 registered']],
  ]);
  expect(await ledger('log', '--max-results', '1')).toEqual({ entries: entries.slice(0, 1) });
  expect((await mlops(at.folder, ['ledger', 'log', '--remote', at.remote])).stdout).toMatch(/bikes v2 registered/);
});

test('a ledger that is not there yet is told as such by each command', async () => {
  expect(await ledger('log')).toEqual({ entries: [] });
  expect(await ledger('pull')).toEqual({ files: 0 });
  expect(await ledger('verify')).toEqual({ segments: 0, files: 0, faults: [] });
  expect(await failing('compact', '--successor', 'next')).toEqual({
    status: 2,
    stderr: expect.stringContaining('there is no ledger branch "mlops-ledger" to compact'),
  });
  expect(await failing()).toEqual({
    status: 2,
    stderr: expect.stringContaining(
      '"ledger --remote" is not a command, expected one of ledger log, ledger pull, ledger verify, ledger compact',
    ),
  });
});

test('pull replaces what it has made before, and nothing else', async () => {
  await register(1);
  expect(await ledger('pull', '--into', 'mine')).toEqual({ 'tracking-uri': 'sqlite:///mine/mlflow.db', files: 2 });
  await register(1);
  expect(await ledger('pull', '--into', 'mine')).toEqual({ 'tracking-uri': 'sqlite:///mine/mlflow.db', files: 4 });
  const { runs } = (await mlopsOutputs(at.folder, ['runs', '--tracking-uri', 'sqlite:///mine/mlflow.db'])) as {
    runs: { status: string }[];
  };
  expect(runs.map(({ status }) => status)).toEqual(['FINISHED', 'FINISHED']);
  await mkdir(join(at.folder, 'other'));
  await writeFile(join(at.folder, 'other', 'thesis.md'), 'years of work');
  expect(await failing('pull', '--into', 'other')).toEqual({
    status: 2,
    stderr: expect.stringMatching(/"into" is ".*other", which holds other files \(thesis\.md\)/),
  });
  expect(await readFile(join(at.folder, 'other', 'thesis.md'), 'utf8')).toBe('years of work');
});

test('a whole ledger is proven, with snapshots on the way', async () => {
  await register(7, 3);
  expect(await ledger('verify')).toEqual({ segments: 7, files: 8, faults: [] });
});

test('what was changed by hand is found: a file, a segment, a snapshot', async () => {
  await register(4, 3);
  const file = (await at.git('ls-tree', '-r', '--name-only', BRANCH))
    .split('\n')
    .find((path) => path.startsWith('files/'))!;
  const faults = async () => {
    const outputs = await ledger('verify');
    return outputs.faults;
  };
  await tamper('operations/00000/00000002.ndjson', (text) =>
    text.replace('"rmse","value":41.25', '"rmse","value":4.25'),
  );
  expect(await faults()).toEqual([
    expect.stringMatching(/^snapshots\/00000003\.ndjson:\d+ is not what the segments up to it give$/),
  ]);
  await tamper(file, (text) => `${text}#`);
  expect(await faults()).toEqual([
    expect.stringMatching(/^snapshots/),
    expect.stringMatching(new RegExp(`^${file}, kept as \\d+/.* \\(4 in all\\), has the digest [0-9a-f]{64}$`)),
  ]);
  expect((await failing('verify')).status).toBe(3);
  await tamper(file, () => undefined);
  await tamper('operations/00000/00000001.ndjson', () => undefined);
  expect(await faults()).toEqual(['operations/00000/00000002.ndjson does not follow segment 0']);
});

test('a compacted ledger goes on as another branch, which machines that name the old one follow', async () => {
  await register(3, 2);
  const before = await at.open();
  const late = await at.open();
  await late.registry.setAlias('bikes', 'production', 2);
  await appendHistory(late.registry, 'bikes', ENTRY);
  const compacted = await ledger('compact', '--successor', 'ledger-2027');
  expect(compacted).toEqual({ branch: 'ledger-2027', segments: 4, files: 4 });
  expect(await at.git('log', '--format=%s', 'ledger-2027')).toMatch(
    /^mlops: goes on from mlops-ledger at [0-9a-f]{12}, segment 4$/,
  );
  // One that was open all the while loses its push to the move, and is applied to the new branch.
  expect(await registerOne(before, at.folder)).toBe(4);
  await before.close();
  await late.close();
  const after = await at.open();
  expect(await registerOne(after, at.folder)).toBe(5);
  expect((await after.registry.getRegisteredModel('bikes')).aliases).toEqual({ production: 2 });
  await after.close();
  expect((await at.git('ls-tree', '-r', '--name-only', BRANCH)).split('\n')).not.toContain(
    'operations/00000/00000005.ndjson',
  );
  expect(await ledger('verify')).toEqual({ segments: 6, files: 5, faults: [] });
  expect(await ledger('verify', '--branch', 'ledger-2027')).toEqual({ segments: 6, files: 5, faults: [] });
  expect(await failing('compact', '--successor', 'another')).toEqual({
    status: 2,
    stderr: expect.stringContaining('"mlops-ledger" was compacted before: the ledger is the branch "ledger-2027" now'),
  });
});

test('a move that was broken off after its first push is finished by the next call, with the name that it had', async () => {
  await register(2);
  await tamper(SUCCESSOR, () => formatSuccessor('half-way'));
  const options = await ledgerOptions(at.folder, at.remote);
  const { branch } = await openBranch({ ...options, repository: join(options.directory, 'repository.git') });
  const done = await compactLedger(branch, { ...options, successor: 'other-name' });
  expect(done).toEqual({ branch: BRANCH, successor: 'half-way', sequence: 2, files: 3 });
  const stores = await at.open();
  expect(await registerOne(stores, at.folder)).toBe(3);
  await stores.close();
});

describeWith(['python'], 'a pulled ledger, opened by MLflow', () => {
  test('shows the run with its model, which loads from the folder', async () => {
    await register(1);
    await ledger('pull');
    const script = `
import json, os, sys
from mlflow import MlflowClient
client = MlflowClient(sys.argv[1], sys.argv[1])
[run] = client.search_runs([client.get_experiment_by_name("bikes").experiment_id])
model = client.get_logged_model(client.get_model_version("bikes", "1").source.removeprefix("models:/"))
print(json.dumps([run.info.status, sorted(os.listdir(model.artifact_location))]))
`;
    const uri = `sqlite:///${join(at.folder, 'ledger', 'mlflow.db')}`;
    const seen = JSON.parse(await mustRun(await pythonPeers(), ['-c', script, uri], { env: mlflowEnv() }));
    expect(seen).toEqual(['FINISHED', ['MLmodel', 'native']]);
  });
});
