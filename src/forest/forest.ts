import type { Task } from './engine.ts';

/** A column that the forest splits on, as it was at training time. */
export type ForestFeature =
  | { readonly name: string; readonly kind: 'numeric' }
  /** A bit of a split stands for each category, in this order. */
  | { readonly name: string; readonly kind: 'categorical'; readonly categories: readonly string[] };

/**
 * A trained forest: the nodes of all trees one after another.
 *
 * Shapes  feature, threshold, left, missingLeft, categoryStart, leaf: nNodes · values: different leaves × outputs, row-major
 *
 * A node with feature -1 is a leaf. At any other node a number goes left when it is at most `threshold`; a category when its bit
 * in `categoryBits` (from word `categoryStart` on) is set; a missing or unknown cell when `missingLeft` is 1.
 */
export interface Forest {
  readonly task: Task;
  /** Number of values of a leaf: 1, or one share a class. */
  readonly outputs: number;
  readonly features: readonly ForestFeature[];
  /** nTrees + 1: where each tree begins, and the end. */
  readonly treeStart: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** Node numbers in the whole forest, -1 at leaves; the right child is the next node after the left one. */
  readonly left: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly categoryStart: Int32Array;
  readonly categoryBits: Uint32Array;
  /** Which row of `values` a leaf predicts, -1 at inner nodes. */
  readonly leaf: Int32Array;
  /** Each different row once, told apart by its bits, in the order in which nodes name them. */
  readonly values: Float64Array;
  /** Mean decrease of impurity by feature; they sum to 1 (or to 0 when nothing was split). */
  readonly importances: Float64Array;
}

export function treeCount(forest: Forest): number {
  return forest.treeStart.length - 1;
}
