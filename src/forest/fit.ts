import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ForestAssembly } from './assemble.ts';
import { binFeatures } from './bins.ts';
import type { FitOptions, ForestParams, TrainingSet } from './engine.ts';
import type { Forest } from './forest.ts';
import type { WorkerTask } from './forest-worker.ts';
import { TreeGrower } from './grow-tree.ts';
import type { GrowingSet } from './growing-set.ts';
import { featureCount, paramsInRows } from './params.ts';
import { responseOf, rowWeights, wholeResponse } from './response.ts';
import type { GrownTree } from './tree-builder.ts';
import { closeQueue, type TreeQueue, takeTree, treeQueue } from './tree-queue.ts';

/** Below so many rows × trees × features a thread takes longer to start and to be compiled for than it saves (measured). */
const SMALL = 5_000_000;
/** Above so many rows × features looked at a tree takes too long for the thread that also listens to signals. */
const LARGE_TREE = 1_000_000;
/** A timer that is set to more rings at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Fits a random forest. The same set and parameters give the same forest, bit by bit, whatever `nJobs` is.
 *
 * @param params checked with `checkParams`
 * @throws what `signal` holds when it is aborted
 */
export async function fitForest(set: TrainingSet, params: ForestParams, options: FitOptions): Promise<Forest> {
  options.signal?.throwIfAborted();
  const end = performance.now() + (options.maxTrainTimeMs ?? Number.POSITIVE_INFINITY);
  const { nRows, columns } = set.features;
  const { nEstimators, maxFeatures } = params;
  const threads = Math.min(options.nJobs === -1 ? availableParallelism() : Math.max(1, options.nJobs), nEstimators);
  const jobs = nRows * nEstimators * columns.length > SMALL ? threads : 1;
  const here = nRows * featureCount(maxFeatures, columns.length) <= LARGE_TREE;
  // They start while this thread bins.
  const workers = Array.from({ length: here ? jobs - 1 : jobs }, () => new Worker(workerFile()));
  try {
    const growing = growingSet(set, params);
    const trees = await growTrees(growing, { workers, here, end }, options);
    return trees.finish(set.target.task);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function growingSet(set: TrainingSet, params: ForestParams): GrowingSet {
  const binned = binFeatures(set.features, params.maxBins);
  const weights = rowWeights(set, params);
  return {
    binned,
    response: wholeResponse(responseOf(set.target, params), weights, params),
    weights,
    params: paramsInRows(params, set.features.nRows),
  };
}

/** Trees 0, 1, 2, … as many as the time allows; those that are begun are ended, so that what is kept is a prefix. */
async function growTrees(
  set: GrowingSet,
  { workers, here, end }: { workers: readonly Worker[]; here: boolean; end: number },
  { signal, onProgress }: FitOptions,
): Promise<ForestAssembly> {
  const { nEstimators } = set.params;
  const queue = treeQueue(nEstimators);
  const trees = new ForestAssembly(set.response.outputs, set.binned.features);
  let done = 0;
  /** Trees that wait for one before them, by number. */
  const waiting = new Map<number, GrownTree>();
  const keep = (number: number, tree: GrownTree): void => {
    waiting.set(number, tree);
    for (let next = waiting.get(trees.size); next; next = waiting.get(trees.size)) {
      waiting.delete(trees.size);
      trees.add(next);
    }
    onProgress?.(++done, nEstimators);
  };
  const timer = Number.isFinite(end)
    ? setTimeout(() => closeQueue(queue), Math.min(LONGEST_TIMER_MS, Math.max(0, end - performance.now())))
    : undefined;
  try {
    for (const worker of workers) worker.postMessage({ set, queue } satisfies WorkerTask);
    await Promise.all([
      ...workers.map((worker) => ended(worker, keep, signal)),
      ...(here ? [growHere(set, queue, keep, signal)] : []),
    ]);
  } finally {
    clearTimeout(timer);
    closeQueue(queue);
  }
  return trees;
}

async function growHere(
  set: GrowingSet,
  queue: TreeQueue,
  keep: (number: number, tree: GrownTree) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const grower = new TreeGrower(set);
  for (let number = takeTree(queue); number !== -1; number = takeTree(queue)) {
    keep(number, grower.grow(number));
    // Lets timers, signals and messages through.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}

/** Waits until a worker has no tree left to take. */
function ended(
  worker: Worker,
  keep: (number: number, tree: GrownTree) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal!.reason);
    worker.on('message', ({ number, tree }: { number: number; tree: GrownTree }) => keep(number, tree));
    worker.on('error', reject);
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', onAbort);
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with ${code}`));
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Beside the bundle, or beside this source. */
function workerFile(): string {
  return join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'forest-worker.ts' : 'forest-worker.js');
}
