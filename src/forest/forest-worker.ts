import { parentPort } from 'node:worker_threads';
import { TreeGrower } from './grow-tree.ts';
import type { GrowingSet } from './growing-set.ts';
import { type TreeQueue, takeTree } from './tree-queue.ts';

export interface WorkerTask {
  readonly set: GrowingSet;
  readonly queue: TreeQueue;
}

/** A thread that, once it is told of what, grows trees until none is left to take. */
parentPort!.once('message', ({ set, queue }: WorkerTask) => {
  const grower = new TreeGrower(set);
  for (let number = takeTree(queue); number !== -1; number = takeTree(queue)) {
    const tree = grower.grow(number);
    const buffers = Object.values(tree).map((array: { buffer: ArrayBufferLike }) => array.buffer as ArrayBuffer);
    parentPort!.postMessage({ number, tree }, buffers);
  }
});
