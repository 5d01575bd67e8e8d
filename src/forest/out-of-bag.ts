import type { Table } from '../data/table.ts';
import { leafFinder } from './apply-forest.ts';
import { drawRows, treeRandom } from './bootstrap.ts';
import type { ForestParams } from './engine.ts';
import { type Forest, treeCount } from './forest.ts';

/**
 * What the trees say of training rows that they did not see.
 *
 * Shapes  rows: the rows that at least one tree did not see, ascending · values: rows × outputs, row-major
 */
export interface OutOfBag {
  readonly rows: Int32Array;
  readonly values: Float64Array;
}

/** Sets how often a tree saw each training row. */
export type Draws = (tree: number, times: Float64Array) => void;

/** The draws of a native forest, which its seed and the number of a tree give again: nothing of them is stored. */
export function nativeDraws(params: ForestParams): Draws {
  return (tree, times) => drawRows(params, treeRandom(params, tree), times);
}

/**
 * Predictions of training rows by the trees that did not see them, as scikit-learn's `oob_prediction_` and
 * `oob_decision_function_`; rows that every tree saw have none.
 *
 * Cost    O(depth) for each tree and row that it did not see
 * Source  Breiman 2001, Machine Learning 45(1), section 3.1
 *
 * @param features of the rows that the forest was grown on
 */
export function outOfBag(forest: Forest, features: Table, draws: Draws): OutOfBag {
  const { nRows } = features;
  const { outputs, leaf, values: ofLeaves } = forest;
  const finder = leafFinder(forest, features);
  const sums = new Float64Array(nRows * outputs);
  const trees = new Int32Array(nRows);
  const times = new Float64Array(nRows);
  const unseen = new Int32Array(nRows);
  const leaves = new Int32Array(nRows);
  for (let tree = 0; tree < treeCount(forest); tree++) {
    draws(tree, times);
    let count = 0;
    for (let row = 0; row < nRows; row++) if (times[row] === 0) unseen[count++] = row;
    finder.leavesOf(tree, leaves, unseen.subarray(0, count));
    for (let i = 0; i < count; i++) {
      const row = unseen[i]!;
      const from = leaf[leaves[i]!]! * outputs;
      trees[row]!++;
      for (let k = 0; k < outputs; k++) sums[row * outputs + k]! += ofLeaves[from + k]!;
    }
  }
  const rows = Int32Array.from({ length: nRows }, (_, row) => row).filter((row) => trees[row]! > 0);
  const values = new Float64Array(rows.length * outputs);
  for (const [i, row] of rows.entries()) {
    for (let k = 0; k < outputs; k++) values[i * outputs + k] = sums[row * outputs + k]! / trees[row]!;
  }
  return { rows, values };
}
