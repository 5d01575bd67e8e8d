import type { Table } from '../data/table.ts';
import { leafFinder } from './apply-forest.ts';
import { type Forest, treeCount } from './forest.ts';

/**
 * The responses of the training rows in each leaf of a regression forest. Leaves are numbered tree by tree, from the leftmost one to
 * the right: that does not depend on how the nodes are numbered.
 *
 * Shapes  values: each response once, ascending · leafOf: nNodes, the number of the leaf, -1 at inner nodes · start: nLeaves + 1,
 *         where its rows begin in `codes` · codes: nTrees × nRows, numbers of `values`, ascending within a leaf
 */
export interface LeafResponses {
  readonly values: Float64Array;
  readonly leafOf: Int32Array;
  readonly start: Uint32Array;
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
}

/** Trees × training rows: their places are numbers of 32 bits. */
export const MOST_LEAF_ROWS = 2 ** 32 - 1;
/** Rows whose leaves are found before their quantiles are. */
const BLOCK = 1024;
/** Of the weight of all rows: what additions may lose, so that a level that is reached exactly counts as reached. */
const ROUNDING = 1e-9;

/**
 * All training rows, drawn by a tree or not, fall down all trees, as in the source below; each counts once.
 *
 * @param features of the rows that the forest was grown on
 */
export function leafResponses(forest: Forest, features: Table, response: Float64Array): LeafResponses {
  const { nRows } = features;
  const nTrees = treeCount(forest);
  if (nTrees * nRows > MOST_LEAF_ROWS)
    throw new RangeError(`has ${nTrees} × ${nRows} rows in leaves, at most ${MOST_LEAF_ROWS}`);
  const order = Int32Array.from({ length: nRows }, (_, row) => row).sort((a, b) => response[a]! - response[b]!);
  const values = Float64Array.from(new Set(Float64Array.from(order, (row) => response[row]!)));
  const codeOf = new Uint32Array(nRows);
  for (let i = 0, code = 0; i < nRows; i++) {
    while (values[code] !== response[order[i]!]) code++;
    codeOf[order[i]!] = code;
  }
  const { leafOf, count } = numberLeaves(forest);
  const start = new Uint32Array(count + 1);
  const codes = codesFor(values.length, nTrees * nRows);
  const finder = leafFinder(forest, features);
  const leaves = new Int32Array(nRows);
  const next = new Uint32Array(count);
  let leaf = 0;
  for (let tree = 0; tree < nTrees; tree++) {
    finder.leavesOf(tree, leaves);
    for (let row = 0; row < nRows; row++) next[leafOf[leaves[row]!]!]!++;
    for (let at = tree * nRows; at < (tree + 1) * nRows; leaf++) {
      const rows = next[leaf]!;
      start[leaf] = at;
      next[leaf] = at;
      at += rows;
    }
    for (const row of order) codes[next[leafOf[leaves[row]!]!]!++] = codeOf[row]!;
  }
  start.fill(nTrees * nRows, leaf);
  return { values, leafOf, start, codes };
}

/** The number of the leaf that each node is, -1 at inner nodes. */
export function numberLeaves({ feature, left, treeStart }: Forest): { leafOf: Int32Array; count: number } {
  const leafOf = new Int32Array(feature.length).fill(-1);
  let count = 0;
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    const open = [treeStart[tree]!];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (feature[node]! < 0) leafOf[node] = count++;
      else open.push(left[node]! + 1, left[node]!);
    }
  }
  return { leafOf, count };
}

/** Whole numbers below `limit` in as few bytes as hold them. */
function codesFor(limit: number, length: number): LeafResponses['codes'] {
  if (limit <= 2 ** 8) return new Uint8Array(length);
  return limit <= 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
}

/**
 * Quantiles of the response given the features: each training row has the mean over the trees of its share of the leaf that the row
 * asked for is in; the quantile of a level is the least response up to which these weights sum to the level (numpy's
 * `inverted_cdf`). So it is always a response that was seen.
 *
 * Source  Meinshausen 2006, Journal of Machine Learning Research 7
 *
 * @param levels above 0 and below 1, ascending
 * @returns nRows × levels, row-major
 * @throws COLUMN_NOT_FOUND
 */
export function predictQuantiles(
  forest: Forest,
  responses: LeafResponses,
  table: Table,
  levels: readonly number[],
): Float64Array {
  const { nRows } = table;
  const nTrees = treeCount(forest);
  const finder = leafFinder(forest, table);
  const quantiles = new Float64Array(nRows * levels.length);
  const weights = weightsOf(responses);
  const block = new Int32Array(Math.min(BLOCK, nRows));
  const leaves = Array.from({ length: nTrees }, () => new Int32Array(block.length));
  for (let from = 0; from < nRows; from += BLOCK) {
    const rows = block.subarray(0, Math.min(BLOCK, nRows - from));
    for (let i = 0; i < rows.length; i++) rows[i] = from + i;
    for (let tree = 0; tree < nTrees; tree++) finder.leavesOf(tree, leaves[tree]!, rows);
    for (let i = 0; i < rows.length; i++) {
      for (let tree = 0; tree < nTrees; tree++) weights.addLeaf(leaves[tree]![i]!);
      weights.takeQuantiles(levels, quantiles, (from + i) * levels.length);
    }
  }
  return quantiles;
}

const known = new WeakMap<LeafResponses, LeafWeights>();

/** Made once: there may be as many responses as there were rows, and a request asks for one row. */
function weightsOf(responses: LeafResponses): LeafWeights {
  const weights = known.get(responses) ?? new LeafWeights(responses);
  known.set(responses, weights);
  return weights;
}

/** The weights of the responses for one row after another, in the same buffers. */
class LeafWeights {
  readonly #responses: LeafResponses;
  readonly #weight: Float64Array;
  readonly #touched: Uint32Array;
  #count = 0;
  #leaves = 0;

  constructor(responses: LeafResponses) {
    this.#responses = responses;
    this.#weight = new Float64Array(responses.values.length);
    this.#touched = new Uint32Array(responses.values.length);
  }

  addLeaf(node: number): void {
    const { leafOf, start, codes } = this.#responses;
    const weight = this.#weight;
    const leaf = leafOf[node]!;
    const [from, end] = [start[leaf]!, start[leaf + 1]!];
    const share = 1 / (end - from);
    for (let at = from; at < end; at++) {
      const code = codes[at]!;
      if (weight[code] === 0) this.#touched[this.#count++] = code;
      weight[code]! += share;
    }
    if (end > from) this.#leaves++;
  }

  /** Writes the quantiles of the leaves added, and forgets these. */
  takeQuantiles(levels: readonly number[], into: Float64Array, at: number): void {
    const { values } = this.#responses;
    const touched = this.#touched.subarray(0, this.#count).sort();
    const reached = (level: number): number => (level - ROUNDING) * this.#leaves;
    let level = 0;
    let sum = 0;
    for (const code of touched) {
      sum += this.#weight[code]!;
      this.#weight[code] = 0;
      while (level < levels.length && sum >= reached(levels[level]!)) into[at + level++] = values[code]!;
    }
    this.#count = 0;
    this.#leaves = 0;
  }
}
