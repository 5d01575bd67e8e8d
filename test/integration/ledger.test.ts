import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendHistory, type HistoryEntry, readHistory, verifyHistory } from '../../src/deployment/history.ts';
import { resolveModel } from '../../src/registry/resolve-model.ts';
import { mustRun, runProgram } from '../tools/run-program.ts';
import { BRANCH, type Machines, machines, promoteOne, registerOne, trainOne } from './ledger-machines.ts';

let at: Machines;
beforeEach(async () => {
  at = await machines();
});
afterEach(() => rm(at.folder, { recursive: true, force: true }));

const subjects = async () => (await at.git('log', '--format=%s', BRANCH)).split('\n').toReversed();
const WRITER = join(import.meta.dirname, 'ledger-writer.ts');
const writer = (what: string) => runProgram(process.execPath, [WRITER, what, at.folder, at.remote]);

test('a second machine sees runs, versions and aliases of the first, and loads its model files', async () => {
  const first = await at.open();
  const version = await registerOne(first, at.folder);
  await first.registry.setAlias('bikes', 'challenger', version);
  await first.flush('mlops: what this step recorded');
  const [run] = await first.tracking.searchRuns({
    experimentIds: [(await first.tracking.getExperimentByName('bikes'))!.experimentId],
  });
  const model = await first.registry.getRegisteredModel('bikes');
  await first.close();

  const second = await at.open();
  const seen = await second.tracking.getRun(run!.runId);
  const elsewhere = seen.artifactUri;
  expect(elsewhere).not.toBe(run!.artifactUri);
  expect(seen).toEqual({ ...run, artifactUri: elsewhere });
  expect(seen.metrics).toEqual({ rmse: 41.25, odd: Number.NaN, up: Number.POSITIVE_INFINITY });
  expect(await second.registry.getRegisteredModel('bikes')).toEqual(model);
  for (const uri of ['models:/bikes/1', 'models:/bikes@challenger', `runs:/${run!.runId}/model`]) {
    const found = await resolveModel(uri, second, { cwd: at.folder, into: join(at.folder, 'into') });
    expect(await readFile(join(found.directory, 'MLmodel'), 'utf8')).toBe('flavors: {}\n');
    expect(await readFile(join(found.directory, 'native', 'forest.bin'))).toEqual(Buffer.of(0, 10, 13, 255));
  }
  await second.close();
  expect(await subjects()).toEqual([
    expect.stringMatching(/^mlops: run [0-9a-f]{8} FINISHED, bikes v1 registered$/),
    'mlops: what this step recorded',
  ]);
  expect(await at.git('fsck', '--full', '--strict', '--no-dangling')).toBe('');
});

test('the branch is an orphan of readable files, a file kept once, and a command that only reads adds nothing', async () => {
  await mustRun('git', ['clone', '--quiet', at.remote, join(at.folder, 'checkout')]);
  const stores = await at.open({
    origin: { host: 'github', actor: 'ada', commit: 'c0ffee', runUrl: 'https://x/1' },
  });
  await registerOne(stores, at.folder);
  await registerOne(stores, at.folder);
  await stores.flush('nothing');
  await stores.close();
  const files = (await at.git('ls-tree', '-r', '--name-only', BRANCH)).split('\n');
  expect(files).toEqual([
    'README.md',
    expect.stringMatching(/^files\/(..)\/\1[0-9a-f]{62}$/),
    expect.stringMatching(/^files\/(..)\/\1[0-9a-f]{62}$/),
    'operations/00000/00000001.ndjson',
    'operations/00000/00000002.ndjson',
  ]);
  const segment = (await at.git('show', `${BRANCH}:${files.at(-1)}`)).split('\n').map((line) => JSON.parse(line));
  expect(segment[0]).toMatchObject({ format: 1, actor: 'ada', commit: 'c0ffee', run: 'https://x/1' });
  expect(segment.slice(1).map(({ op }) => op)).toEqual([
    ...['createRun', 'createLoggedModel', 'putFiles', 'finalizeLoggedModel', 'logBatch', 'endRun'],
    'createModelVersion',
  ]);
  expect(segment.at(-1).storageLocation).toMatch(/^mlops-ledger:\/\d{15}\/models\/m-[0-9a-f]{32}\/artifacts$/);
  expect(await at.git('log', '-1', '--format=%an <%ae> %cn', BRANCH)).toBe(
    'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com> github-actions[bot]',
  );
  expect(await at.git('rev-list', '--max-parents=0', '--count', BRANCH)).toBe('1');

  const tip = await at.git('rev-parse', BRANCH);
  const reader = await at.open();
  await reader.registry.listModelVersions('bikes');
  await reader.flush('nothing');
  await reader.close();
  expect(await at.git('rev-parse', BRANCH)).toBe(tip);
});

test('only the files that are asked for come to a machine', async () => {
  const first = await at.open();
  await registerOne(first, at.folder, 'one: {}\n');
  await registerOne(first, at.folder, 'two: {}\n');
  await first.close();
  const directory = join(at.folder, 'second');
  const second = await at.open({ directory });
  const objects = async () =>
    (
      await mustRun('git', [
        ...[`--git-dir=${join(directory, 'repository.git')}`, 'cat-file', '--batch-all-objects'],
        '--batch-check=%(objecttype)',
      ])
    ).match(/blob/g)?.length;
  // The two segments.
  expect(await objects()).toBe(2);
  const found = await resolveModel('models:/bikes/2', second, { cwd: at.folder, into: at.folder });
  expect(await readFile(join(found.directory, 'MLmodel'), 'utf8')).toBe('two: {}\n');
  expect(await objects()).toBe(4);
  await second.close();
});

test('two machines that register at the same time get two numbers, and nothing of either is lost', async () => {
  const [one, two] = [await at.open(), await at.open()];
  const versions = [await registerOne(one, at.folder, 'one: {}\n'), await registerOne(two, at.folder, 'two: {}\n')];
  expect(versions).toEqual([1, 2]);
  expect((await two.registry.getModelVersion('bikes', 2)).version).toBe(2);
  await two.registry.setAlias('bikes', 'challenger', 2);
  await Promise.all([one.flush('one'), two.flush('two')]);
  await Promise.all([one.close(), two.close()]);

  const third = await at.open();
  expect((await third.registry.listModelVersions('bikes')).map(({ version }) => version)).toEqual([2, 1]);
  expect((await third.registry.getRegisteredModel('bikes')).aliases).toEqual({ challenger: 2 });
  const { experimentId } = (await third.tracking.getExperimentByName('bikes'))!;
  expect(await third.tracking.searchRuns({ experimentIds: [experimentId] })).toHaveLength(2);
  const texts = [];
  for (const version of [1, 2]) {
    const found = await resolveModel(`models:/bikes/${version}`, third, { cwd: at.folder, into: at.folder });
    texts.push(await readFile(join(found.directory, 'MLmodel'), 'utf8'));
  }
  expect(texts).toEqual(['one: {}\n', 'two: {}\n']);
  await third.close();
});

test('processes that push at once all land, each with a version of its own', async () => {
  const ran = await Promise.all(Array.from({ length: 5 }, () => writer('register')));
  expect(ran.map(({ stderr }) => stderr).join('')).toBe('');
  expect(ran.map(({ stdout }) => Number(stdout)).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  const stores = await at.open();
  expect((await stores.registry.listModelVersions('bikes')).map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
  await stores.close();
  expect(await at.git('rev-list', '--count', BRANCH)).toBe('5');
  expect(await at.git('fsck', '--full', '--strict', '--no-dangling')).toBe('');
});

test('calls at the same time in one process are recorded one after the other', async () => {
  const stores = await at.open();
  const versions = await Promise.all(['a\n', 'b\n', 'c\n'].map((text) => registerOne(stores, at.folder, text)));
  expect(versions.sort()).toEqual([1, 2, 3]);
  await stores.flush();
  await stores.close();
  const reader = await at.open();
  expect((await reader.registry.listModelVersions('bikes')).map(({ version }) => version)).toEqual([3, 2, 1]);
  const { experimentId } = (await reader.tracking.getExperimentByName('bikes'))!;
  const runs = await reader.tracking.searchRuns({ experimentIds: [experimentId] });
  expect(runs.map(({ status }) => status)).toEqual(['FINISHED', 'FINISHED', 'FINISHED']);
  await reader.close();
});

test('a process that is killed before its push leaves the branch as it was', async () => {
  expect((await writer('register')).stdout).toBe('1\n');
  const tip = await at.git('rev-parse', BRANCH);
  await expect(writer('die')).rejects.toMatchObject({ signal: 'SIGKILL' });
  expect(await at.git('rev-parse', BRANCH)).toBe(tip);
  expect((await writer('register')).stdout).toBe('2\n');
  expect(await at.git('fsck', '--full', '--strict', '--no-dangling')).toBe('');
});

test('of two promotions at the same time one wins: the other moves no alias and says who was faster', async () => {
  const setup = await at.open();
  await registerOne(setup, at.folder);
  await registerOne(setup, at.folder);
  await promoteOne(setup, 1, 1, 'ada');
  await setup.close();

  const [winner, loser] = [await at.open(), await at.open()];
  await loser.registry.setAlias('bikes', 'challenger', 2);
  await promoteOne(winner, 2, 2, 'bob');
  await expect(promoteOne(loser, 1, 2, 'eve')).rejects.toMatchObject({
    code: 'LEDGER_CONFLICT',
    message: expect.stringContaining('{"to":2,"actor":"bob"}'),
  });
  const after = {
    aliases: { production: 2, challenger: 2 },
    tags: {
      'mlops.history.000001': '{"to":1,"actor":"ada"}',
      'mlops.history.000002': '{"to":2,"actor":"bob"}',
    },
  };
  expect(await loser.registry.getRegisteredModel('bikes')).toMatchObject(after);
  await loser.flush('what else it recorded');
  await Promise.all([winner.close(), loser.close()]);
  const reader = await at.open();
  expect(await reader.registry.getRegisteredModel('bikes')).toMatchObject(after);
  await reader.close();
});

test('a promotion that cannot be pushed is taken back as a whole, and a later flush does not bring it', async () => {
  const setup = await at.open();
  await registerOne(setup, at.folder);
  await setup.close();
  const stores = await at.open();
  const hook = join(at.remote, 'hooks', 'pre-receive');
  await writeFile(hook, '#!/bin/sh\necho "protected branch hook declined" >&2\nexit 1\n', { mode: 0o755 });
  await expect(promoteOne(stores, 1, 1, 'ada')).rejects.toMatchObject({
    code: 'LEDGER_UNREACHABLE',
    message: expect.stringMatching(/cannot be written: .*protected branch hook declined.*contents: write/),
  });
  await expect(registerOne(stores, at.folder)).rejects.toMatchObject({ code: 'LEDGER_UNREACHABLE' });
  await expect(stores.flush('again')).rejects.toMatchObject({ code: 'LEDGER_UNREACHABLE' });
  expect(await stores.registry.getRegisteredModel('bikes')).toMatchObject({ aliases: {}, tags: {} });
  await rm(hook);
  // The run of the version that was refused is kept, the version is not.
  await stores.flush('again');
  await stores.close();
  const reader = await at.open();
  expect((await reader.registry.getRegisteredModel('bikes')).aliases).toEqual({});
  expect((await reader.registry.listModelVersions('bikes')).map(({ version }) => version)).toEqual([1]);
  const { experimentId } = (await reader.tracking.getExperimentByName('bikes'))!;
  expect(await reader.tracking.searchRuns({ experimentIds: [experimentId] })).toHaveLength(2);
  await reader.close();
});

test('a param that two machines give different values is the one of the first, and the second hears of it', async () => {
  const setup = await at.open();
  const { run } = await trainOne(setup, at.folder);
  await setup.flush('setup');
  await setup.close();
  const [one, two] = [await at.open(), await at.open()];
  await one.tracking.logBatch(run.runId, { params: { seed: '1' } });
  await two.tracking.logBatch(run.runId, { params: { seed: '2' } });
  await two.tracking.logBatch(run.runId, { tags: { by: 'two' } });
  await one.flush('one');
  await expect(two.flush('two')).rejects.toMatchObject({
    code: 'LEDGER_CONFLICT',
    faults: [expect.stringContaining('param "seed" of run')],
  });
  expect(await two.tracking.getRun(run.runId)).toMatchObject({ params: { seed: '1' }, tags: { by: 'two' } });
  await two.flush('two');
  await Promise.all([one.close(), two.close()]);
});

test('a push that arrived although its answer was lost is not made twice', async () => {
  const stores = await at.open();
  await stores.registry.createRegisteredModel('bikes', '');
  await stores.flush('first');
  // The branch moves as a push would move it, and the client hears of a failure.
  const hook = join(at.remote, 'hooks', 'post-receive');
  await writeFile(hook, `#!/bin/sh\nif [ ! -e seen ]; then touch seen; kill -9 $PPID; fi\n`, { mode: 0o755 });
  expect(await registerOne(stores, at.folder)).toBe(1);
  await stores.close();
  const reader = await at.open();
  expect((await reader.registry.listModelVersions('bikes')).map(({ version }) => version)).toEqual([1]);
  await reader.close();
  expect(await at.git('rev-list', '--count', BRANCH)).toBe('2');
});

test('the chain of the promotion history is whole after machines have taken turns', async () => {
  const entry = (to: number): Omit<HistoryEntry, 'sequence' | 'previous' | 'hash'> => ({
    time: new Date(to).toISOString(),
    action: 'promote',
    environment: 'production',
    from: null,
    to,
    actor: 'ada',
    reason: 'better',
    verdict: 'pass',
    metrics: { rmse: 41.2 },
    digest: 'd',
    commit: null,
    run: null,
  });
  for (const to of [1, 2, 3]) {
    const stores = await at.open();
    await registerOne(stores, at.folder);
    await stores.registry.setAlias('bikes', 'production', to);
    await appendHistory(stores.registry, 'bikes', entry(to));
    await stores.close();
  }
  const stores = await at.open();
  const history = await readHistory(stores.registry, 'bikes');
  expect(history.map(({ to }) => to)).toEqual([1, 2, 3]);
  expect(verifyHistory(history)).toEqual([]);
  await stores.close();
});
