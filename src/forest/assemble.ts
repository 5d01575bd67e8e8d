import type { Task } from './engine.ts';
import type { Forest, ForestFeature } from './forest.ts';
import type { GrownTree } from './tree-builder.ts';

/**
 * Puts trees one after another; the importances of each tree count the same, as in scikit-learn. Each tree's memory is given back
 * once it is copied, so that the forest is never there twice.
 */
export function assembleForest(
  task: Task,
  outputs: number,
  features: readonly ForestFeature[],
  trees: readonly GrownTree[],
): Forest {
  const nNodes = sum(trees.map((tree) => tree.feature.length));
  const nWords = sum(trees.map((tree) => tree.categoryBits.length));
  const forest = {
    task,
    outputs,
    features,
    treeStart: new Int32Array(trees.length + 1),
    feature: new Int32Array(nNodes),
    threshold: new Float64Array(nNodes),
    left: new Int32Array(nNodes),
    missingLeft: new Uint8Array(nNodes),
    categoryStart: new Int32Array(nNodes),
    categoryBits: new Uint32Array(nWords),
    value: new Float64Array(nNodes * outputs),
    importances: new Float64Array(features.length),
  };
  let node = 0;
  let word = 0;
  for (const [t, tree] of trees.entries()) {
    forest.feature.set(tree.feature, node);
    forest.threshold.set(tree.threshold, node);
    forest.missingLeft.set(tree.missingLeft, node);
    forest.value.set(tree.value, node * outputs);
    forest.categoryBits.set(tree.categoryBits, word);
    move(tree.left, node, forest.left, node);
    move(tree.categoryStart, word, forest.categoryStart, node);
    const total = sum(tree.importances);
    if (total > 0) for (const [f, gain] of tree.importances.entries()) forest.importances[f]! += gain / total;
    node += tree.feature.length;
    word += tree.categoryBits.length;
    forest.treeStart[t + 1] = node;
    release(tree);
  }
  const total = sum(forest.importances);
  if (total > 0) for (let f = 0; f < features.length; f++) forest.importances[f]! /= total;
  return forest;
}

/** Copies numbers of nodes or words to `to`, raised by `by`; -1 stays. */
function move(numbers: Int32Array, by: number, to: Int32Array, at: number): void {
  for (let i = 0; i < numbers.length; i++) to[at + i] = numbers[i] === -1 ? -1 : numbers[i]! + by;
}

function release(tree: GrownTree): void {
  for (const { buffer } of Object.values(tree) as { readonly buffer: ArrayBuffer }[]) {
    if (!buffer.detached) buffer.transfer(0);
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
