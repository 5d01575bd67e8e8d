import type { BestCut } from './best-cut.ts';
import { MISSING } from './binned-features.ts';
import { drawRows } from './bootstrap.ts';
import type { GrowingSet } from './growing-set.ts';
import type { Random } from './random.ts';
import { balancedWeights } from './response.ts';

/** What is known of each row, by position: the rows of a node lie next to one another. */
class RowBuffer {
  readonly row: Int32Array;
  readonly weight: Float64Array;
  readonly value: Float64Array;

  constructor(nRows: number, hasWeight: boolean) {
    this.row = new Int32Array(nRows);
    this.weight = new Float64Array(hasWeight ? nRows : 0);
    this.value = new Float64Array(nRows);
  }
}

/**
 * The rows that a tree sees, each once (drawn twice: twice the weight). The rows of a node lie next to one another; what is
 * read for each of them lies at the same position, so that growing reads memory in order. There are two buffers: rows are divided
 * from one into the other, so that nodes of even depth lie in the first and those of odd depth in the second.
 */
export class NodeRows {
  size = 0;
  row: Int32Array;
  weight: Float64Array;
  /** The response: a number, or the code of a class; of a `WholeResponse` weight × (unit + response), and no weight beside it. */
  value: Float64Array;
  readonly #set: GrowingSet;
  /** How often each row is drawn; two bytes, so that drawing, which jumps about, stays in the cache. */
  readonly #times: Uint16Array;
  readonly #buffers: readonly [RowBuffer, RowBuffer];
  /** By position: 1 for rows that go right. */
  readonly #goesRight: Uint8Array;

  constructor(set: GrowingSet) {
    const { nRows } = set.binned;
    this.#set = set;
    const hasWeight = set.response.kind !== 'whole';
    this.#buffers = [new RowBuffer(nRows, hasWeight), new RowBuffer(nRows, hasWeight)];
    ({ row: this.row, weight: this.weight, value: this.value } = this.#buffers[0]);
    this.#times = new Uint16Array(nRows);
    this.#goesRight = new Uint8Array(nRows);
  }

  /** Draws the rows of one tree. */
  draw(random: Random): void {
    const { weights, params, response, binned } = this.#set;
    const { nRows } = binned;
    const times = this.#times;
    drawRows(params, random, times);
    const values = response.kind === 'classes' ? response.codes : response.values;
    const ofClass =
      params.classWeight === 'balanced_subsample' ? balancedWeights(values, response.outputs, times) : undefined;
    this.turnTo(0);
    const { row, weight, value } = this;
    let size = 0;
    for (let at = 0; at < nRows; at++) {
      const w = times[at]! * weights[at]!;
      if (w <= 0) continue;
      row[size] = at;
      if (response.kind === 'whole') {
        value[size++] = w * (response.unit + response.values[at]!);
        continue;
      }
      weight[size] = ofClass ? w * ofClass[values[at]!]! : w;
      value[size++] = values[at]!;
    }
    this.size = size;
  }

  /** Turns to the rows of nodes of this depth. */
  turnTo(depth: number): void {
    const { row, weight, value } = this.#buffers[(depth & 1) as 0 | 1];
    this.row = row;
    this.weight = weight;
    this.value = value;
  }

  /**
   * Divides the rows start … end - 1 for nodes one deeper, at the same positions: those that go left come first, each side in its old
   * order.
   *
   * @returns where the right side begins
   */
  divide(depth: number, start: number, end: number, bins: Uint8Array | Uint16Array, cut: BestCut): number {
    this.turnTo(depth);
    const { row } = this;
    const goesRight = this.#goesRight;
    let right: number;
    if (bins instanceof Uint16Array) right = markWide(row, start, end, bins, cut.goesLeft, goesRight);
    else if (cut.categorical) right = markCategories(row, start, end, bins, cut.goesLeft, goesRight);
    else right = markNumbers(row, start, end, bins, cut.lastLeft, cut.hasMissing && cut.missingLeft, goesRight);
    const middle = end - right;
    const from = this.#buffers[(depth & 1) as 0 | 1];
    const to = this.#buffers[(1 - (depth & 1)) as 0 | 1];
    if (this.#set.response.kind === 'whole') moveWhole(from, to, start, middle, end, goesRight);
    else moveRows(from, to, start, middle, end, goesRight);
    return middle;
  }
}

/** Which side a row goes to cannot be foreseen: no branch depends on it. */
function moveRows(
  from: RowBuffer,
  to: RowBuffer,
  start: number,
  middle: number,
  end: number,
  goesRight: Uint8Array,
): void {
  const { row, weight, value } = from;
  const { row: toRow, weight: toWeight, value: toValue } = to;
  let left = start;
  let right = middle;
  for (let i = start; i < end; i++) {
    const side = goesRight[i]!;
    const at = left ^ ((left ^ right) & -side);
    toRow[at] = row[i]!;
    toWeight[at] = weight[i]!;
    toValue[at] = value[i]!;
    left += 1 - side;
    right += side;
  }
}

/** The same without weights. */
function moveWhole(
  from: RowBuffer,
  to: RowBuffer,
  start: number,
  middle: number,
  end: number,
  goesRight: Uint8Array,
): void {
  const { row, value } = from;
  const { row: toRow, value: toValue } = to;
  let left = start;
  let right = middle;
  for (let i = start; i < end; i++) {
    const side = goesRight[i]!;
    const at = left ^ ((left ^ right) & -side);
    toRow[at] = row[i]!;
    toValue[at] = value[i]!;
    left += 1 - side;
    right += side;
  }
}

/** Marks rows in bins beyond `lastLeft`. @returns their number */
function markNumbers(
  row: Int32Array,
  start: number,
  end: number,
  bins: Uint8Array,
  lastLeft: number,
  missingLeft: boolean,
  goesRight: Uint8Array,
): number {
  // Turned by one, the bin of missing cells comes before all others.
  const turn = missingLeft ? 256 - MISSING : 0;
  const limit = lastLeft + turn;
  let count = 0;
  for (let i = start; i < end; i++) {
    const side = (limit - ((bins[row[i]!]! + turn) & 255)) >>> 31;
    goesRight[i] = side;
    count += side;
  }
  return count;
}

/** Marks rows whose categories are not marked 1 in `goesLeft` (by bin). @returns their number */
function markCategories(
  row: Int32Array,
  start: number,
  end: number,
  bins: Uint8Array,
  goesLeft: Uint8Array,
  goesRight: Uint8Array,
): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    const side = 1 - goesLeft[bins[row[i]!]!]!;
    goesRight[i] = side;
    count += side;
  }
  return count;
}

/** The same for two bytes a bin; a function of its own, so that each is compiled for one kind of array. */
function markWide(
  row: Int32Array,
  start: number,
  end: number,
  bins: Uint16Array,
  goesLeft: Uint8Array,
  goesRight: Uint8Array,
): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    const side = 1 - goesLeft[bins[row[i]!]!]!;
    goesRight[i] = side;
    count += side;
  }
  return count;
}
