import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stores } from '../../src/registry/open-stores.ts';
import { resolveModel } from '../../src/registry/resolve-model.ts';

/** What every pair of tracking store and model registry does, whatever it keeps them in. */
export function storeContract(what: string, open: () => Promise<Stores>): void {
  describe(what, () => {
    let stores: Stores;
    let scratch: string;
    beforeAll(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'contract-'));
      stores = await open();
    });
    afterAll(async () => {
      await stores?.close();
      await rm(scratch, { recursive: true, force: true });
    });

    const experiment = (name: string) => stores.tracking.getOrCreateExperiment(name);
    const newRun = async (name: string, tags: Record<string, string> = {}, startTime = 1_700_000_000_000) => {
      const { experimentId } = await experiment(name);
      return stores.tracking.createRun({ experimentId, runName: 'first', startTime, tags });
    };

    test('creates an experiment once and finds it by its name', async () => {
      expect(await stores.tracking.getExperimentByName('once')).toBeUndefined();
      const created = await experiment('once');
      expect(created.name).toBe('once');
      expect(await experiment('once')).toEqual(created);
      expect(await stores.tracking.getExperimentByName('once')).toEqual(created);
      expect((await stores.tracking.listExperiments()).filter(({ name }) => name === 'once')).toEqual([created]);
    });

    test('keeps a run with its params, tags and the latest of its metrics', async () => {
      const { tracking } = stores;
      const run = await newRun('runs', { 'mlflow.user': 'ada', note: 'über/slash 日本' });
      expect(run.runId).toMatch(/^[0-9a-f]{32}$/);
      expect(run).toMatchObject({ runName: 'first', status: 'RUNNING', startTime: 1_700_000_000_000, endTime: null });
      const timestamp = 1_700_000_001_000;
      await tracking.logBatch(run.runId, {
        params: { depth: '5', 'path/of param': 'x' },
        metrics: [
          { key: 'rmse', value: 2, timestamp, step: 1 },
          { key: 'rmse', value: 3, timestamp, step: 0 },
          { key: 'odd', value: Number.NaN, timestamp, step: 0 },
          { key: 'up', value: Number.POSITIVE_INFINITY, timestamp, step: 0 },
          { key: 'down', value: Number.NEGATIVE_INFINITY, timestamp, step: 0 },
        ],
        tags: { stage: 'x' },
      });
      await tracking.logBatch(run.runId, { tags: { stage: 'y' }, params: { depth: '5' } });
      await tracking.endRun(run.runId, 'FINISHED', timestamp + 1);
      const read = await tracking.getRun(run.runId);
      expect(read).toMatchObject({
        runId: run.runId,
        status: 'FINISHED',
        endTime: timestamp + 1,
        params: { depth: '5', 'path/of param': 'x' },
        metrics: { rmse: 2, odd: Number.NaN, up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY },
        tags: { stage: 'y', note: 'über/slash 日本', 'mlflow.user': 'ada', 'mlflow.runName': 'first' },
      });
      expect(await tracking.getMetricHistory(run.runId, 'rmse')).toEqual([
        { key: 'rmse', value: 3, timestamp, step: 0 },
        { key: 'rmse', value: 2, timestamp, step: 1 },
      ]);
      expect(await tracking.getMetricHistory(run.runId, 'none')).toEqual([]);
    });

    test('takes more metrics, params and tags at once than one request of a server may hold', async () => {
      const run = await newRun('large');
      const many = (n: number, prefix: string) =>
        Object.fromEntries(Array.from({ length: n }, (_, i) => [`${prefix}${i}`, String(i)]));
      const metrics = Array.from({ length: 2_500 }, (_, step) => ({
        key: 'loss',
        value: step / 7,
        timestamp: 5,
        step,
      }));
      await stores.tracking.logBatch(run.runId, { params: many(250, 'p'), tags: many(150, 't'), metrics });
      const read = await stores.tracking.getRun(run.runId);
      expect(read.params).toEqual(many(250, 'p'));
      expect(read.tags).toMatchObject(many(150, 't'));
      expect(await stores.tracking.getMetricHistory(run.runId, 'loss')).toEqual(metrics);
    });

    test('refuses to change a param that a run has', async () => {
      const run = await newRun('params');
      await stores.tracking.logBatch(run.runId, { params: { depth: '5' } });
      await expect(stores.tracking.logBatch(run.runId, { params: { depth: '6' } })).rejects.toMatchObject({
        code: 'RECORD_INVALID',
      });
      expect((await stores.tracking.getRun(run.runId)).params).toEqual({ depth: '5' });
    });

    test('refuses names and values beyond the limits of MLflow, all at once, and keeps none of the batch', async () => {
      const run = await newRun('limits');
      const batch = { params: { good: '1', long: 'x'.repeat(6_001) }, tags: { '../up': 'x', big: 'x'.repeat(8_001) } };
      await expect(stores.tracking.logBatch(run.runId, batch)).rejects.toMatchObject({
        code: 'RECORD_INVALID',
        faults: [
          'param "long" has 6001 characters, at most 6000 are allowed',
          expect.stringContaining('tag "../up" is not a name that MLflow takes'),
          'tag "big" has 8001 characters, at most 8000 are allowed',
        ],
      });
      expect((await stores.tracking.getRun(run.runId)).params).toEqual({});
    });

    test('says that a run is not there', async () => {
      const missing = '0'.repeat(32);
      const refused = { code: 'RUN_NOT_FOUND' };
      await expect(stores.tracking.getRun(missing)).rejects.toMatchObject(refused);
      await expect(stores.tracking.logBatch(missing, { params: { a: '1' } })).rejects.toMatchObject(refused);
      await expect(stores.tracking.endRun(missing, 'FAILED', 1)).rejects.toMatchObject(refused);
    });

    test('keeps which data a run has read', async () => {
      const run = await newRun('datasets');
      const dataset = {
        name: 'hours.csv',
        digest: 'abcd1234',
        sourceType: 'local',
        source: '{"uri":"hours.csv"}',
        schema: '{"mlflow_colspec":[]}',
        profile: '{"num_rows":3}',
        context: 'training',
      };
      await stores.tracking.logDatasets(run.runId, [dataset]);
      expect((await stores.tracking.getRun(run.runId)).datasets).toEqual([dataset]);
    });

    test('searches runs by metrics, params, tags and attributes, in the order asked for', async () => {
      const { tracking } = stores;
      const { experimentId } = await experiment('search');
      const runs: string[] = [];
      for (const [i, stage] of ['train', 'train', 'test'].entries()) {
        const run = await newRun('search', { stage }, 1_700_000_000_000 + i);
        await tracking.logBatch(run.runId, {
          params: { depth: String(i) },
          metrics: [{ key: 'rmse', value: 10 - i, timestamp: 1, step: 0 }],
        });
        runs.push(run.runId);
      }
      await tracking.endRun(runs[0]!, 'FAILED', 1_700_000_000_100);
      const search = async (filter: string, orderBy: string[] = [], maxResults = 100) => {
        const found = await tracking.searchRuns({ experimentIds: [experimentId], filter, orderBy, maxResults });
        return found.map(({ runId }) => runs.indexOf(runId));
      };
      expect(await search('')).toEqual([2, 1, 0]);
      expect(await search('metrics.rmse < 9.5')).toEqual([2, 1]);
      expect(await search("tags.stage = 'train' AND params.depth != '0'")).toEqual([1]);
      expect(await search("tags.`stage` LIKE 'tr%'", ['metrics.rmse ASC'])).toEqual([1, 0]);
      expect(await search("attributes.status = 'FAILED'")).toEqual([0]);
      expect(await search(`attributes.run_id IN ('${runs[1]}', '${runs[2]}')`)).toEqual([2, 1]);
      expect(await search('', ['params.depth ASC'], 2)).toEqual([0, 1]);
      await expect(search('metrics.rmse <')).rejects.toMatchObject({ code: 'FILTER_INVALID' });
    });

    const logModel = async (experimentName: string, text = 'flavors: {}\n') => {
      const run = await newRun(experimentName);
      const { tracking } = stores;
      const model = await tracking.createLoggedModel({
        name: 'model',
        experimentId: run.experimentId,
        sourceRunId: run.runId,
      });
      const folder = join(scratch, model.modelId);
      await mkdir(join(folder, 'native'), { recursive: true });
      await writeFile(join(folder, 'MLmodel'), text);
      await writeFile(join(folder, 'native', 'forest.bin'), Uint8Array.of(0, 1, 2, 255));
      await tracking.artifacts(model.artifactLocation).upload(folder, '');
      return { run, model };
    };

    test('keeps the files of a logged model and finds them by run and by model id', async () => {
      const { tracking } = stores;
      const { run, model } = await logModel('models');
      expect(model).toMatchObject({ name: 'model', sourceRunId: run.runId, status: 'PENDING' });
      await tracking.finalizeLoggedModel(model.modelId, 'READY');
      expect(await tracking.getLoggedModel(model.modelId)).toEqual({ ...model, status: 'READY' });
      expect(await tracking.listLoggedModels(run.runId)).toEqual([{ ...model, status: 'READY' }]);
      expect(await tracking.artifacts(model.artifactLocation).list('')).toEqual([
        { path: 'MLmodel', size: 12 },
        { path: 'native/forest.bin', size: 4 },
      ]);
      for (const uri of [`runs:/${run.runId}/model`, `models:/${model.modelId}`]) {
        const found = await resolveModel(uri, stores, { cwd: scratch, into: join(scratch, 'down') });
        expect(found).toMatchObject({ uri, modelId: model.modelId, runId: run.runId });
        expect(await readFile(join(found.directory, 'native', 'forest.bin'))).toEqual(Buffer.of(0, 1, 2, 255));
      }
    });

    test('keeps files of a run, lists and fetches them, and refuses paths that leave it', async () => {
      const run = await newRun('files');
      const artifacts = stores.tracking.artifacts(run.artifactUri);
      const file = join(scratch, 'report.html');
      await writeFile(file, '<p>é</p>');
      await artifacts.upload(file, 'reports/out 1.html');
      expect(await artifacts.list('')).toEqual([{ path: 'reports/out 1.html', size: 9 }]);
      const fetched = await artifacts.fetch('reports/out 1.html', join(scratch, 'fetched'));
      expect(await readFile(fetched, 'utf8')).toBe('<p>é</p>');
      await expect(artifacts.fetch('none.txt', join(scratch, 'none'))).rejects.toMatchObject({
        code: 'ARTIFACT_NOT_FOUND',
      });
      for (const path of ['../x', '/etc/passwd', 'a/../../x', 'a\\b']) {
        await expect(artifacts.upload(file, path)).rejects.toMatchObject({ code: 'ARTIFACT_PATH_INVALID' });
        await expect(artifacts.fetch(path, scratch)).rejects.toMatchObject({ code: 'ARTIFACT_PATH_INVALID' });
      }
    });

    test('numbers the versions of a registered model from 1 up and moves aliases between them', async () => {
      const { registry, tracking } = stores;
      expect(await registry.findRegisteredModel('bikes')).toBeUndefined();
      const versions = [];
      for (const description of ['first', 'second']) {
        const { run, model } = await logModel('registered');
        await tracking.finalizeLoggedModel(model.modelId, 'READY');
        const version = await registry.createModelVersion({
          name: 'bikes',
          modelId: model.modelId,
          runId: run.runId,
          storageLocation: model.artifactLocation,
          description,
          tags: { verdict: 'pass' },
        });
        expect(version).toMatchObject({
          name: 'bikes',
          description,
          runId: run.runId,
          modelId: model.modelId,
          source: `models:/${model.modelId}`,
          status: 'READY',
          tags: { verdict: 'pass' },
          aliases: [],
        });
        versions.push(version);
      }
      expect(versions.map(({ version }) => version)).toEqual([1, 2]);
      await registry.setAlias('bikes', 'champion', 1);
      await registry.setAlias('bikes', 'staging', 2);
      await registry.setAlias('bikes', 'champion', 2);
      expect(await registry.findVersionByAlias('bikes', 'champion')).toMatchObject({ version: 2 });
      expect((await registry.getModelVersion('bikes', 2)).aliases.toSorted()).toEqual(['champion', 'staging']);
      await registry.deleteAlias('bikes', 'staging');
      expect(await registry.findVersionByAlias('bikes', 'staging')).toBeUndefined();
      await registry.setModelVersionTag('bikes', 1, 'checked', 'yes');
      await registry.setRegisteredModelTag('bikes', 'team', 'rental');
      expect((await registry.listModelVersions('bikes')).map(({ version, tags }) => [version, tags])).toEqual([
        [2, { verdict: 'pass' }],
        [1, { verdict: 'pass', checked: 'yes' }],
      ]);
      expect(await registry.getRegisteredModel('bikes')).toMatchObject({
        name: 'bikes',
        tags: { team: 'rental' },
        aliases: { champion: 2 },
      });
      expect((await registry.listRegisteredModels()).map(({ name }) => name)).toContain('bikes');
      for (const uri of ['models:/bikes/2', 'models:/bikes@champion', 'models:/bikes/latest']) {
        const found = await resolveModel(uri, stores, { cwd: scratch, into: join(scratch, 'registered') });
        expect(found).toMatchObject({
          uri: 'models:/bikes/2',
          name: 'bikes',
          version: 2,
          modelId: versions[1]!.modelId,
        });
        expect(await readFile(join(found.directory, 'MLmodel'), 'utf8')).toBe('flavors: {}\n');
      }
    });

    test('names the candidates when a model, version, alias or URI is not there', async () => {
      await stores.registry.createRegisteredModel('wines', 'of Porto');
      expect((await stores.registry.getRegisteredModel('wines')).description).toBe('of Porto');
      const resolve = (uri: string) => resolveModel(uri, stores, { cwd: scratch, into: scratch });
      await expect(resolve('models:/wine/1')).rejects.toMatchObject({
        code: 'MODEL_NOT_FOUND',
        message: expect.stringContaining('Did you mean "wines"?'),
      });
      await expect(resolve('models:/wines/7')).rejects.toMatchObject({ code: 'MODEL_VERSION_NOT_FOUND' });
      await expect(resolve('models:/wines/latest')).rejects.toMatchObject({ code: 'MODEL_VERSION_NOT_FOUND' });
      await expect(resolve('models:/wines@champion')).rejects.toMatchObject({ code: 'ALIAS_NOT_FOUND' });
      await expect(resolve(`models:/m-${'0'.repeat(32)}`)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
      await expect(resolve('models:/a/b/c')).rejects.toMatchObject({ code: 'MODEL_URI_INVALID' });
      await expect(resolve('ftp://x/y')).rejects.toMatchObject({ code: 'MODEL_URI_INVALID' });
      await expect(stores.registry.setAlias('wines', 'champion', 3)).rejects.toMatchObject({
        code: 'MODEL_VERSION_NOT_FOUND',
      });
      await expect(stores.registry.setAlias('wines', 'v1', 1)).rejects.toMatchObject({ code: 'ALIAS_INVALID' });
      await expect(stores.registry.createRegisteredModel('a/b', '')).rejects.toMatchObject({
        code: 'MODEL_NAME_INVALID',
      });
    });

    test('keeps names with spaces, unicode, per cent signs and quotes as they are', async () => {
      const { tracking, registry } = stores;
      const { run, model } = await logModel('Räder & 100% "stündlich"?');
      await tracking.finalizeLoggedModel(model.modelId, 'READY');
      expect(await tracking.getExperimentByName('Räder & 100% "stündlich"?')).toMatchObject({
        experimentId: run.experimentId,
      });
      const file = join(scratch, 'MLmodel');
      await writeFile(file, 'x');
      const artifacts = tracking.artifacts(run.artifactUri);
      await artifacts.upload(file, 'größe & 100% wie?so/é+ü.txt');
      expect(await artifacts.list('größe & 100% wie?so')).toEqual([{ path: 'größe & 100% wie?so/é+ü.txt', size: 1 }]);
      expect(await artifacts.list('größe & 100% wie?so/é+ü.txt')).toHaveLength(1);
      const folder = await artifacts.fetch('größe & 100% wie?so', join(scratch, 'names'));
      expect(await readFile(join(folder, 'é+ü.txt'), 'utf8')).toBe('x');
      const names = ['Räder & 100% (日本)', "it's %41", 'the "best" one', `both ' and "`, 'a+b?c#d&e=f'];
      for (const name of names) {
        const { modelId, artifactLocation: storageLocation } = model;
        const version = { name, modelId, runId: run.runId, storageLocation, description: name, tags: { für: name } };
        const created = await registry.createModelVersion(version);
        expect(created).toMatchObject({ name, version: 1, description: name, storageLocation, tags: { für: name } });
        await registry.setAlias(name, 'für_1', 1);
        const aliased = { ...created, aliases: ['für_1'] };
        expect(await registry.findVersionByAlias(name, 'für_1')).toEqual(aliased);
        expect(await registry.listModelVersions(name)).toEqual([aliased]);
        const resolving = resolveModel(`models:/${name}@für_1`, stores, { cwd: scratch, into: join(scratch, 'named') });
        expect(await resolving).toMatchObject({ name, version: 1, uri: `models:/${name}/1` });
      }
      expect((await registry.listRegisteredModels()).map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    });

    test('refuses names and tags of models that MLflow does not take', async () => {
      const { tracking, registry } = stores;
      const { run, model } = await logModel('refused');
      const { experimentId, runId: sourceRunId } = run;
      for (const name of ['', 'a/b', 'a.b', '50%'])
        await expect(tracking.createLoggedModel({ name, experimentId, sourceRunId })).rejects.toMatchObject({
          code: 'RECORD_INVALID',
        });
      const tooLong = {
        code: 'RECORD_INVALID',
        message: 'tag "big" has 100001 characters, at most 100000 are allowed',
      };
      const big = 'x'.repeat(100_001);
      const { modelId, artifactLocation: storageLocation } = model;
      const version = { name: 'limits', modelId, runId: sourceRunId, storageLocation, description: '' };
      await expect(registry.createModelVersion({ ...version, tags: { big } })).rejects.toMatchObject(tooLong);
      expect(await registry.findRegisteredModel('limits')).toBeUndefined();
      await registry.createModelVersion({ ...version, tags: {} });
      await expect(registry.setRegisteredModelTag('limits', 'big', big)).rejects.toMatchObject(tooLong);
      await expect(registry.setModelVersionTag('limits', 1, 'big', big)).rejects.toMatchObject(tooLong);
      await registry.setModelVersionTag('limits', 1, 'big', big.slice(1));
      expect((await registry.getModelVersion('limits', 1)).tags).toEqual({ big: big.slice(1) });
    });

    test('refuses to write another entry of a promotion history over one that is there', async () => {
      const { registry } = stores;
      await registry.createRegisteredModel('history', '');
      await registry.setRegisteredModelTag('history', 'mlops.history.000001', '{"a":1}');
      await registry.setRegisteredModelTag('history', 'mlops.history.000001', '{"a":1}');
      await expect(registry.setRegisteredModelTag('history', 'mlops.history.000001', '{"a":2}')).rejects.toMatchObject({
        code: 'LEDGER_CONFLICT',
      });
      expect((await registry.getRegisteredModel('history')).tags).toEqual({ 'mlops.history.000001': '{"a":1}' });
    });
  });
}
