import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Table } from '../data/table.ts';
import { rowsTogether } from './divide-rows.ts';
import { type Forest, treeCount } from './forest.ts';
import { forestCells } from './forest-cells.ts';
import { leafMeans } from './leaf-means.ts';
import { predictForest } from './predict-forest.ts';
import { type PredictJob, takeBlock } from './predict-job.ts';
import { shared, sharedForest } from './shared-forest.ts';

/** Below so many rows × trees, starting threads takes longer than predicting. */
const SMALL = 4_000_000;

export interface PredictOptions {
  /** Threads; -1: one a core. The result does not depend on it. */
  readonly nJobs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Rows from … end - 1 and their means, row-major. */
export interface PredictedRows {
  readonly from: number;
  readonly end: number;
  readonly means: Float64Array;
}

/**
 * What `predictForest` gives, from several threads where that is faster.
 *
 * @returns nRows × outputs, row-major
 * @throws COLUMN_NOT_FOUND · what `signal` holds when it is aborted
 */
export async function predictInThreads(forest: Forest, table: Table, options: PredictOptions): Promise<Float64Array> {
  options.signal?.throwIfAborted();
  if (table.nRows * treeCount(forest) <= SMALL) return predictForest(forest, table);
  const threads = threadsOf(options);
  const together = rowsTogether(forest, Math.ceil(table.nRows / (2 * threads)));
  const job = jobOf(forest, table, together, threads);
  for await (const _ of doneBlocks(job, threads, options.signal));
  return job.means;
}

/**
 * The same, block after block in the order of the rows, as soon as they are there.
 *
 * @param together rows of a block
 * @throws COLUMN_NOT_FOUND · what `signal` holds when it is aborted
 */
export async function* predictBlocks(
  forest: Forest,
  table: Table,
  together: number,
  options: PredictOptions,
): AsyncGenerator<PredictedRows> {
  options.signal?.throwIfAborted();
  const { nRows } = table;
  const { outputs } = forest;
  const threads = nRows * treeCount(forest) <= SMALL ? 1 : threadsOf(options);
  const job = jobOf(forest, table, together, threads);
  const done = new Set<number>();
  let next = 0;
  for await (const block of doneBlocks(job, threads, options.signal)) {
    done.add(block);
    for (; done.delete(next); next++) {
      const from = next * together;
      const end = Math.min(nRows, from + together);
      yield { from, end, means: job.means.subarray(from * outputs, end * outputs) };
    }
  }
}

function threadsOf({ nJobs }: PredictOptions): number {
  return nJobs === -1 ? availableParallelism() : Math.max(1, nJobs);
}

function jobOf(forest: Forest, table: Table, together: number, threads: number): PredictJob {
  const { nRows } = table;
  const cells = forestCells(forest, table);
  return {
    forest: threads === 1 ? forest : sharedForest(forest),
    cells: threads === 1 ? cells : cells.map(shared),
    nRows,
    together,
    next: new Int32Array(new SharedArrayBuffer(4)),
    means: new Float64Array(new SharedArrayBuffer(8 * nRows * forest.outputs)),
  };
}

/** The numbers of the blocks, each when it is done. */
async function* doneBlocks(job: PredictJob, threads: number, signal: AbortSignal | undefined): AsyncGenerator<number> {
  if (threads === 1) {
    yield* blocksDoneHere(job, signal);
    return;
  }
  const nBlocks = Math.ceil(job.nRows / job.together);
  const workers = Array.from(
    { length: Math.min(threads, nBlocks) },
    () => new Worker(workerFile(), { workerData: job }),
  );
  const news = new News(workers, signal);
  try {
    for (let count = 0; count < nBlocks; count++) yield await news.next();
  } finally {
    news.close();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function* blocksDoneHere(job: PredictJob, signal: AbortSignal | undefined): AsyncGenerator<number> {
  const means = leafMeans(job.forest, job.together);
  for (let block = takeBlock(job); block !== -1; block = takeBlock(job)) {
    const from = block * job.together;
    means.write(job.cells, from, Math.min(job.nRows, from + job.together), job.means);
    yield block;
    // Lets timers, signals and messages through.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}

/** What workers say, one after another. */
class News {
  readonly #messages: number[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#fail(this.#signal!.reason);
  #failure: { readonly reason: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(workers: readonly Worker[], signal: AbortSignal | undefined) {
    this.#signal = signal;
    for (const worker of workers) {
      worker.on('message', (message: number) => {
        this.#messages.push(message);
        this.#wake();
      });
      worker.on('error', (error) => this.#fail(error));
      worker.on('exit', (code) => {
        if (code !== 0) this.#fail(new Error(`a worker ended with ${code}`));
      });
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  async next(): Promise<number> {
    for (;;) {
      if (this.#failure) throw this.#failure.reason;
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake();
  }
}

/** Beside the bundle, or beside this source. */
function workerFile(): string {
  return join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'predict-worker.ts' : 'predict-worker.js');
}
