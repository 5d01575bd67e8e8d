import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ErrorCode } from '../errors/codes.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { PredictingParts } from '../model/predict.ts';
import type { FileJob, FileResult } from './score-file.ts';

export type WorkerAnswer =
  | { readonly result: FileResult }
  | { readonly code: ErrorCode; readonly faults: readonly string[] }
  | { readonly bug: unknown };

/** A thread that scores one file at a time. */
export class BatchWorker {
  readonly #worker: Worker;
  /** Why the thread takes no more files. */
  #ended: unknown;

  /** @param model with its forest in shared memory, so that threads have one of it */
  constructor(model: PredictingParts) {
    this.#worker = new Worker(workerFile(), { workerData: model });
    this.#worker.on('error', (error) => (this.#ended = error));
    this.#worker.on('exit', (code) => (this.#ended ??= new Error(`a worker ended with ${code}`)));
  }

  score(job: FileJob, signal: AbortSignal): Promise<FileResult> {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        signal.removeEventListener('abort', onAbort);
      };
      const onMessage = (answer: WorkerAnswer): void => {
        settle();
        if ('result' in answer) resolve(answer.result);
        else reject('code' in answer ? new MlopsError(answer.code, answer.faults) : answer.bug);
      };
      const onError = (error: unknown): void => {
        settle();
        reject(error);
      };
      const onExit = (): void => onError(this.#ended);
      const onAbort = (): void => onError(signal.reason);
      worker.once('message', onMessage).once('error', onError).once('exit', onExit);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else if (this.#ended !== undefined) onExit();
      else worker.postMessage(job);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The same model with its arrays in memory that threads share. */
export function inSharedMemory(parts: PredictingParts): PredictingParts {
  const { forest, intervals } = parts;
  return {
    ...parts,
    forest: withSharedArrays(forest),
    intervals: intervals && { ...intervals, responses: withSharedArrays(intervals.responses) },
  };
}

function withSharedArrays<T extends object>(of: T): T {
  const entries = Object.entries(of).map(([name, value]) => [name, ArrayBuffer.isView(value) ? shared(value) : value]);
  return Object.fromEntries(entries) as T;
}

function shared(array: ArrayBufferView): ArrayBufferView {
  const copy = new SharedArrayBuffer(array.byteLength);
  new Uint8Array(copy).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  const Type = array.constructor as new (buffer: SharedArrayBuffer) => ArrayBufferView;
  return new Type(copy);
}

/** Beside the bundle, or beside this source. */
function workerFile(): string {
  return join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'batch-worker.ts' : 'batch-worker.js');
}
