import type { Cells } from './divide-rows.ts';
import type { Forest } from './forest.ts';

/** One shuffle of one feature: row i gets the cell of row `order[i]`. */
export interface Shuffle {
  readonly feature: number;
  readonly order: Int32Array;
}

/**
 * How the sums of leaves change when the cells of one feature are shuffled, for many shuffles in one walk. A row leaves its own way
 * through a tree at the first node where the foreign cell says otherwise; only from there on it is walked again. Rows that a feature
 * never sends elsewhere, and trees that never ask it, cost nothing.
 *
 * @param cells one array of nRows a feature of the forest
 * @returns for each shuffle nRows × outputs, row-major
 */
export function changesOfSums(forest: Forest, cells: readonly Cells[], shuffles: readonly Shuffle[]): Float64Array[] {
  const nRows = cells[0]?.length ?? 0;
  const changes = shuffles.map(() => new Float64Array(nRows * forest.outputs));
  const byFeature = forest.features.map((_, f) => [...shuffles.keys()].filter((s) => shuffles[s]!.feature === f));
  const strayed = new Strayed(shuffles.length * nRows);
  // The tree in which a row of a shuffle last left its way.
  const leftIn = new Int32Array(shuffles.length * nRows).fill(-1);
  const leafOf = new Int32Array(nRows);
  const rows = new Int32Array(nRows);
  const right = new Int32Array(nRows);
  const nTrees = forest.treeStart.length - 1;
  for (let tree = 0; tree < nTrees; tree++) {
    strayed.count = 0;
    for (let row = 0; row < nRows; row++) rows[row] = row;
    ownWays(tree);
    for (let i = 0; i < strayed.count; i++) addChange(strayed.shuffle[i]!, strayed.row[i]!, strayed.node[i]!);
  }
  return changes;

  /** Takes all rows down a tree together, and notes where which row of which shuffle would go elsewhere. */
  function ownWays(tree: number): void {
    const { feature, left } = forest;
    const waiting: number[] = [forest.treeStart[tree]!, 0, nRows];
    while (waiting.length > 0) {
      const end = waiting.pop()!;
      const start = waiting.pop()!;
      const node = waiting.pop()!;
      const f = feature[node]!;
      if (f < 0) {
        for (let i = start; i < end; i++) leafOf[rows[i]!] = node;
        continue;
      }
      const own = cells[f]!;
      for (const s of byFeature[f]!) {
        const { order } = shuffles[s]!;
        for (let i = start; i < end; i++) {
          const row = rows[i]!;
          if (leftIn[s * nRows + row] === tree) continue;
          const foreign = stepRight(forest, node, own[order[row]!]!);
          if (foreign === stepRight(forest, node, own[row]!)) continue;
          leftIn[s * nRows + row] = tree;
          strayed.add(s, row, left[node]! + foreign);
        }
      }
      let middle = start;
      let others = 0;
      for (let i = start; i < end; i++) {
        const row = rows[i]!;
        const goesRight = stepRight(forest, node, own[row]!);
        rows[middle] = row;
        right[others] = row;
        middle += 1 - goesRight;
        others += goesRight;
      }
      for (let i = 0; i < others; i++) rows[middle + i] = right[i]!;
      if (middle < end) waiting.push(left[node]! + 1, middle, end);
      if (middle > start) waiting.push(left[node]!, start, middle);
    }
  }

  function addChange(s: number, row: number, from: number): void {
    const { feature, left, leaf, values, outputs } = forest;
    const { feature: shuffled, order } = shuffles[s]!;
    const foreignRow = order[row]!;
    let node = from;
    for (let f = feature[node]!; f >= 0; f = feature[node]!) {
      node = left[node]! + stepRight(forest, node, cells[f]![f === shuffled ? foreignRow : row]!);
    }
    const change = changes[s]!;
    const other = leaf[node]! * outputs;
    const own = leaf[leafOf[row]!]! * outputs;
    for (let k = 0; k < outputs; k++) change[row * outputs + k]! += values[other + k]! - values[own + k]!;
  }
}

/** 1: to the right child. A missing number is NaN, a missing or unknown category -1. */
function stepRight(forest: Forest, node: number, cell: number): 0 | 1 {
  const bits = forest.categoryStart[node]!;
  if (bits < 0) {
    if (Number.isNaN(cell)) return forest.missingLeft[node] === 1 ? 0 : 1;
    return cell <= forest.threshold[node]! ? 0 : 1;
  }
  if (cell < 0) return forest.missingLeft[node] === 1 ? 0 : 1;
  return ((forest.categoryBits[bits + (cell >>> 5)]! >>> (cell & 31)) & 1) === 1 ? 0 : 1;
}

/** Rows of shuffles and the nodes that they go on from. */
class Strayed {
  count = 0;
  readonly shuffle: Int32Array;
  readonly row: Int32Array;
  readonly node: Int32Array;

  constructor(most: number) {
    this.shuffle = new Int32Array(most);
    this.row = new Int32Array(most);
    this.node = new Int32Array(most);
  }

  add(shuffle: number, row: number, node: number): void {
    this.shuffle[this.count] = shuffle;
    this.row[this.count] = row;
    this.node[this.count++] = node;
  }
}
