import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendHistory, readHistory, verifyHistory } from '../../src/deployment/history.ts';
import { openStores, type Stores } from '../../src/registry/open-stores.ts';
import { resolveModel } from '../../src/registry/resolve-model.ts';
import { type MlflowServer, startMlflowServer } from '../tools/mlflow-server.ts';
import { mlops, mlopsOutputs } from '../tools/mlops.ts';
import { describeWith } from '../tools/require-tool.ts';

let folder: string;
const open = (trackingUri: string) => openStores({ trackingUri, cwd: folder, credential: () => undefined });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrate-'));
  const stores = await open('sqlite:///old.db');
  await fill(stores);
  await stores.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Nested runs, odd metrics, a run that failed, two versions, aliases and a history. */
async function fill({ tracking, registry }: Stores): Promise<void> {
  const { experimentId } = await tracking.getOrCreateExperiment('bikes');
  const model = join(folder, 'files');
  await mkdir(join(model, 'native'), { recursive: true });
  await writeFile(join(model, 'MLmodel'), 'flavors: {}\n');
  await writeFile(join(model, 'native', 'forest.bin'), Uint8Array.of(0, 10, 13, 255));
  let parent = '';
  for (let i = 0; i < 3; i++) {
    const tags = i === 0 ? { 'mlflow.note.content': 'the first' } : { 'mlflow.parentRunId': parent };
    const run = await tracking.createRun({ experimentId, runName: `run ${i}`, startTime: 1000 + i, tags });
    if (i === 0) parent = run.runId;
    const metrics = [1, 2, 3].map((step) => ({ key: 'rmse', value: i / step, timestamp: 5, step }));
    const odd = { key: 'odd', value: [Number.NaN, Number.POSITIVE_INFINITY, 0][i]!, timestamp: 5, step: 0 };
    await tracking.logBatch(run.runId, { params: { depth: String(i) }, metrics: [...metrics, odd] });
    const dataset = {
      name: 'hours.csv',
      digest: 'abcd',
      sourceType: 'local',
      source: '{}',
      schema: '{}',
      profile: '{}',
    };
    await tracking.logDatasets(run.runId, [{ ...dataset, context: 'training' }]);
    await writeFile(join(folder, 'report.html'), `<p>${i}</p>`);
    await tracking.artifacts(run.artifactUri).upload(join(folder, 'report.html'), 'reports/report.html');
    if (i < 2) {
      const made = await tracking.createLoggedModel({ name: 'model', experimentId, sourceRunId: run.runId });
      const { modelId, artifactLocation: storageLocation } = made;
      await tracking.artifacts(storageLocation).upload(model, '');
      await tracking.finalizeLoggedModel(modelId, 'READY');
      const version = {
        name: 'bikes',
        modelId,
        runId: run.runId,
        storageLocation,
        description: `v ${i}`,
        tags: { i: String(i) },
      };
      await registry.createModelVersion(version);
    }
    await tracking.endRun(run.runId, i === 2 ? 'FAILED' : 'FINISHED', 2000 + i);
  }
  await registry.setAlias('bikes', 'production', 1);
  await registry.setAlias('bikes', 'staging', 2);
  const entry = {
    time: '2026-01-01T00:00:00.000Z',
    environment: 'production',
    from: null,
    to: 1,
    actor: 'ada',
    reason: '',
  };
  for (const action of ['deploy', 'promote'] as const) {
    const more = { action, verdict: 'pass', metrics: { rmse: 1 }, digest: 'd', commit: null, run: null };
    await appendHistory(registry, 'bikes', { ...entry, ...more });
  }
}

async function requireCopy(uri: string, keepsIds: boolean): Promise<void> {
  const [old, copy] = [await open('sqlite:///old.db'), await open(uri)];
  const history = await readHistory(copy.registry, 'bikes');
  expect(history).toEqual(await readHistory(old.registry, 'bikes'));
  expect(verifyHistory(history)).toEqual([]);
  const { runId } = await old.registry.getModelVersion('bikes', 2);
  const found = await resolveModel('models:/bikes@staging', copy, {
    cwd: folder,
    into: await mkdtemp(join(folder, 'into-')),
  });
  expect(found.runId === runId).toBe(keepsIds);
  expect(await readdir(found.directory, { recursive: true })).toEqual(
    expect.arrayContaining(['MLmodel', 'native/forest.bin']),
  );
  expect((await copy.tracking.getRun(found.runId!)).tags['mlops.copied_from']).toBe(runId);
  await Promise.all([old.close(), copy.close()]);
}

test('a store is copied to another file with all ids, and copying again changes nothing', async () => {
  const asked = ['migrate', '--from', 'sqlite:///old.db', '--to', 'sqlite:///new/mlflow.db'];
  expect(await mlopsOutputs(folder, asked)).toEqual({ runs: 3, versions: 2, differences: [] });
  await requireCopy('sqlite:///new/mlflow.db', true);
  expect(await mlopsOutputs(folder, asked)).toEqual({ runs: 3, versions: 0, differences: [] });
});

test('a destination with a model of the same name and other versions is left as it is', async () => {
  const other = await open('sqlite:///other.db');
  const version = { name: 'bikes', modelId: '', runId: '', storageLocation: folder, description: '', tags: { i: 'x' } };
  await other.registry.createModelVersion(version);
  await other.close();
  const { status, stderr } = await mlops(folder, [
    'migrate',
    '--from',
    'sqlite:///old.db',
    '--to',
    'sqlite:///other.db',
  ]);
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/COPY_REFUSED {2}"bikes" v1 in .*other\.db is not a copy of the version with that number/),
  ]);
});

describeWith(['python'], 'a store that grows into a server', () => {
  let server: MlflowServer | undefined;
  afterAll(() => server?.stop());

  test('is copied to it and back, and loses nothing either way', async () => {
    server = await startMlflowServer();
    expect(await mlopsOutputs(folder, ['migrate', '--from', 'sqlite:///old.db', '--to', server.url])).toEqual({
      runs: 3,
      versions: 2,
      differences: [],
    });
    await requireCopy(server.url, false);
    expect(await mlopsOutputs(folder, ['migrate', '--from', server.url, '--to', 'sqlite:///back.db'])).toEqual({
      runs: 3,
      versions: 2,
      differences: [],
    });
  });
});
