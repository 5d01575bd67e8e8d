import { parentPort, workerData } from 'node:worker_threads';
import { leafMeans } from './leaf-means.ts';
import { type PredictJob, takeBlock } from './predict-job.ts';

/** A thread that predicts blocks of rows until none is left to take. */
const job = workerData as PredictJob;
const means = leafMeans(job.forest, job.together);
for (let block = takeBlock(job); block !== -1; block = takeBlock(job)) {
  const from = block * job.together;
  means.write(job.cells, from, Math.min(job.nRows, from + job.together), job.means);
  parentPort!.postMessage(block);
}
