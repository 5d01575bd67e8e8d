import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusals } from '../../../src/deployment/guards.ts';
import { readHistory, verifyHistory, versionAt } from '../../../src/deployment/history.ts';
import { recordOutsideChanges } from '../../../src/deployment/outside-changes.ts';
import { openStores, type Stores } from '../../../src/registry/open-stores.ts';

let folder: string;
let stores: Stores;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outside-'));
  stores = await openStores({ trackingUri: 'sqlite:///mlflow.db', cwd: folder, credential: () => undefined });
  for (const digest of ['a', 'b']) {
    await stores.registry.createModelVersion({
      name: 'bikes',
      modelId: '',
      runId: '',
      storageLocation: folder,
      description: '',
      tags: { 'mlops.model_digest': digest, 'mlops.verdict': 'pass', 'mlops.metrics': '{"rmse":1}' },
    });
  }
});
afterAll(async () => {
  await stores.close();
  await rm(folder, { recursive: true });
});

const look = (day: number) =>
  recordOutsideChanges(stores.registry, 'bikes', ['staging', 'production'], () => Date.UTC(2026, 0, day));

test('an alias that was moved or removed by other means is entered once, in the chain, at the time of finding it', async () => {
  const { registry } = stores;
  expect(await look(1)).toEqual([]);
  await registry.setAlias('bikes', 'staging', 2);
  await registry.setAlias('bikes', 'production', 1);
  expect((await look(2)).length).toBe(2);
  expect(await look(3)).toEqual([]);
  await registry.deleteAlias('bikes', 'production');
  await look(4);
  const history = await readHistory(registry, 'bikes');
  expect(history.map((e) => [e.environment, e.from, e.to, e.action, e.actor, e.reason, e.digest, e.metrics])).toEqual([
    ['staging', null, 2, 'outside', 'unknown', 'the alias was moved outside of mlops', 'b', { rmse: 1 }],
    ['production', null, 1, 'outside', 'unknown', 'the alias was moved outside of mlops', 'a', { rmse: 1 }],
    ['production', 1, null, 'outside', 'unknown', 'the alias was removed outside of mlops', '', {}],
  ]);
  expect(verifyHistory(history)).toEqual([]);
  expect([1, 3, 5].map((day) => versionAt(history, 'production', Date.UTC(2026, 0, day)))).toEqual([
    undefined,
    1,
    undefined,
  ]);
});

test('a version that only its alias put into staging was not validated there', async () => {
  const history = await readHistory(stores.registry, 'bikes');
  const version = await stores.registry.getModelVersion('bikes', 2);
  const asked = {
    version,
    environment: 'production',
    requires: 'staging',
    current: undefined,
    action: 'promote',
    history,
  } as const;
  expect(refusals(asked)).toEqual(['bikes v2 was never validated in "staging": deploy it there first']);
});
