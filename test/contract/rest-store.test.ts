import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openStores } from '../../src/registry/open-stores.ts';
import { type MlflowServer, startMlflowServer } from '../tools/mlflow-server.ts';
import { describeWith } from '../tools/require-tool.ts';
import { storeContract } from './store-contract.ts';

describeWith(['python'], 'over REST', () => {
  let server: MlflowServer | undefined;
  afterAll(() => server?.stop());
  const open = (path = '') =>
    openStores({ trackingUri: `${server!.url}${path}`, cwd: '/', credential: () => undefined });

  storeContract('a real MLflow server', async () => {
    server = await startMlflowServer();
    return open();
  });

  test('takes files through the server where there is no object store behind it, however large', async () => {
    const environment = {
      MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: '1',
      MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE: '1',
    };
    const cwd = await mkdtemp(join(tmpdir(), 'through-'));
    const stores = await openStores({ trackingUri: server!.url, cwd, credential: () => undefined, environment });
    const { experimentId } = await stores.tracking.getOrCreateExperiment('through');
    const run = await stores.tracking.createRun({ experimentId, runName: 'run', startTime: 1, tags: {} });
    const artifacts = stores.tracking.artifacts(run.artifactUri);
    for (const name of ['a.txt', 'b.txt']) {
      await writeFile(join(cwd, name), name);
      await artifacts.upload(join(cwd, name), name);
    }
    const fetched = await artifacts.fetch('', join(cwd, 'down'));
    expect(await readFile(join(fetched, 'b.txt'), 'utf8')).toBe('b.txt');
    await stores.close();
    await rm(cwd, { recursive: true });
  });

  test('says that an address without an MLflow server below it is none', async () => {
    const stores = await open('/elsewhere');
    await expect(stores.tracking.listExperiments()).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('404 Not Found'),
    });
    await stores.close();
  });

  test('gives each of many versions that are made at once a number of its own', async () => {
    const stores = await open();
    const { experimentId } = await stores.tracking.getOrCreateExperiment('at once');
    await stores.registry.createRegisteredModel('at once', '');
    const versions = await Promise.all(
      Array.from({ length: 4 }, async (_, i) => {
        const run = await stores.tracking.createRun({ experimentId, runName: `run ${i}`, startTime: i, tags: {} });
        const { runId } = run;
        const model = await stores.tracking.createLoggedModel({ name: 'model', experimentId, sourceRunId: runId });
        const { modelId, artifactLocation: storageLocation } = model;
        const version = { name: 'at once', modelId, runId, storageLocation, description: '', tags: {} };
        return (await stores.registry.createModelVersion(version)).version;
      }),
    );
    expect(versions.toSorted()).toEqual([1, 2, 3, 4]);
    await stores.close();
  });

  test('refuses to register in a server what only this machine can reach', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'apart-'));
    const apart = { trackingUri: 'sqlite:///mlflow.db', registryUri: server!.url, cwd, credential: () => undefined };
    const stores = await openStores(apart);
    const { experimentId } = await stores.tracking.getOrCreateExperiment('apart');
    const { runId } = await stores.tracking.createRun({ experimentId, runName: 'run', startTime: 1, tags: {} });
    const model = await stores.tracking.createLoggedModel({ name: 'model', experimentId, sourceRunId: runId });
    const { modelId, artifactLocation: storageLocation } = model;
    const version = { name: 'apart', modelId, runId, description: '', tags: {} };
    await expect(stores.registry.createModelVersion({ ...version, storageLocation })).rejects.toMatchObject({
      code: 'ARTIFACT_LOCATION_UNSUPPORTED',
    });
    expect(await stores.registry.findRegisteredModel('apart')).toBeUndefined();
    const reachable = { ...version, storageLocation: `s3://bucket/${modelId}` };
    expect(await stores.registry.createModelVersion(reachable)).toMatchObject({
      version: 1,
      source: `s3://bucket/${modelId}`,
      storageLocation: `s3://bucket/${modelId}`,
    });
    await stores.close();
  });
});
