import { DistinctRows } from './distinct-rows.ts';
import type { Task } from './engine.ts';
import type { Forest, ForestFeature } from './forest.ts';
import type { GrownTree } from './tree-builder.ts';

/**
 * Puts trees one after another. Each tree's memory is given back as soon as it is copied: its values when it comes, of which most are
 * those of earlier trees again, its nodes at the end, when their number is known.
 */
export class ForestAssembly {
  readonly #outputs: number;
  readonly #features: readonly ForestFeature[];
  readonly #values: DistinctRows;
  /** Their leaves are rows of `#values`. */
  readonly #trees: GrownTree[] = [];

  constructor(outputs: number, features: readonly ForestFeature[]) {
    this.#outputs = outputs;
    this.#features = features;
    this.#values = new DistinctRows(outputs);
  }

  /** Number of trees so far. */
  get size(): number {
    return this.#trees.length;
  }

  add(tree: GrownTree): void {
    const { leaf, values } = tree;
    const rowOf = new Int32Array(values.length / this.#outputs).fill(-1);
    for (let node = 0; node < leaf.length; node++) {
      const row = leaf[node]!;
      if (row === -1) continue;
      if (rowOf[row] === -1) rowOf[row] = this.#values.add(values, row * this.#outputs);
      leaf[node] = rowOf[row]!;
    }
    release(values as Float64Array<ArrayBuffer>);
    this.#trees.push(tree);
  }

  /** The forest; nothing can be added any more. The importances of each tree count the same, as in scikit-learn. */
  finish(task: Task): Forest {
    const trees = this.#trees;
    const features = this.#features;
    const nNodes = sum(trees.map((tree) => tree.feature.length));
    const nWords = sum(trees.map((tree) => tree.categoryBits.length));
    const forest = {
      task,
      outputs: this.#outputs,
      features,
      treeStart: new Int32Array(trees.length + 1),
      feature: new Int32Array(nNodes),
      threshold: new Float64Array(nNodes),
      left: new Int32Array(nNodes),
      missingLeft: new Uint8Array(nNodes),
      categoryStart: new Int32Array(nNodes),
      categoryBits: new Uint32Array(nWords),
      leaf: new Int32Array(nNodes),
      values: this.#values.all(),
      importances: new Float64Array(features.length),
    };
    let node = 0;
    let word = 0;
    for (const [t, tree] of trees.entries()) {
      forest.feature.set(tree.feature, node);
      forest.threshold.set(tree.threshold, node);
      forest.missingLeft.set(tree.missingLeft, node);
      forest.leaf.set(tree.leaf, node);
      forest.categoryBits.set(tree.categoryBits, word);
      move(tree.left, node, forest.left, node);
      move(tree.categoryStart, word, forest.categoryStart, node);
      const total = sum(tree.importances);
      if (total > 0) for (const [f, gain] of tree.importances.entries()) forest.importances[f]! += gain / total;
      node += tree.feature.length;
      word += tree.categoryBits.length;
      forest.treeStart[t + 1] = node;
      for (const array of Object.values(tree) as Float64Array<ArrayBuffer>[]) release(array);
    }
    const total = sum(forest.importances);
    if (total > 0) for (let f = 0; f < features.length; f++) forest.importances[f]! /= total;
    return forest;
  }
}

/** Copies numbers of nodes or words to `to`, raised by `by`; -1 stays. */
function move(numbers: Int32Array, by: number, to: Int32Array, at: number): void {
  for (let i = 0; i < numbers.length; i++) to[at + i] = numbers[i] === -1 ? -1 : numbers[i]! + by;
}

function release({ buffer }: { readonly buffer: ArrayBuffer }): void {
  if (!buffer.detached) buffer.transfer(0);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
