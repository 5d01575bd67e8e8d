import { parentPort, workerData } from 'node:worker_threads';
import { growTree } from './grow-tree.ts';
import type { GrowingSet } from './growing-set.ts';

/** A thread that grows the trees it is asked for. */
const port = parentPort!;
const set = workerData as GrowingSet;
port.on('message', (treeNumber: number) => {
  const tree = growTree(set, treeNumber);
  const buffers = Object.values(tree).map((array: { buffer: ArrayBufferLike }) => array.buffer as ArrayBuffer);
  port.postMessage(tree, buffers);
});
