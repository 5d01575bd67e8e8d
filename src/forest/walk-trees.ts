import type { Table } from '../data/table.ts';
import { type Forest, treeCount } from './forest.ts';
import { writeRowCells } from './forest-cells.ts';
import { MANY_OUTPUTS, type PresentOutputs, presentOutputs } from './leaf-means.ts';

/** Up to so many rows are faster one by one than together. */
export const FEW_ROWS = 63;

const known = new WeakMap<Forest, TreeWalk>();

/** Made once and kept with the forest. */
export function treeWalk(forest: Forest): TreeWalk {
  let walk = known.get(forest);
  if (!walk) {
    walk = new TreeWalk(forest);
    known.set(forest, walk);
  }
  return walk;
}

/** Of the last word of a node: a missing cell goes left, and the feature is categorical. Above them is its number. */
const MISSING_LEFT = 1;
const CATEGORICAL = 2;
const FEATURE_SHIFT = 2;

/**
 * Takes one row down all trees at once, level by level: one tree's node is read while the others' are waited for. What is read of a node
 * lies in 16 bytes: the threshold (where the set of categories is, which row of values a leaf has), the left child, and the last word,
 * which is -1 at a leaf.
 */
class TreeWalk {
  readonly #forest: Forest;
  readonly #thresholds: Float64Array;
  readonly #words: Int32Array;
  readonly #present: PresentOutputs | undefined;
  /** Trees that go on, and the node that each is at. */
  readonly #tree: Int32Array;
  readonly #node: Int32Array;
  /** The leaf that a row reaches in each tree. */
  readonly #leaf: Int32Array;
  readonly #cells: Float64Array;

  constructor(forest: Forest) {
    const nTrees = treeCount(forest);
    this.#forest = forest;
    this.#present = forest.outputs < MANY_OUTPUTS ? undefined : presentOutputs(forest);
    this.#thresholds = new Float64Array(2 * forest.feature.length);
    this.#words = new Int32Array(this.#thresholds.buffer);
    this.#tree = new Int32Array(nTrees);
    this.#node = new Int32Array(nTrees);
    this.#leaf = new Int32Array(nTrees);
    this.#cells = new Float64Array(forest.features.length);
    this.#pack();
  }

  #pack(): void {
    const { features, feature, threshold, left, missingLeft, categoryStart, leaf } = this.#forest;
    const [thresholds, words] = [this.#thresholds, this.#words];
    const kinds = Int32Array.from(features, ({ kind }) => (kind === 'categorical' ? CATEGORICAL : 0));
    for (let node = 0; node < feature.length; node++) {
      const f = feature[node]!;
      const at = 4 * node;
      if (f < 0) {
        words[at] = leaf[node]!;
        words[at + 3] = -1;
      } else {
        if (kinds[f] === CATEGORICAL) words[at] = categoryStart[node]!;
        else thresholds[2 * node] = threshold[node]!;
        words[at + 2] = left[node]!;
        words[at + 3] = (f << FEATURE_SHIFT) | kinds[f]! | (missingLeft[node] === 1 ? MISSING_LEFT : 0);
      }
    }
  }

  /**
   * The leaves that a row reaches, as node numbers in the whole forest.
   *
   * @returns one a tree, until the next call
   * @throws COLUMN_NOT_FOUND
   */
  leaves(table: Table, row: number): Int32Array {
    writeRowCells(this.#forest, table, row, this.#cells);
    this.#findLeaves(this.#cells);
    return this.#leaf;
  }

  /**
   * Writes the means of the leaves that a row reaches.
   *
   * @param at where they begin in `means`
   * @throws COLUMN_NOT_FOUND
   */
  writeMeans(table: Table, row: number, means: Float64Array, at: number): void {
    const leaf = this.leaves(table, row);
    const { outputs, values } = this.#forest;
    const words = this.#words;
    const nTrees = leaf.length;
    means.fill(0, at, at + outputs);
    for (let tree = 0; tree < nTrees; tree++) {
      const row = words[4 * leaf[tree]!]!;
      const from = row * outputs;
      if (this.#present === undefined) for (let k = 0; k < outputs; k++) means[at + k]! += values[from + k]!;
      else {
        const { first, output } = this.#present;
        const end = first[row + 1]!;
        for (let j = first[row]!; j < end; j++) means[at + output[j]!]! += values[from + output[j]!]!;
      }
    }
    for (let k = 0; k < outputs; k++) means[at + k]! /= nTrees;
  }

  #findLeaves(cells: Float64Array): void {
    const { treeStart, categoryBits } = this.#forest;
    const [thresholds, words, trees, nodes] = [this.#thresholds, this.#words, this.#tree, this.#node];
    let open = trees.length;
    for (let tree = 0; tree < open; tree++) {
      trees[tree] = tree;
      nodes[tree] = treeStart[tree]!;
    }
    while (open > 0) {
      let further = 0;
      for (let i = 0; i < open; i++) {
        const node = nodes[i]!;
        const tree = trees[i]!;
        const word = words[4 * node + 3]!;
        if (word < 0) {
          this.#leaf[tree] = node;
          continue;
        }
        const cell = cells[word >> FEATURE_SHIFT]!;
        let right: number;
        if ((word & CATEGORICAL) === 0) {
          const threshold = thresholds[2 * node]!;
          // A comparison with NaN is false.
          right = (word & MISSING_LEFT) === 0 ? 1 - +(cell <= threshold) : +(cell > threshold);
        } else if (cell < 0) right = 1 - (word & MISSING_LEFT);
        else right = 1 - ((categoryBits[words[4 * node]! + (cell >>> 5)]! >>> (cell & 31)) & 1);
        nodes[further] = words[4 * node + 2]! + right;
        trees[further++] = tree;
      }
      open = further;
    }
  }
}
