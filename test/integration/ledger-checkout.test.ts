import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mustRun } from '../tools/run-program.ts';
import { BRANCH, type Machines, machines, promoteOne, registerOne } from './ledger-machines.ts';

let at: Machines;
let checkout: string;
beforeEach(async () => {
  at = await machines();
  checkout = join(at.folder, 'checkout');
  const seed = join(at.folder, 'seed');
  const git = (...args: string[]) => mustRun('git', ['-C', seed, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
  await mustRun('git', ['clone', '--quiet', at.remote, seed]);
  for (const text of ['one', 'two']) {
    await mkdir(join(seed, 'sub'), { recursive: true });
    await writeFile(join(seed, 'sub', 'data.csv'), text);
    await git('add', '.');
    await git('commit', '--quiet', '-m', text);
  }
  await git('push', '--quiet', 'origin', 'HEAD:main');
  // As actions/checkout does.
  await mustRun('git', ['clone', '--quiet', '--depth=1', '--branch=main', `file://${at.remote}`, checkout]);
});
afterEach(() => rm(at.folder, { recursive: true, force: true }));

/** Every file of a folder with the digest of its bytes. */
async function contentsOf(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    if ((await stat(path)).isFile())
      found[name] = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
  }
  return found;
}

test('a shallow checkout stays as it was, to the byte, even when a hook of it runs the command', async () => {
  await writeFile(join(checkout, 'sub', 'data.csv'), 'changed');
  await writeFile(join(checkout, 'new.txt'), 'new');
  await mustRun('git', ['-C', checkout, 'add', 'new.txt']);
  const before = await contentsOf(checkout);
  const stores = await at.open({
    cwd: join(checkout, 'sub'),
    remote: 'origin',
    environment: { ...process.env, GIT_DIR: join(checkout, '.git'), GIT_INDEX_FILE: join(checkout, '.git', 'index') },
  });
  expect(await registerOne(stores, at.folder)).toBe(1);
  await promoteOne(stores, 1, 1, 'ada');
  await stores.flush('mlops: recorded');
  await stores.close();
  expect(await contentsOf(checkout)).toEqual(before);
  expect(await at.git('log', '-1', '--format=%s', BRANCH)).toBe('mlops: bikes@production → v1');
  expect(await at.git('rev-list', '--count', 'main')).toBe('2');
  expect(await at.git('fsck', '--full', '--strict', '--no-dangling')).toBe('');
});

test('a remote by a relative path is the one that git in the checkout means', async () => {
  await mustRun('git', ['-C', checkout, 'remote', 'set-url', 'origin', '../remote.git']);
  const stores = await at.open({ cwd: join(checkout, 'sub'), remote: 'origin' });
  await stores.registry.createRegisteredModel('bikes', '');
  await stores.flush('recorded');
  await stores.close();
  expect(await at.git('log', '--format=%s', BRANCH)).toBe('recorded');
});

test('an unknown remote, a folder without checkout, a remote that is not there and a missing git each say what to do', async () => {
  const code = 'LEDGER_UNREACHABLE';
  const failing = (options: Parameters<Machines['open']>[0]) => expect(at.open(options)).rejects;
  await failing({ cwd: checkout, remote: 'orgin' }).toMatchObject({
    code,
    message: expect.stringContaining('(remotes: origin. Did you mean "origin"?). Check the repository out first'),
  });
  await failing({ cwd: at.folder, remote: 'origin' }).toMatchObject({
    code,
    message: expect.stringContaining('(not a git repository'),
  });
  await failing({ cwd: checkout, remote: '../none.git' }).toMatchObject({
    code,
    message: expect.stringMatching(
      /^the ledger branch "mlops-ledger" of .*none\.git cannot be read: .*does not appear to be a git/,
    ),
  });
  await failing({ cwd: checkout, remote: 'origin', environment: { PATH: at.folder } }).toMatchObject({
    code,
    message: 'the ledger needs the program "git", which is not on the PATH',
  });
  await failing({ cwd: checkout, remote: 'origin', branch: 'a..b' }).toMatchObject({ code: 'CONFIG_INVALID' });
});

test('opening reads one snapshot and the segments after it, and gives the state that the whole log gives', async () => {
  const snapshotEvery = 4;
  const stores = await at.open({ snapshotEvery });
  for (let i = 1; i <= 6; i++) {
    await registerOne(stores, at.folder, `m${i}: {}\n`);
    if (i % 2 === 0) await promoteOne(stores, i, i / 2, 'ada');
  }
  await stores.close();
  const names = async () =>
    (await at.git('ls-tree', '-r', '--name-only', BRANCH, 'operations', 'snapshots')).split('\n');
  expect(await names()).toEqual([
    ...Array.from({ length: 9 }, (_, i) => `operations/00000/0000000${i + 1}.ndjson`),
    'snapshots/00000008.ndjson',
  ]);

  const directory = join(at.folder, 'fresh');
  const fresh = await at.open({ directory });
  const objects = await mustRun('git', [
    ...[`--git-dir=${join(directory, 'repository.git')}`, 'cat-file', '--batch-all-objects'],
    '--batch-check=%(objecttype)',
  ]);
  expect(objects.match(/blob/g)).toHaveLength(2);

  // The same log without its snapshot.
  await at.git('read-tree', `--index-output=${join(at.remote, 'index')}`, BRANCH);
  await at.git('rm', '-r', '--cached', '--quiet', 'snapshots');
  const tree = await at.git('write-tree');
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
  const commit = await at.git(...author, 'commit-tree', '-p', BRANCH, '-m', 'no snapshot', tree);
  await at.git('branch', 'replayed', commit);
  const replayed = await at.open({ branch: 'replayed' });
  expect(await replayed.registry.getRegisteredModel('bikes')).toEqual(await fresh.registry.getRegisteredModel('bikes'));
  const { experimentId } = (await fresh.tracking.getExperimentByName('bikes'))!;
  const runs = async (from: typeof fresh) =>
    (await from.tracking.searchRuns({ experimentIds: [experimentId] })).map(({ artifactUri: _here, ...run }) => run);
  expect(await runs(replayed)).toEqual(await runs(fresh));
  expect(await runs(fresh)).toHaveLength(6);
  expect(await registerOne(fresh, at.folder)).toBe(7);
  await Promise.all([fresh.close(), replayed.close()]);
});

test('a file of the branch that was changed by hand is named, and its bytes are not used', async () => {
  const stores = await at.open();
  await registerOne(stores, at.folder);
  await stores.close();
  const bad = async (path: string, content: string) => {
    const file = join(at.folder, 'bad');
    await writeFile(file, content);
    await at.git('read-tree', `--index-output=${join(at.remote, 'index')}`, BRANCH);
    const oid = await at.git('hash-object', '-w', file);
    await at.git('update-index', '--add', '--cacheinfo', `100644,${oid},${path}`);
    const tree = await at.git('write-tree');
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
    const commit = await at.git(...author, 'commit-tree', '-p', BRANCH, '-m', 'by hand', tree);
    await at.git('branch', '--force', 'bad', commit);
    return at.open({ branch: 'bad' });
  };
  const model = (await at.git('ls-tree', '-r', '--name-only', BRANCH, 'files')).split('\n')[0]!;
  const altered = await bad(model, 'altered');
  const [version] = await altered.registry.listModelVersions('bikes');
  await expect(altered.tracking.artifacts(version!.storageLocation).fetch('', at.folder)).rejects.toMatchObject({
    code: 'LEDGER_DAMAGED',
    message: expect.stringMatching(new RegExp(`^${model} has the digest`)),
  });
  await altered.close();
  await expect(bad('operations/00000/00000002.ndjson', '{}\n')).rejects.toMatchObject({
    code: 'LEDGER_DAMAGED',
    message: expect.stringMatching(/^operations\/00000\/00000002\.ndjson:1 is not what this version writes/),
  });
  await expect(bad('operations/00000/00000003.ndjson', '{}\n')).rejects.toMatchObject({
    code: 'LEDGER_DAMAGED',
    message: 'operations/00000/00000003.ndjson does not follow segment 1',
  });
});
