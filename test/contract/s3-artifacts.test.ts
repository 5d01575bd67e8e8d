import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLedgerStores } from '../../src/ledger/ledger.ts';
import { openStores } from '../../src/registry/open-stores.ts';
import { type FaultyProxy, startFaultyProxy } from '../tools/faulty-proxy.ts';
import { mlflowEnv, startMlflowServer } from '../tools/mlflow-server.ts';
import { pythonPeers, storageExtras } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';
import { type Bucket, createBucket } from '../tools/s3-bucket.ts';
import { type S3Server, startVersitygw } from '../tools/versitygw.ts';
import { storeContract } from './store-contract.ts';

const MIB = 2 ** 20;

describeWith(['go'], 'artifacts in S3', () => {
  let s3: S3Server;
  let proxy: FaultyProxy;
  let bucket: Bucket;
  let folder: string;
  let databases = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 's3-artifacts-'));
    s3 = await startVersitygw();
    proxy = await startFaultyProxy(s3.env.AWS_ENDPOINT_URL_S3!);
    bucket = await createBucket(s3.env, 'models');
  });
  afterAll(async () => {
    bucket?.close();
    await proxy?.stop();
    await s3?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** An SQLite file of its own each time, artifacts below the prefix. */
  const open = (prefix: string, { env = {}, signal }: { env?: Record<string, string>; signal?: AbortSignal } = {}) =>
    openStores({
      trackingUri: `sqlite:///${join(folder, `${++databases}.db`)}`,
      artifactRoot: `s3://models/${prefix}`,
      cwd: folder,
      credential: (name) => ({ ...s3.env, AWS_ENDPOINT_URL_S3: proxy.url, ...env })[name],
      ...(signal === undefined ? {} : { signal }),
    });
  const artifactsBelow = async (prefix: string, options: Parameters<typeof open>[1] = {}) =>
    (await open(prefix, options)).tracking.artifacts(`s3://models/${prefix}`);
  const keys = async (prefix: string): Promise<string[]> =>
    (await bucket.objects()).filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key.slice(prefix.length));
  const made = (name: string, files: Readonly<Record<string, string | Uint8Array>>): string => {
    const root = join(folder, name);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return root;
  };

  storeContract('the SQLite store with artifacts in S3', async () => open('contract'));

  storeContract('the store on a ledger branch with artifacts in S3', async () => {
    const remote = join(folder, 'remote.git');
    await mustRun('git', ['init', '--quiet', '--bare', remote]);
    return openLedgerStores({
      ...{ cwd: folder, branch: 'mlops-ledger', remote, directory: join(folder, 'ledger'), environment: process.env },
      ...{ artifactRoot: 's3://models/ledger', credential: (name: string) => s3.env[name], now: Date.now },
      origin: { host: 'local', actor: 'ada', commit: undefined, runUrl: undefined },
      log: () => {},
    });
  });

  test('a machine with another disk reads through the ledger what the first one has put into S3', async () => {
    const remote = join(folder, 'two.git');
    await mustRun('git', ['init', '--quiet', '--bare', remote]);
    const machine = (name: string, artifactRoot?: string) =>
      openLedgerStores({
        ...{ cwd: folder, branch: 'mlops-ledger', remote, directory: join(folder, name), environment: process.env },
        ...{ artifactRoot, credential: (key: string) => s3.env[key], now: Date.now, log: () => {} },
        origin: { host: 'local', actor: 'ada', commit: undefined, runUrl: undefined },
      });
    const first = await machine('first', 's3://models/two');
    const { experimentId } = await first.tracking.getOrCreateExperiment('bikes');
    const run = await first.tracking.createRun({ experimentId, runName: 'train', startTime: 1, tags: {} });
    await first.tracking.artifacts(run.artifactUri).upload(made('note', { 'a.txt': 'kept' }), 'notes');
    await first.flush();
    await first.close();
    expect(run.artifactUri).toBe(`s3://models/two/${experimentId}/${run.runId}/artifacts`);
    // Where an experiment keeps its artifacts was decided when it was made.
    const second = await machine('second');
    const { artifactUri } = await second.tracking.getRun(run.runId);
    const fetched = await second.tracking.artifacts(artifactUri).fetch('notes', join(folder, 'at-second'));
    expect(readFileSync(join(fetched, 'a.txt'), 'utf8')).toBe('kept');
    await second.close();
  });

  test('a large file goes and comes in parts, sent again and gone on with where the connection is cut', async () => {
    const large = randomBytes(21 * MIB + 5);
    const source = made('large', { MLmodel: 'flavors: {}', 'native/größe 1.bin': large });
    const artifacts = await artifactsBelow('large');
    const cut = new Set<string>();
    const once = (what: string, fault: { cutAfter: number }) => {
      if (cut.has(what)) return undefined;
      cut.add(what);
      return fault;
    };
    proxy.fault = ({ method, path, range }) =>
      method === 'PUT' && path.includes('partNumber=2')
        ? once('part', { cutAfter: -1 })
        : method === 'GET' && range?.startsWith('bytes=8388608-')
          ? once('range', { cutAfter: 3 * MIB })
          : undefined;
    proxy.seen.length = 0;
    await artifacts.upload(source, 'model');
    const fetched = await artifacts.fetch('model', join(folder, 'large-down'));
    proxy.fault = () => undefined;
    expect([...cut]).toEqual(['part', 'range']);
    expect(readFileSync(join(fetched, 'native/größe 1.bin')).equals(large)).toBe(true);
    expect(proxy.seen.some(({ range }) => range === `bytes=${11 * MIB}-${16 * MIB - 1}`)).toBe(true);
    expect(await bucket.underWay()).toEqual([]);
    expect((await keys('large/')).sort()).toEqual(['model/MLmodel', 'model/native/größe 1.bin']);
  });

  test('an upload that was interrupted leaves no model, and the next one sends only what is missing', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`part ${i}.bin`, `content ${i}`]));
    const source = made('resumed', { MLmodel: 'flavors: {}', ...files });
    const artifacts = await artifactsBelow('resumed');
    proxy.fault = ({ method, path }) =>
      method === 'PUT' && path.includes('part%2011.bin')
        ? { status: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' }
        : undefined;
    await expect(artifacts.upload(source, '')).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    proxy.fault = () => undefined;
    const there = await keys('resumed/');
    expect(there).not.toContain('MLmodel');
    proxy.seen.length = 0;
    await artifacts.upload(source, '');
    const sent = proxy.seen.filter(({ method }) => method === 'PUT').map(({ path }) => path.split('?')[0]);
    expect(sent.sort()).toEqual(
      ['MLmodel', ...Object.keys(files)]
        .filter((name) => !there.includes(name))
        .map((name) => `/models/resumed/${encodeURIComponent(name)}`)
        .sort(),
    );
    expect((await keys('resumed/')).sort()).toEqual(['MLmodel', ...Object.keys(files)].sort());
    writeFileSync(join(source, 'part 3.bin'), 'CONTENT 3');
    await artifacts.upload(source, '');
    const fetched = await artifacts.fetch('part 3.bin', join(folder, 'resumed-down'));
    expect(readFileSync(fetched, 'utf8')).toBe('CONTENT 3');
  });

  test('what comes in changed is refused, and nothing of the download is left', async () => {
    const artifacts = await artifactsBelow('flipped');
    await artifacts.upload(made('flipped', { MLmodel: 'x', 'forest.bin': randomBytes(9 * MIB) }), 'model');
    proxy.fault = ({ method, range }) => (method === 'GET' && range !== undefined ? { flipAt: MIB / 2 } : undefined);
    const into = join(folder, 'flipped-down');
    await expect(artifacts.fetch('model', into)).rejects.toMatchObject({
      code: 'DATA_UNREADABLE',
      message: expect.stringContaining('s3://models/flipped/model/forest.bin: what came in'),
    });
    proxy.fault = () => undefined;
    expect(readdirSync(into)).toEqual([]);
  });

  test.each([
    [{ AWS_SECRET_ACCESS_KEY: 'another-secret-0123456789' }, 'ACCESS_DENIED', 'SignatureDoesNotMatch'],
    [{ AWS_ACCESS_KEY_ID: 'nobody' }, 'ACCESS_DENIED', 'AWS_ACCESS_KEY_ID is not known there'],
  ])('keys that S3 does not take are told without their secret: %j', async (env, code, message) => {
    const artifacts = await artifactsBelow('refused', { env });
    const source = made('refused', { MLmodel: 'x' });
    const works = [
      () => artifacts.upload(source, ''),
      () => artifacts.list(''),
      () => artifacts.fetch('MLmodel', folder),
    ];
    for (const work of works) {
      const error: Error = await work().then(
        () => expect.fail('did not fail'),
        (thrown) => thrown,
      );
      expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
      for (const secret of [s3.env.AWS_SECRET_ACCESS_KEY!, 'another-secret-0123456789'])
        expect(`${error.message}${error.stack}`).not.toContain(secret);
    }
  });

  test('names that S3 cannot keep, a bucket that is not there and a root that MLflow would misread are told', async () => {
    const artifacts = await artifactsBelow('names');
    const source = made('names', { 'a.txt': 'x' });
    await expect(artifacts.upload(source, 'x'.repeat(1_020))).rejects.toMatchObject({ code: 'ARTIFACT_PATH_INVALID' });
    await expect(artifacts.upload(join(source, 'a.txt'), '')).rejects.toMatchObject({ code: 'ARTIFACT_PATH_INVALID' });
    await artifacts.upload(source, 'b');
    await expect(artifacts.upload(join(source, 'a.txt'), 'b')).rejects.toMatchObject({ code: 'ARTIFACT_PATH_INVALID' });
    expect(await keys('names/')).toEqual(['b/a.txt']);
    const elsewhere = (await open('x')).tracking.artifacts('s3://no-such-bucket/x');
    await expect(elsewhere.upload(source, '')).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    await expect(elsewhere.list('')).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
    await expect(open('a?b')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('a run that is being stopped ends its uploads and leaves none under way', async () => {
    const stopping = new AbortController();
    const artifacts = await artifactsBelow('stopped', { signal: stopping.signal });
    const source = made('stopped', { MLmodel: 'x', 'forest.bin': randomBytes(20 * MIB) });
    proxy.fault = ({ path }) => {
      if (path.includes('partNumber=1')) stopping.abort();
      return undefined;
    };
    await expect(artifacts.upload(source, '')).rejects.toMatchObject({ name: 'AbortError' });
    proxy.fault = () => undefined;
    expect(await keys('stopped/')).toEqual([]);
    expect(await bucket.underWay()).toEqual([]);
  });

  describeWith(['python'], 'beside MLflow', () => {
    const clientEnv = async () => ({ ...mlflowEnv(), ...s3.env, PYTHONPATH: await storageExtras() });
    const digestsOf = (files: Readonly<Record<string, string | Uint8Array>>) =>
      Object.fromEntries(
        Object.entries(files).map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')]),
      );
    const names = { MLmodel: 'flavors: {}\n', 'a/b/größe & 100% #1?.txt': 'x', 'forest 1.bin': randomBytes(9 * MIB) };

    test('its own client reads what we have put there, and we read what it has', async () => {
      const trackingUri = `sqlite:///${join(folder, 'shared.db')}`;
      const credential = (name: string) => s3.env[name];
      const stores = await openStores({ trackingUri, artifactRoot: 's3://models/shared é/x', cwd: folder, credential });
      const { experimentId } = await stores.tracking.getOrCreateExperiment('shared');
      const run = await stores.tracking.createRun({ experimentId, runName: 'r', startTime: 1, tags: {} });
      const { modelId, artifactLocation } = await stores.tracking.createLoggedModel({
        ...{ name: 'model', experimentId, sourceRunId: run.runId },
      });
      const source = made('shared', names);
      await stores.tracking.artifacts(run.artifactUri).upload(source, '');
      await stores.tracking.artifacts(artifactLocation).upload(source, '');
      await stores.tracking.finalizeLoggedModel(modelId, 'READY');
      await stores.tracking.endRun(run.runId, 'FINISHED', 2);
      const script = join(import.meta.dirname, '../integration/s3_artifacts.py');
      const args = [script, trackingUri, run.runId, modelId, 'shared', join(folder, 'client')];
      const seen = JSON.parse(await mustRun(await pythonPeers(), args, { env: await clientEnv() }));
      expect(seen).toMatchObject({ run: digestsOf(names), model: digestsOf(names) });
      const own = stores.tracking.artifacts((await stores.tracking.getRun(seen.own)).artifactUri);
      expect(own.location).toBe(seen.own_uri);
      const fetched = await own.fetch('notes', join(folder, 'of-client'));
      expect(readFileSync(join(fetched, 'from the client é.txt'), 'utf8')).toBe('größe');
      await stores.close();
    });

    test('a server that hands out locations in S3 leaves the transfer to us', async () => {
      const server = await startMlflowServer({ artifactRoot: 's3://models/handed-out', env: s3.env });
      try {
        const credential = (name: string) => s3.env[name];
        const stores = await openStores({ trackingUri: server.url, cwd: folder, credential });
        const { experimentId } = await stores.tracking.getOrCreateExperiment('handed out');
        const run = await stores.tracking.createRun({ experimentId, runName: 'r', startTime: 1, tags: {} });
        expect(run.artifactUri).toBe(`s3://models/handed-out/${experimentId}/${run.runId}/artifacts`);
        const artifacts = stores.tracking.artifacts(run.artifactUri);
        await artifacts.upload(made('handed-out', names), 'model');
        expect(await artifacts.list('model')).toEqual(
          Object.entries(names)
            .map(([name, content]) => ({ path: `model/${name}`, size: Buffer.byteLength(content) }))
            .sort((a, b) => (a.path < b.path ? -1 : 1)),
        );
        // The server itself finds them there.
        const url = `${server.url}/api/2.0/mlflow/artifacts/list?run_id=${run.runId}&path=model`;
        const { files } = (await (await fetch(url)).json()) as { files: { path: string; is_dir: boolean }[] };
        expect(files.map(({ path }) => path)).toEqual(['model/MLmodel', 'model/a', 'model/forest 1.bin']);
        await stores.close();
      } finally {
        await server.stop();
      }
    });
  });
});
