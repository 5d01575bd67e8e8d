import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { assembleForest } from './assemble.ts';
import { binFeatures } from './bins.ts';
import type { FitOptions, ForestParams, TrainingSet } from './engine.ts';
import type { Forest } from './forest.ts';
import { growTree } from './grow-tree.ts';
import type { GrowingSet } from './growing-set.ts';
import { responseOf, rowWeights } from './response.ts';
import type { GrownTree } from './tree-builder.ts';

/** Below so many rows × trees × features, starting threads takes longer than growing. */
const SMALL = 2_000_000;

/**
 * Fits a random forest. The same set and parameters give the same forest, bit by bit, whatever `nJobs` is.
 *
 * @param params checked with `checkParams`
 */
export async function fitForest(set: TrainingSet, params: ForestParams, options: FitOptions): Promise<Forest> {
  const binned = binFeatures(set.features, params.maxBins);
  const response = responseOf(set.target, params);
  const growing: GrowingSet = { binned, response, weights: rowWeights(set, params), params };
  const work = binned.nRows * params.nEstimators * binned.features.length;
  const jobs = Math.min(options.nJobs === -1 ? availableParallelism() : Math.max(1, options.nJobs), params.nEstimators);
  const trees =
    jobs > 1 && work > SMALL ? await growInThreads(growing, jobs, options) : await growHere(growing, options);
  return assembleForest(set.target.task, response.outputs, binned.features, trees);
}

async function growHere(growing: GrowingSet, options: FitOptions): Promise<GrownTree[]> {
  const total = growing.params.nEstimators;
  const late = deadline(options.maxTrainTimeMs);
  const trees: GrownTree[] = [];
  while (trees.length < total && !(trees.length > 0 && late())) {
    trees.push(growTree(growing, trees.length));
    options.onProgress?.(trees.length, total);
    // Lets signals and progress through.
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
  return trees;
}

async function growInThreads(growing: GrowingSet, jobs: number, options: FitOptions): Promise<GrownTree[]> {
  const total = growing.params.nEstimators;
  const late = deadline(options.maxTrainTimeMs);
  const trees: GrownTree[] = [];
  let next = 0;
  let done = 0;
  const workers = Array.from({ length: jobs }, () => new Worker(workerFile(), { workerData: growing }));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        while (next < total && !(next > 0 && late())) {
          const number = next++;
          trees[number] = await ask(worker, number, options.signal);
          options.onProgress?.(++done, total);
        }
      }),
    );
    return trees;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, treeNumber: number, signal: AbortSignal | undefined): Promise<GrownTree> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
    };
    const onMessage = (tree: GrownTree): void => {
      settle();
      resolve(tree);
    };
    const onError = (error: unknown): void => {
      settle();
      reject(error);
    };
    const onExit = (code: number): void => onError(new Error(`a worker ended with ${code}`));
    const onAbort = (): void => onError(signal!.reason);
    worker.once('message', onMessage).once('error', onError).once('exit', onExit);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    else worker.postMessage(treeNumber);
  });
}

/** Whether the time is over. Trees that are begun are ended, so that what is kept is a prefix without holes. */
function deadline(ms: number | undefined): () => boolean {
  const end = ms === undefined ? Number.POSITIVE_INFINITY : performance.now() + ms;
  return () => performance.now() >= end;
}

/** Beside the bundle, or beside this source. */
function workerFile(): string {
  return join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'worker.ts' : 'worker.js');
}
