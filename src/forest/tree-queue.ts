/** Shared memory: the number of the next tree, and the number that no tree reaches. */
export type TreeQueue = Int32Array;

export function treeQueue(total: number): TreeQueue {
  const queue = new Int32Array(new SharedArrayBuffer(8));
  queue[1] = total;
  return queue;
}

/** The number of a tree that nobody else grows; -1: none is left. */
export function takeTree(queue: TreeQueue): number {
  const number = Atomics.add(queue, 0, 1);
  return number < Atomics.load(queue, 1) ? number : -1;
}

/** Hands out no tree after those that are begun, but at least one. */
export function closeQueue(queue: TreeQueue): void {
  Atomics.store(queue, 1, Math.max(1, Math.min(Atomics.load(queue, 0), Atomics.load(queue, 1))));
}
