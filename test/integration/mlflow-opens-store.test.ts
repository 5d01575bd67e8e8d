import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStores, type Stores } from '../../src/registry/open-stores.ts';
import { resolveModel } from '../../src/registry/resolve-model.ts';
import { mlflowEnv, startMlflowServer } from '../tools/mlflow-server.ts';
import { pythonPeers } from '../tools/python-peers.ts';
import { describeWith } from '../tools/require-tool.ts';
import { mustRun } from '../tools/run-program.ts';

const EXPERIMENT = 'Räder (hourly)';
const MODEL = 'Räder & 100% bikes';
const START = 1_000;
const dataset = {
  name: 'hours.csv',
  digest: 'abcd1234',
  sourceType: 'local',
  source: '{"uri":"hours.csv"}',
  schema: '{"mlflow_colspec":[]}',
  profile: '{"num_rows":3}',
};

/** What mlflow_client.py prints. */
interface Seen {
  readonly experiments: readonly string[][];
  readonly runs: unknown;
  readonly history: unknown;
  readonly runArtifacts: unknown;
  readonly loggedModels: unknown;
  readonly models: unknown;
  readonly versions: unknown;
  readonly champion: unknown;
  readonly downloaded: unknown;
  readonly written: { readonly runId: string; readonly modelId: string; readonly version: number };
}

const hex = (text: string) => Buffer.from(text).toString('hex');

describeWith(['python'], 'a store that the toolkit wrote, opened by MLflow', () => {
  let directory: string;
  let stores: Stores;
  let seen: Seen;
  const runIds: string[] = [];
  const modelIds: string[] = [];

  const open = () => openStores({ trackingUri: 'sqlite:///mlflow.db', cwd: directory, credential: () => undefined });

  /** A run with a model that becomes a version. */
  const writeVersion = async ({ tracking, registry }: Stores, number: number) => {
    const { experimentId } = await tracking.getOrCreateExperiment(EXPERIMENT);
    const tags = { 'mlflow.user': 'ada', note: 'über/slash 日本' };
    const run = await tracking.createRun({ experimentId, runName: `run ${number}`, startTime: START + number, tags });
    const timestamp = 2_000;
    await tracking.logBatch(run.runId, {
      params: { depth: String(number), 'path/of param': '' },
      metrics: [
        { key: 'rmse', value: 0.1 + number, timestamp, step: 1 },
        { key: 'rmse', value: 3, timestamp, step: 0 },
        { key: 'odd', value: Number.NaN, timestamp, step: 0 },
        { key: 'up', value: Number.POSITIVE_INFINITY, timestamp, step: 0 },
        { key: 'down', value: Number.NEGATIVE_INFINITY, timestamp, step: 0 },
      ],
    });
    await tracking.logDatasets(run.runId, [{ ...dataset, context: 'training' }]);
    await writeFile(join(directory, 'report.html'), '<p>é</p>');
    await tracking.artifacts(run.artifactUri).upload(join(directory, 'report.html'), 'report.html');
    const model = await tracking.createLoggedModel({ name: 'model', experimentId, sourceRunId: run.runId });
    const folder = join(directory, model.modelId);
    await mkdir(join(folder, 'native'), { recursive: true });
    await writeFile(join(folder, 'MLmodel'), `flavors: {}\nmodel_id: ${model.modelId}\n`);
    await writeFile(join(folder, 'native', 'forest.bin'), Uint8Array.of(0, number, 255));
    await tracking.artifacts(model.artifactLocation).upload(folder, '');
    await tracking.finalizeLoggedModel(model.modelId, 'READY');
    await tracking.endRun(run.runId, 'FINISHED', 3_000);
    const version = await registry.createModelVersion({
      name: MODEL,
      modelId: model.modelId,
      runId: run.runId,
      storageLocation: model.artifactLocation,
      description: `version ${number}`,
      tags: { verdict: 'pass' },
    });
    return { run, model, version };
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'opens-'));
    stores = await open();
    await stores.registry.createRegisteredModel(MODEL, 'rentals an hour');
    for (const number of [1, 2]) {
      const { run, model } = await writeVersion(stores, number);
      runIds.push(run.runId);
      modelIds.push(model.modelId);
    }
    await stores.registry.setAlias(MODEL, 'champion', 2);
    await stores.registry.setAlias(MODEL, 'staging', 2);
    await stores.registry.setAlias(MODEL, 'fallback', 1);
    await stores.registry.setRegisteredModelTag(MODEL, 'team', 'rental');
    await stores.registry.setModelVersionTag(MODEL, 1, 'checked', 'yes');
    const script = resolve(import.meta.dirname, 'mlflow_client.py');
    const uri = `sqlite:///${join(directory, 'mlflow.db')}`;
    const printed = await mustRun(await pythonPeers(), [script, uri, EXPERIMENT, MODEL], {
      cwd: directory,
      env: mlflowEnv(),
    });
    seen = JSON.parse(printed.trim().split('\n').at(-1)!);
  });
  afterAll(async () => {
    await stores?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const root = () => join(directory, 'mlruns', '1');
  const seenVersion = (number: number, more: object) => ({
    version: number,
    description: `version ${number}`,
    runId: runIds[number - 1],
    source: `models:/${modelIds[number - 1]}`,
    status: 'READY',
    location: `${root()}/models/${modelIds[number - 1]}/artifacts`,
    ...more,
  });

  test('its client sees the runs with params, metrics, tags, data and models', () => {
    expect(seen.experiments.toSorted()).toEqual([
      ['Default', '0', join(directory, 'mlruns', '0')],
      [EXPERIMENT, '1', root()],
    ]);
    expect(seen.runs).toEqual(
      [1, 2].map((number) => ({
        runId: runIds[number - 1],
        experimentId: '1',
        runName: `run ${number}`,
        userId: 'ada',
        status: 'FINISHED',
        lifecycle: 'active',
        startTime: START + number,
        endTime: 3_000,
        artifactUri: `${root()}/${runIds[number - 1]}/artifacts`,
        params: { depth: String(number), 'path/of param': '' },
        metrics: { rmse: 0.1 + number, odd: 'NaN', up: 'Infinity', down: '-Infinity' },
        tags: { 'mlflow.user': 'ada', 'mlflow.runName': `run ${number}`, note: 'über/slash 日本' },
        datasets: [{ ...dataset, tags: { 'mlflow.data.context': 'training' } }],
        outputs: [modelIds[number - 1]],
      })),
    );
    expect(seen.history).toEqual({
      rmse: [
        [3, 2_000, 0],
        [1.1, 2_000, 1],
      ],
      odd: [['NaN', 2_000, 0]],
      up: [['Infinity', 2_000, 0]],
      down: [['-Infinity', 2_000, 0]],
    });
    expect(seen.runArtifacts).toEqual(['report.html']);
  });

  test('its client sees the logged models, the registered model, its versions and aliases, and fetches their files', () => {
    expect(seen.loggedModels).toEqual(
      [1, 2].map((number) => ({
        modelId: modelIds[number - 1],
        name: 'model',
        experimentId: '1',
        sourceRunId: runIds[number - 1],
        artifactLocation: `${root()}/models/${modelIds[number - 1]}/artifacts`,
        status: 'READY',
        versions: [{ name: MODEL, version: number }],
      })),
    );
    expect(seen.models).toEqual([
      {
        name: MODEL,
        description: 'rentals an hour',
        tags: { team: 'rental' },
        aliases: { champion: 2, staging: 2, fallback: 1 },
      },
    ]);
    const second = seenVersion(2, { tags: { verdict: 'pass' }, aliases: ['champion', 'staging'] });
    expect(seen.versions).toEqual([
      seenVersion(1, { tags: { verdict: 'pass', checked: 'yes' }, aliases: ['fallback'] }),
      second,
    ]);
    expect(seen.champion).toEqual(second);
    expect(seen.downloaded).toMatchObject({
      MLmodel: hex(`flavors: {}\nmodel_id: ${modelIds[1]}\n`),
      'native/forest.bin': '0002ff',
    });
  });

  test('what MLflow wrote beside, after it migrated the file, is read by the store that was open and by a new one', async () => {
    const again = await open();
    const { runId, modelId, version } = seen.written;
    for (const { tracking, registry } of [stores, again]) {
      expect(await tracking.getRun(runId)).toEqual({
        runId,
        experimentId: '1',
        runName: 'beside',
        status: 'FINISHED',
        startTime: 9_000,
        endTime: 9_999,
        artifactUri: `${root()}/${runId}/artifacts`,
        params: { depth: '7' },
        metrics: { rmse: 2, odd: Number.POSITIVE_INFINITY },
        tags: { 'mlflow.user': 'py', 'mlflow.runName': 'beside', from: 'MLflow' },
        datasets: [
          {
            name: 'more.csv',
            digest: 'ef01',
            sourceType: 'local',
            source: '{}',
            schema: '{}',
            profile: '{}',
            context: 'evaluation',
          },
        ],
      });
      expect(await tracking.getMetricHistory(runId, 'rmse')).toHaveLength(3);
      expect(await tracking.listLoggedModels(runId)).toMatchObject([{ modelId, name: 'model', status: 'READY' }]);
      expect(version).toBe(3);
      expect(await registry.findVersionByAlias(MODEL, 'challenger')).toMatchObject({
        version: 3,
        runId,
        modelId,
        description: 'third',
        tags: { by: 'MLflow' },
        storageLocation: `${root()}/models/${modelId}/artifacts`,
      });
      expect((await registry.listRegisteredModels()).map(({ name }) => name)).toEqual([MODEL, 'made by MLflow']);
      const found = await resolveModel(
        `models:/${MODEL}@challenger`,
        { tracking, registry, close: async () => {} },
        {
          cwd: directory,
          into: join(directory, 'into'),
        },
      );
      expect(found).toMatchObject({ name: MODEL, version: 3, modelId, runId });
    }
    await again.close();
  });

  test('goes on writing in the migrated file, at the same time as an MLflow server on it, which gives the same answers', async () => {
    const fourth = await writeVersion(stores, 4);
    expect(fourth.version.version).toBe(4);
    const again = await open();
    expect((await writeVersion(again, 5)).version.version).toBe(5);
    await again.close();
    const server = await startMlflowServer({ database: join(directory, 'mlflow.db') });
    const served = await openStores({ trackingUri: server.url, cwd: directory, credential: () => undefined });
    try {
      expect((await writeVersion(served, 6)).version.version).toBe(6);
      const atOnce = [stores, served, stores, served].map((one, i) => writeVersion(one, 7 + i));
      const numbers = (await Promise.all(atOnce)).map(({ version }) => version.version);
      expect(numbers.toSorted((a, b) => a - b)).toEqual([7, 8, 9, 10]);
      await stores.registry.setAlias(MODEL, 'production', 6);
      const all = async ({ tracking, registry }: Stores) => {
        const runs = await tracking.searchRuns({ experimentIds: ['0', '1'], orderBy: ['attributes.start_time ASC'] });
        const each = <T>(read: (runId: string) => Promise<T>) => Promise.all(runs.map(({ runId }) => read(runId)));
        return {
          experiments: await tracking.listExperiments(),
          runs,
          histories: await each((runId) => tracking.getMetricHistory(runId, 'rmse')),
          loggedModels: await each((runId) => tracking.listLoggedModels(runId)),
          artifacts: await Promise.all(runs.map(({ artifactUri }) => tracking.artifacts(artifactUri).list(''))),
          models: await registry.listRegisteredModels(),
          versions: (await registry.listModelVersions(MODEL)).map((one) => ({
            ...one,
            aliases: one.aliases.toSorted(),
          })),
        };
      };
      const ours = await all(stores);
      expect(ours.runs).toHaveLength(10);
      expect(ours.versions.map(({ version, aliases }) => [version, aliases])).toEqual([
        ...[10, 9, 8, 7].map((version) => [version, []]),
        [6, ['production']],
        [5, []],
        [4, []],
        [3, ['challenger']],
        [2, ['champion', 'staging']],
        [1, ['fallback']],
      ]);
      expect(await all(served)).toEqual(ours);
    } finally {
      await served.close();
      await server.stop();
    }
    // A server takes half a minute to start on a busy machine.
  }, 300_000);
});
