import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openStores, type Stores } from '../../src/registry/open-stores.ts';
import { machines } from '../integration/ledger-machines.ts';
import { mlflowEnv } from '../tools/mlflow-server.ts';
import { PEERS, pythonPeers } from '../tools/python-peers.ts';
import { mustRun } from '../tools/run-program.ts';
import { type BenchResult, median } from './result.ts';

export const peers = PEERS;

const ROUNDS = 3;
const RUNS = 20;
const MANY_RUNS = 100_000;
const LISTINGS = 11;
const PUSHERS = 50;

/** The embedded store beside MLflow's client on its own SQLite file, and the bars that the store has to keep by itself. */
export async function bench(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
  try {
    return [await logging(folder), await listing(folder), await pushing()];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run of 20 params, 1,000 metric points and 5 artifacts. */
async function logging(folder: string): Promise<BenchResult> {
  const python = await pythonPeers();
  const files = join(folder, 'files');
  mkdirSync(files);
  for (let i = 0; i < 5; i++) writeFileSync(join(files, `${i}.txt`), `artifact ${i}\n`.repeat(100));
  const pairs: { ours: number; peer: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const stores = await open(folder, `ours-${round}`);
    await logRun(stores, files);
    const begun = performance.now();
    for (let i = 0; i < RUNS; i++) await logRun(stores, files);
    const ours = (performance.now() - begun) / RUNS;
    await stores.close();
    const uri = `sqlite:///${join(folder, `theirs-${round}.db`)}`;
    const script = join(import.meta.dirname, 'peers/store.py');
    const printed = await mustRun(python, [script, uri, String(RUNS), files], { cwd: folder, env: mlflowEnv() });
    pairs.push({ ours, peer: 1000 * (JSON.parse(printed) as { run: number }).run });
  }
  const [ours, peer] = [median(pairs.map((p) => p.ours)), median(pairs.map((p) => p.peer))];
  return {
    ...{ bench: 'store', case: '20 params, 1,000 metric points, 5 artifacts', metric: 'log a run' },
    ...{ ours, peer, peer_name: "MLflow's client on SQLite", ratio: peer / ours, unit: 'ms' },
  };
}

/** Opens a store of many runs and lists the newest 50. */
async function listing(folder: string): Promise<BenchResult> {
  const stores = await open(folder, 'many');
  const { experimentId } = await stores.tracking.getOrCreateExperiment('bench');
  const run = await stores.tracking.createRun({ experimentId, runName: 'first', startTime: 1, tags: { a: 'b' } });
  await stores.tracking.logBatch(run.runId, {
    params: { depth: '5' },
    metrics: [{ key: 'rmse', value: 1, timestamp: 1, step: 0 }],
  });
  await stores.close();
  multiply(join(folder, 'many.db'), run.runId);
  const times: number[] = [];
  for (let i = 0; i < LISTINGS; i++) {
    const begun = performance.now();
    const again = await open(folder, 'many');
    const found = await again.tracking.searchRuns({ experimentIds: [experimentId], maxResults: 50 });
    times.push(performance.now() - begun);
    if (found.length !== 50) throw new Error(`${found.length} runs were listed`);
    await again.close();
  }
  const ours = median(times);
  return {
    ...{ bench: 'store', case: `${MANY_RUNS.toLocaleString('en-US')} runs`, metric: 'open, and list the newest 50' },
    ...{ ours, peer: 50, peer_name: 'allowed', ratio: 50 / ours, unit: 'ms' },
  };
}

/** Copies of one run with its param, metric and tag, each a millisecond later. */
function multiply(path: string, runId: string): void {
  const db = new DatabaseSync(path);
  db.exec('BEGIN');
  for (const [table, key] of [
    ['runs', 'run_uuid'],
    ['params', 'run_uuid'],
    ['latest_metrics', 'run_uuid'],
    ['metrics', 'run_uuid'],
    ['tags', 'run_uuid'],
  ] as const) {
    const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(table) as { name: string }[];
    const values = columns.map(({ name }) =>
      name === key ? "printf('%032x', n)" : name === 'start_time' ? 'start_time + n' : name,
    );
    db.exec(
      `WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < ${MANY_RUNS})
       INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')})
       SELECT ${values.join(', ')} FROM ${table}, many WHERE ${key} = '${runId}'`,
    );
  }
  db.exec('COMMIT');
  db.close();
}

/** Processes that register a version each on one real bare repository, all at once. */
async function pushing(): Promise<BenchResult> {
  const at = await machines();
  try {
    const writer = join(import.meta.dirname, '../integration/ledger-writer.ts');
    const pushers = Array.from({ length: PUSHERS }, async () => {
      const begun = performance.now();
      const printed = await mustRun(process.execPath, [writer, 'register', at.folder, at.remote]);
      return { version: Number(printed.trim()), seconds: (performance.now() - begun) / 1000 };
    });
    // All of them end before the folder is removed, whatever one of them has to say.
    await Promise.allSettled(pushers);
    const done = await Promise.all(pushers);
    const versions = done.map(({ version }) => version).sort((a, b) => a - b);
    if (versions.some((version, i) => version !== i + 1)) throw new Error(`versions given: ${versions.join(', ')}`);
    const ours = median(done.map(({ seconds }) => seconds));
    return {
      ...{ bench: 'store', case: `${PUSHERS} pushers at once, every version once`, metric: 'median time of a push' },
      ...{ ours, peer: 5, peer_name: 'allowed', ratio: 5 / ours, unit: 's' },
    };
  } finally {
    rmSync(at.folder, { recursive: true, force: true });
  }
}

function open(cwd: string, name: string): Promise<Stores> {
  return openStores({ trackingUri: `sqlite:///${name}.db`, cwd, credential: () => undefined });
}

async function logRun({ tracking }: Stores, files: string): Promise<void> {
  const { experimentId } = await tracking.getOrCreateExperiment('bench');
  const run = await tracking.createRun({ experimentId, runName: 'bench', startTime: Date.now(), tags: {} });
  await tracking.logBatch(run.runId, {
    params: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, String(i)])),
    metrics: Array.from({ length: 1000 }, (_, i) => ({
      ...{ key: `m${i % 10}`, value: i / 7, timestamp: 1_700_000_000_000 + i, step: Math.floor(i / 10) },
    })),
  });
  await tracking.artifacts(run.artifactUri).upload(files, '');
  await tracking.endRun(run.runId, 'FINISHED', Date.now());
}
