import type { Forest } from './forest.ts';

/** Rows that go through a tree together: their cells of a column stay in the cache. */
const BLOCK = 8192;

/** Numbers with NaN for missing ones, or codes of the forest's categories with -1 for missing and unknown ones. */
export type Cells = Float64Array | Int32Array;

/**
 * Sums of the leaves that each row reaches, tree by tree. The rows of a block go down a tree together and are divided at each node,
 * so that a node is read once a block, cells are read in the order of the rows, and no branch depends on a cell.
 *
 * @param cells one array of nRows a feature of the forest
 * @returns nRows × outputs, row-major
 */
export function sumLeavesOfMany(forest: Forest, cells: readonly Cells[], nRows: number): Float64Array {
  const sums = new Float64Array(nRows * forest.outputs);
  const nTrees = forest.treeStart.length - 1;
  const rows = new Int32Array(Math.min(BLOCK, nRows));
  const right = new Int32Array(rows.length);
  for (let from = 0; from < nRows; from += BLOCK) {
    const count = Math.min(BLOCK, nRows - from);
    for (let tree = 0; tree < nTrees; tree++) {
      for (let i = 0; i < count; i++) rows[i] = from + i;
      addTree(forest, forest.treeStart[tree]!, cells, rows, right, count, sums);
    }
  }
  return sums;
}

/** Adds the leaves that the first `count` rows of `rows` reach to their sums. */
function addTree(
  forest: Forest,
  root: number,
  cells: readonly Cells[],
  rows: Int32Array,
  right: Int32Array,
  count: number,
  sums: Float64Array,
): void {
  const { outputs, feature, threshold, left, missingLeft, categoryStart, categoryBits, value } = forest;
  // Node, first row and end of what is still to go down.
  const waiting: number[] = [];
  let [node, start, end] = [root, 0, count];
  for (;;) {
    const f = feature[node]!;
    if (f < 0) {
      addLeaf(value, node * outputs, outputs, rows, start, end, sums);
      if (waiting.length === 0) return;
      end = waiting.pop()!;
      start = waiting.pop()!;
      node = waiting.pop()!;
      continue;
    }
    const of = cells[f]!;
    const middle =
      of instanceof Int32Array
        ? divideCodes(of, categoryBits, categoryStart[node]!, missingLeft[node]!, rows, right, start, end)
        : divideNumbers(of, threshold[node]!, missingLeft[node]!, rows, right, start, end);
    const child = left[node]!;
    if (middle === start) node = child + 1;
    else {
      if (middle < end) waiting.push(child + 1, middle, end);
      node = child;
      end = middle;
    }
  }
}

function addLeaf(
  value: Float64Array,
  at: number,
  outputs: number,
  rows: Int32Array,
  start: number,
  end: number,
  sums: Float64Array,
): void {
  if (outputs === 1) {
    const mean = value[at]!;
    for (let i = start; i < end; i++) sums[rows[i]!]! += mean;
    return;
  }
  for (let i = start; i < end; i++) {
    const to = rows[i]! * outputs;
    for (let k = 0; k < outputs; k++) sums[to + k]! += value[at + k]!;
  }
}

/** Puts the rows that go left before the others, each side in the order that it has. Returns where the others begin. */
function divideNumbers(
  values: Float64Array,
  threshold: number,
  missingLeft: number,
  rows: Int32Array,
  right: Int32Array,
  start: number,
  end: number,
): number {
  let middle = start;
  let others = 0;
  for (let i = start; i < end; i++) {
    const row = rows[i]!;
    const cell = values[row]!;
    const goesLeft = +(cell <= threshold) | (missingLeft & +Number.isNaN(cell));
    rows[middle] = row;
    right[others] = row;
    middle += goesLeft;
    others += 1 - goesLeft;
  }
  for (let i = 0; i < others; i++) rows[middle + i] = right[i]!;
  return middle;
}

/** The same for categories. */
function divideCodes(
  codes: Int32Array,
  bits: Uint32Array,
  from: number,
  missingLeft: number,
  rows: Int32Array,
  right: Int32Array,
  start: number,
  end: number,
): number {
  let middle = start;
  let others = 0;
  for (let i = start; i < end; i++) {
    const row = rows[i]!;
    const code = codes[row]!;
    const goesLeft = code < 0 ? missingLeft : (bits[from + (code >>> 5)]! >>> (code & 31)) & 1;
    rows[middle] = row;
    right[others] = row;
    middle += goesLeft;
    others += 1 - goesLeft;
  }
  for (let i = 0; i < others; i++) rows[middle + i] = right[i]!;
  return middle;
}
