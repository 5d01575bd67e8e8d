import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LedgerStores, type OpenLedger, openLedgerStores } from '../../src/ledger/ledger.ts';
import type { Stores } from '../../src/registry/open-stores.ts';
import { mustRun } from '../tools/run-program.ts';

export const BRANCH = 'mlops-ledger';

/** A folder with a bare repository and as many machines as are asked for, each with a checkout and a disk of its own. */
export interface Machines {
  readonly folder: string;
  readonly remote: string;
  open(options?: Partial<OpenLedger>): Promise<LedgerStores>;
  git(...args: string[]): Promise<string>;
}

export async function machines(): Promise<Machines> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  const remote = join(folder, 'remote.git');
  await mustRun('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
  // As GitHub does: without it every fetch brings all files.
  await mustRun('git', ['-C', remote, 'config', 'uploadpack.allowFilter', 'true']);
  return {
    folder,
    remote,
    open: async (options = {}) => openLedgerStores(await ledgerOptions(folder, remote, options)),
    git: async (...args) => (await mustRun('git', ['-C', remote, ...args])).trim(),
  };
}

export async function ledgerOptions(
  folder: string,
  remote: string,
  options: Partial<OpenLedger> = {},
): Promise<OpenLedger> {
  return {
    cwd: folder,
    branch: BRANCH,
    remote,
    directory: await mkdtemp(join(folder, 'machine-')),
    credential: () => undefined,
    environment: process.env,
    now: Date.now,
    origin: { host: 'local', actor: 'ada', commit: undefined, runUrl: undefined },
    log: () => {},
    ...options,
  };
}

/** A run with a model of one file, as training records it. */
export async function trainOne({ tracking }: Stores, scratch: string, text = 'flavors: {}\n') {
  const { experimentId } = await tracking.getOrCreateExperiment('bikes');
  const run = await tracking.createRun({ experimentId, runName: 'train', startTime: Date.now(), tags: {} });
  const model = await tracking.createLoggedModel({ name: 'model', experimentId, sourceRunId: run.runId });
  const folder = join(scratch, model.modelId);
  await mkdir(join(folder, 'native'), { recursive: true });
  await writeFile(join(folder, 'MLmodel'), text);
  await writeFile(join(folder, 'native', 'forest.bin'), Uint8Array.of(0, 10, 13, 255));
  await tracking.artifacts(model.artifactLocation).upload(folder, '');
  await tracking.finalizeLoggedModel(model.modelId, 'READY');
  await tracking.logBatch(run.runId, {
    params: { depth: '5' },
    metrics: [
      { key: 'rmse', value: 41.25, timestamp: 5, step: 0 },
      { key: 'odd', value: Number.NaN, timestamp: 5, step: 0 },
      { key: 'up', value: Number.POSITIVE_INFINITY, timestamp: 5, step: 0 },
    ],
  });
  await tracking.endRun(run.runId, 'FINISHED', Date.now());
  return { run, model };
}

export async function registerOne(stores: Stores, scratch: string, text?: string): Promise<number> {
  const { run, model } = await trainOne(stores, scratch, text);
  const { version } = await stores.registry.createModelVersion({
    name: 'bikes',
    modelId: model.modelId,
    runId: run.runId,
    storageLocation: model.artifactLocation,
    description: '',
    tags: { verdict: 'pass' },
  });
  return version;
}

/** Moves an alias and writes the entry of the history, as a deployment does. */
export async function promoteOne({ registry }: Stores, version: number, sequence: number, who: string): Promise<void> {
  await registry.setAlias('bikes', 'production', version);
  const key = `mlops.history.${String(sequence).padStart(6, '0')}`;
  await registry.setRegisteredModelTag('bikes', key, JSON.stringify({ to: version, actor: who }));
}
