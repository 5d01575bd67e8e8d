import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DeployRequest, deploy } from '../../../src/deployment/deploy.ts';
import { readHistory } from '../../../src/deployment/history.ts';
import { localTarget } from '../../../src/deployment/local-target.ts';
import { registryTarget } from '../../../src/deployment/registry-target.ts';
import { noForge } from '../../../src/forge/no-forge.ts';
import type { ModelRegistry, ModelVersion } from '../../../src/registry/model-registry.ts';
import { openStores, type Stores } from '../../../src/registry/open-stores.ts';

const DIGEST = { 1: '1'.repeat(64), 2: '2'.repeat(64) } as const;
const ORIGIN = {
  host: 'local',
  actor: 'ada',
  repository: undefined,
  commit: 'c0ffee',
  branch: undefined,
  runUrl: undefined,
  event: undefined,
  pullRequest: undefined,
};

let folder: string;
let stores: Stores;
let versions: ModelVersion[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deploy-'));
  stores = await openStores({ trackingUri: 'sqlite:///mlflow.db', cwd: folder, credential: () => undefined });
  const { tracking, registry } = stores;
  const { experimentId } = await tracking.getOrCreateExperiment('bikes');
  versions = [];
  for (const number of [1, 2] as const) {
    const run = await tracking.createRun({ experimentId, runName: 'r', startTime: 0, tags: {} });
    const logged = await tracking.createLoggedModel({ name: 'model', experimentId, sourceRunId: run.runId });
    await tracking.finalizeLoggedModel(logged.modelId, 'READY');
    await mkdir(join(folder, `model-${number}`));
    await writeFile(join(folder, `model-${number}`, 'MLmodel'), `version ${number}`);
    versions.push(
      await registry.createModelVersion({
        name: 'bikes',
        modelId: logged.modelId,
        runId: run.runId,
        storageLocation: logged.artifactLocation,
        description: '',
        tags: { 'mlops.verdict': 'pass', 'mlops.model_digest': DIGEST[number] },
      }),
    );
  }
});
afterEach(async () => {
  await stores.close();
  await rm(folder, { recursive: true });
});

const target = () => localTarget(join(folder, 'production'), 'production');
const request = (number: 1 | 2, more: Partial<DeployRequest> = {}): DeployRequest => ({
  registry: stores.registry,
  version: versions[number - 1]!,
  environment: 'production',
  requires: undefined,
  target: target(),
  model: { directory: join(folder, `model-${number}`), digest: DIGEST[number] },
  action: 'promote',
  reason: 'better',
  forge: noForge(ORIGIN),
  now: () => Date.UTC(2026, 0, number),
  signal: new AbortController().signal,
  validate: async () => [],
  ...more,
});

/** What an observer sees: the version served, its file, the alias, the history. */
async function seen() {
  const current = await target().current();
  return {
    serves: current?.version,
    file: current && (await readFile(join(await target().servedDirectory(), 'MLmodel'), 'utf8')),
    alias: (await stores.registry.findVersionByAlias('bikes', 'production'))?.version,
    history: (await readHistory(stores.registry, 'bikes')).map((e) => [e.action, e.from, e.to, e.actor, e.reason]),
  };
}

/** A registry that fails to write the history; all else is the real one. */
function withoutHistory(registry: ModelRegistry): ModelRegistry {
  return new Proxy(registry, {
    get(real, name) {
      if (name === 'setRegisteredModelTag') return async () => Promise.reject(new Error('the disk is gone'));
      const value = Reflect.get(real, name) as unknown;
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
}

describe('a deployment', () => {
  test('serves the files, moves the alias and writes who did it and why', async () => {
    expect(await deploy(request(1))).toMatchObject({ status: 'deployed', previous: undefined });
    expect(await deploy(request(2))).toMatchObject({ status: 'deployed', previous: 1 });
    expect(await seen()).toEqual({
      serves: 2,
      file: 'version 2',
      alias: 2,
      history: [
        ['promote', null, 1, 'ada', 'better'],
        ['promote', 1, 2, 'ada', 'better'],
      ],
    });
  });

  test('of what is served already changes nothing', async () => {
    await deploy(request(1));
    const before = await seen();
    expect(await deploy(request(1))).toEqual({ entry: undefined, previous: 1, status: 'unchanged' });
    expect(await seen()).toEqual(before);
  });

  test('that does not prove itself leaves what is served, and forgets the files', async () => {
    await deploy(request(1));
    const before = await seen();
    const faults = ['golden row 1, "prediction": 3, expected 4'];
    await expect(deploy(request(2, { validate: async () => faults }))).rejects.toMatchObject({
      code: 'DEPLOYMENT_VALIDATION_FAILED',
      faults,
    });
    expect(await seen()).toEqual(before);
    expect(readdirSync(join(folder, 'production/versions'))).toEqual([`1-${DIGEST[1].slice(0, 12)}`]);
  });

  test('whose history cannot be written is taken back, the alias too', async () => {
    const failing = { registry: withoutHistory(stores.registry) };
    await expect(deploy(request(1, failing))).rejects.toThrow('the disk is gone');
    expect(await seen()).toEqual({ serves: undefined, file: undefined, alias: undefined, history: [] });
    await deploy(request(1));
    const before = await seen();
    await expect(deploy(request(2, failing))).rejects.toThrow('the disk is gone');
    expect(await seen()).toEqual(before);
  });

  test('of files that are not those that were registered is refused', async () => {
    const model = { directory: join(folder, 'model-1'), digest: DIGEST[2] };
    await expect(deploy(request(1, { model }))).rejects.toMatchObject({ code: 'MODEL_ALTERED' });
    expect(existsSync(join(folder, 'production/current.json'))).toBe(false);
  });

  test('beside another one is refused until that has ended; a dead owner holds nothing', async () => {
    await target().exclusively(async () => {
      await expect(deploy(request(1))).rejects.toMatchObject({ code: 'DEPLOYMENT_LOCKED' });
    });
    await writeFile(join(folder, 'production/deploy.lock'), '');
    expect((await deploy(request(1))).status).toBe('deployed');
  });

  test('that is interrupted before the swap changes nothing', async () => {
    const abort = new AbortController();
    const validate = async () => {
      abort.abort(new Error('stopped'));
      return [];
    };
    await expect(deploy(request(1, { signal: abort.signal, validate }))).rejects.toThrow('stopped');
    expect(await seen()).toEqual({ serves: undefined, file: undefined, alias: undefined, history: [] });
  });
});

describe('an environment that is an alias', () => {
  const aliasTarget = () =>
    registryTarget({
      registry: stores.registry,
      name: 'bikes',
      environment: 'production',
      fetch: async (uri) => `fetched ${uri}`,
    });

  test('has no files of its own: the alias says what is served', async () => {
    await expect(aliasTarget().servedDirectory()).rejects.toMatchObject({ code: 'NOTHING_DEPLOYED' });
    await deploy(request(1, { target: aliasTarget() }));
    expect(await aliasTarget().current()).toMatchObject({ name: 'bikes', version: 1, digest: DIGEST[1] });
    expect(await aliasTarget().servedDirectory()).toBe('fetched models:/bikes@production');
    expect(await deploy(request(1, { target: aliasTarget() }))).toMatchObject({ status: 'unchanged' });
    expect(existsSync(join(folder, 'production'))).toBe(false);
  });
});
