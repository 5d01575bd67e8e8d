import { parentPort, workerData } from 'node:worker_threads';
import { expectedError } from '../errors/from-system.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import type { PredictingParts } from '../model/predict.ts';
import { type FileJob, scoreFile } from './score-file.ts';
import type { WorkerAnswer } from './worker-pool.ts';

/** A thread that scores the files it is asked for. */
const port = parentPort!;
const model = workerData as PredictingParts;

port.on('message', async (job: FileJob) => {
  port.postMessage(await answer(job));
});

async function answer(job: FileJob): Promise<WorkerAnswer> {
  try {
    return { result: await scoreFile(model, job) };
  } catch (thrown) {
    // The class of an error does not survive the way to another thread.
    const error = expectedError(thrown);
    return error instanceof MlopsError ? { code: error.code, faults: error.faults } : { bug: error };
  }
}
