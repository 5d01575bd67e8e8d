import { bestEntropyCut, bestGiniCut, sweptScore } from './class-cuts.ts';
import type { GrowingSet } from './growing-set.ts';
import { xLog2 } from './logarithm.ts';
import type { NodeRows } from './node-rows.ts';
import { Splitter } from './splitter.ts';

/** More orders of categories than these cost more than they find. */
const MOST_ORDERS = 8;

/**
 * Cuts that reduce gini impurity or entropy. Histograms hold the classes of the node only, so that deep nodes of many classes
 * stay cheap.
 *
 * With W_k the weight of class k on a side of weight W, the impurity of the side times W is a constant less
 * Σ W_k² / W (gini) or Σ W_k log₂ W_k - W log₂ W (entropy): that is its score.
 */
export class ClassSplitter extends Splitter {
  readonly #entropy: boolean;
  /** The classes of the node, and the number in that list of each class. */
  readonly #classes: Int32Array;
  readonly #numberOf: Int32Array;
  #size = 0;
  /** By position: the number of the row's class. */
  readonly #number: Int32Array;
  /** By number of a class: its weight in the node, and on the left side of a cut. */
  readonly #total: Float64Array;
  readonly #left: Float64Array;
  /** Numbers of the classes by descending weight. */
  #heaviest: number[] = [];
  /** bins × classes of the node, row-major. */
  #histogram: Float64Array;
  #weight = 0;

  constructor(set: GrowingSet, rows: NodeRows, response: { outputs: number; entropy: boolean }) {
    super(set, rows);
    const { outputs, entropy } = response;
    this.#entropy = entropy;
    this.#classes = new Int32Array(outputs);
    this.#numberOf = new Int32Array(outputs).fill(-1);
    this.#number = new Int32Array(set.binned.nRows);
    this.#total = new Float64Array(outputs);
    this.#left = new Float64Array(outputs);
    this.#histogram = new Float64Array(this.capacity * outputs);
  }

  open(start: number, end: number): boolean {
    this.start = start;
    this.end = end;
    this.best.reset();
    const { weight, value } = this.rows;
    const total = this.#total;
    const classes = this.#classes;
    const numberOf = this.#numberOf;
    const numbers = this.#number;
    let size = 0;
    for (let i = start; i < end; i++) {
      const code = value[i]!;
      if (numberOf[code] !== -1) continue;
      // Ascending, so that the order of rows changes no sum.
      let at = size++;
      for (; at > 0 && classes[at - 1]! > code; at--) classes[at] = classes[at - 1]!;
      classes[at] = code;
      numberOf[code] = 0;
    }
    for (let number = 0; number < size; number++) {
      numberOf[classes[number]!] = number;
      total[number] = 0;
    }
    for (let i = start; i < end; i++) {
      const number = numberOf[value[i]!]!;
      numbers[i] = number;
      total[number]! += weight[i]!;
    }
    let sum = 0;
    for (let number = 0; number < size; number++) {
      numberOf[classes[number]!] = -1;
      sum += total[number]!;
    }
    this.#size = size;
    this.#weight = sum;
    return size > 1;
  }

  gain(): number {
    let own = 0;
    for (let k = 0; k < this.#size; k++) own += this.#part(this.#total[k]!);
    own = this.#entropy ? own - xLog2(this.#weight) : own / this.#weight;
    return Math.max(0, this.best.score - own);
  }

  nodeWeight(): number {
    return this.#weight;
  }

  leaf(values: Float64Array): void {
    values.fill(0);
    // A pure leaf is that to the last bit, whatever the order of its sums.
    if (this.#size === 1) values[this.#classes[0]!] = 1;
    else for (let k = 0; k < this.#size; k++) values[this.#classes[k]!] = this.#total[k]! / this.#weight;
  }

  isPerfect(): boolean {
    return this.best.feature !== -1 && this.end - this.start === 2;
  }

  protected add(bins: Uint8Array): void {
    const { row, weight } = this.rows;
    addRows(this.#histogram, this.#size, bins, row, this.#number, weight, this.start, this.end);
  }

  protected addFew(bins: Uint8Array, met: Int32Array): void {
    const { row, weight } = this.rows;
    const histogram = this.#histogram;
    const number = this.#number;
    const size = this.#size;
    for (let i = this.start; i < this.end; i++) {
      const bin = bins[row[i]!]!;
      met[bin >> 5]! |= 1 << bin;
      histogram[bin * size + number[i]!]! += weight[i]!;
    }
  }

  protected addCategories(bins: Uint16Array): void {
    const { weight } = this.rows;
    const histogram = this.#histogram;
    const number = this.#number;
    const size = this.#size;
    for (let i = this.start; i < this.end; i++) histogram[bins[i]! * size + number[i]!]! += weight[i]!;
  }

  protected hasRows(bin: number): boolean {
    const size = this.#size;
    const base = bin * size;
    for (let k = 0; k < size; k++) if (this.#histogram[base + k]! > 0) return true;
    return false;
  }

  protected list(nBins: number, into: Uint16Array): number {
    let size = 0;
    for (let bin = 0; bin < nBins; bin++) if (this.hasRows(bin)) into[size++] = bin;
    return size;
  }

  protected clear(bins: Uint16Array, size: number): void {
    const histogram = this.#histogram;
    const width = this.#size;
    for (let i = 0; i < size; i++) {
      const base = bins[i]! * width;
      for (let k = 0; k < width; k++) histogram[base + k] = 0;
    }
  }

  protected clearRange(from: number, end: number): void {
    this.#histogram.fill(0, from * this.#size, end * this.#size);
  }

  protected sweep(order: Uint16Array, from: number, first: number, end: number, missingLeft: boolean): number {
    const size = this.#size;
    const left = this.#left;
    const base = this.missingBin * size;
    for (let k = 0; k < size; k++) left[k] = missingLeft ? this.#histogram[base + k]! : 0;
    const find = this.#entropy ? bestEntropyCut : bestGiniCut;
    return find(this.#histogram, size, order, from, first, end, left, this.#total, this.#weight, this.best.score);
  }

  protected get sweptScore(): number {
    return sweptScore;
  }

  #part(w: number): number {
    return this.#entropy ? xLog2(w) : w * w;
  }

  protected orderCount(): number {
    const total = this.#total;
    this.#heaviest = Array.from({ length: this.#size }, (_, k) => k).sort((a, b) => total[b]! - total[a]! || a - b);
    // Of two classes the second order is the first one backwards.
    return this.#size === 2 ? 1 : Math.min(this.#size, MOST_ORDERS);
  }

  /**
   * By the share of a class: of two classes some cut along that order is the best of all subsets; of more, one order for each of
   * the heaviest classes gives a good one.
   *
   * Source  Breiman et al. 1984, Classification and Regression Trees, section 4.2.2
   */
  protected orderKeys(order: number, bins: Uint16Array, size: number, keys: Float64Array): void {
    const width = this.#size;
    const of = this.#heaviest[order]!;
    for (let i = 0; i < size; i++) {
      const bin = bins[i]!;
      let weight = 0;
      for (let k = 0; k < width; k++) weight += this.#histogram[bin * width + k]!;
      keys[bin] = this.#histogram[bin * width + of]! / weight;
    }
  }
}

/** Four rows at a time: their bins are read before anything is written, so that reads need not wait for writes. */
function addRows(
  histogram: Float64Array,
  size: number,
  bins: Uint8Array,
  row: Int32Array,
  number: Int32Array,
  weight: Float64Array,
  start: number,
  end: number,
): void {
  let i = start;
  for (; i + 3 < end; i += 4) {
    const a = bins[row[i]!]! * size + number[i]!;
    const b = bins[row[i + 1]!]! * size + number[i + 1]!;
    const c = bins[row[i + 2]!]! * size + number[i + 2]!;
    const d = bins[row[i + 3]!]! * size + number[i + 3]!;
    histogram[a]! += weight[i]!;
    histogram[b]! += weight[i + 1]!;
    histogram[c]! += weight[i + 2]!;
    histogram[d]! += weight[i + 3]!;
  }
  for (; i < end; i++) histogram[bins[row[i]!]! * size + number[i]!]! += weight[i]!;
}
