import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { stopQueue } from './block-queue.ts';
import type { CsvAnswer, CsvRequest } from './csv-worker.ts';
import type { BlockJob } from './scan-blocks.ts';
import type { SharedCells, TableReadingOptions, ThreadReading } from './table-reading.ts';

/** Threads that read blocks beside the main one. They start while that one already reads. */
export class CsvThreads {
  readonly #workers: readonly Worker[];

  constructor(threads: number, { csv, kinds }: TableReadingOptions) {
    const workerData: TableReadingOptions = kinds === undefined ? { csv } : { csv, kinds };
    this.#workers = Array.from({ length: threads }, () => new Worker(workerFile(), { workerData }));
  }

  /** Lets all threads read blocks of the job; ends when all have ended. */
  async scan(job: BlockJob, header: readonly string[], cells: readonly SharedCells[]): Promise<void> {
    const request: CsvRequest = { scan: job, header, cells };
    await Promise.all(this.#workers.map((worker) => ask(worker, request))).catch((error: unknown) => {
      stopQueue(job.queue, 'fault');
      throw error;
    });
  }

  /** What they found in all jobs so far. */
  async finish(): Promise<ThreadReading[]> {
    return (await Promise.all(this.#workers.map((worker) => ask(worker, 'finish')))) as ThreadReading[];
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, request: CsvRequest): Promise<CsvAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => void worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    const onMessage = (answer: CsvAnswer): void => {
      settle();
      resolve(answer);
    };
    const onError = (error: unknown): void => {
      settle();
      reject(error);
    };
    const onExit = (code: number): void => onError(new Error(`a worker ended with ${code}`));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(request);
  });
}

/** Beside the bundle, or beside this source. */
function workerFile(): string {
  return join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'csv-worker.ts' : 'csv-worker.js');
}
