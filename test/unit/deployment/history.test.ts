import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendHistory, readHistory, verifyHistory, versionAt } from '../../../src/deployment/history.ts';
import { openStores, type Stores } from '../../../src/registry/open-stores.ts';

let folder: string;
let stores: Stores;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'history-'));
  stores = await openStores({ trackingUri: 'sqlite:///mlflow.db', cwd: folder, credential: () => undefined });
  await stores.registry.createRegisteredModel('bikes', '');
});
afterAll(async () => {
  await stores.close();
  await rm(folder, { recursive: true });
});

const entry = (to: number, from: number | null, day: number, environment = 'production') => ({
  time: new Date(Date.UTC(2026, 0, day)).toISOString(),
  action: 'promote' as const,
  environment,
  from,
  to,
  actor: 'ada',
  reason: 'better',
  verdict: 'pass',
  metrics: { rmse: 1.5 },
  digest: 'd'.repeat(64),
  commit: null,
  run: null,
});

test('entries are numbered, chained by hash, and answer what was in production when', async () => {
  const { registry } = stores;
  for (const [to, from, day] of [
    [1, null, 1],
    [2, 1, 10],
    [1, 2, 12],
  ] as const) {
    await appendHistory(registry, 'bikes', entry(to, from, day));
  }
  await appendHistory(registry, 'bikes', entry(3, null, 20, 'staging'));
  const entries = await readHistory(registry, 'bikes');
  expect(entries.map((e) => [e.sequence, e.environment, e.from, e.to])).toEqual([
    [1, 'production', null, 1],
    [2, 'production', 1, 2],
    [3, 'production', 2, 1],
    [4, 'staging', null, 3],
  ]);
  expect(verifyHistory(entries)).toEqual([]);
  const at = (day: number) => versionAt(entries, 'production', Date.UTC(2026, 0, day));
  expect([0, 1, 9, 11, 30].map(at)).toEqual([undefined, 1, 1, 2, 1]);
});

test('an entry that was changed, removed or moved is found', async () => {
  const entries = await readHistory(stores.registry, 'bikes');
  expect(verifyHistory(entries.with(1, { ...entries[1]!, reason: 'other' }))).toEqual([
    'entry 2 was changed after it was written',
  ]);
  expect(verifyHistory(entries.toSpliced(1, 1))).toEqual([
    'entry 2 is missing: entry 3 stands in its place',
    'entry 3 does not follow the entry before it',
    'entry 3 is missing: entry 4 stands in its place',
  ]);
});

test('a tag that is no entry is an error that names it', async () => {
  const { registry } = stores;
  await registry.createRegisteredModel('broken', '');
  await registry.setRegisteredModelTag('broken', 'mlops.history.000001', '{"sequence":1}');
  await expect(readHistory(registry, 'broken')).rejects.toMatchObject({
    code: 'HISTORY_DAMAGED',
    message: 'tag "mlops.history.000001" of model "broken" is not an entry of its history',
  });
});
