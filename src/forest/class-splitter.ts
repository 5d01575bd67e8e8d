import { MISSING } from './bins.ts';
import type { GrowingSet } from './growing-set.ts';
import { xLog2 } from './logarithm.ts';
import type { NodeRows } from './node-rows.ts';
import { MOST_ORDERS, Splitter, sortBins } from './splitter.ts';

/**
 * Cuts that reduce gini impurity or entropy. Histograms hold the classes of the node only, so that deep nodes of many classes
 * stay cheap.
 *
 * With W_k the weight of class k on a side of weight W, the impurity of the side times W is a constant less
 * Σ W_k² / W (gini) or Σ W_k log₂ W_k - W log₂ W (entropy): that is its score.
 */
export class ClassSplitter extends Splitter {
  readonly #entropy: boolean;
  readonly #nClasses: number;
  /** The classes of the node, and the number in that list of each class. */
  readonly #classes: Int32Array;
  readonly #numberOf: Int32Array;
  #size = 0;
  /** By position: the number of the row's class. */
  readonly #number: Int32Array;
  /** By number of a class: its weight in the node, and on each side of a cut. */
  readonly #total: Float64Array;
  readonly #left: Float64Array;
  readonly #right: Float64Array;
  /** Sums over the classes of `#part`. */
  #leftParts = 0;
  #rightParts = 0;
  /** bins × classes of the node, row-major, and the weight of each bin. */
  readonly #histogram: Float64Array;
  readonly #binWeight = new Float64Array(256);
  readonly #share = new Float64Array(256);
  #weight = 0;

  constructor(set: GrowingSet, rows: NodeRows, response: { outputs: number; entropy: boolean }) {
    super(set, rows);
    const { outputs, entropy } = response;
    this.#entropy = entropy;
    this.#nClasses = outputs;
    this.#classes = new Int32Array(outputs);
    this.#numberOf = new Int32Array(outputs).fill(-1);
    this.#number = new Int32Array(set.binned.nRows);
    this.#total = new Float64Array(outputs);
    this.#left = new Float64Array(outputs);
    this.#right = new Float64Array(outputs);
    this.#histogram = new Float64Array(256 * outputs);
  }

  open(start: number, end: number): boolean {
    this.start = start;
    this.end = end;
    this.best.reset();
    const { weight, value } = this.rows;
    const total = this.#total;
    const numberOf = this.#numberOf;
    let size = 0;
    for (let i = start; i < end; i++) {
      const code = value[i]!;
      if (numberOf[code] !== -1) continue;
      // Ascending, so that the order of rows changes no sum.
      let at = size++;
      for (; at > 0 && this.#classes[at - 1]! > code; at--) this.#classes[at] = this.#classes[at - 1]!;
      this.#classes[at] = code;
      numberOf[code] = 0;
    }
    for (let number = 0; number < size; number++) {
      numberOf[this.#classes[number]!] = number;
      total[number] = 0;
    }
    let sum = 0;
    for (let i = start; i < end; i++) {
      const number = numberOf[value[i]!]!;
      this.#number[i] = number;
      total[number]! += weight[i]!;
      sum += weight[i]!;
    }
    for (let number = 0; number < size; number++) numberOf[this.#classes[number]!] = -1;
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

  leaf(values: Float64Array, at: number): void {
    values.fill(0, at, at + this.#nClasses);
    // A pure leaf is that to the last bit, whatever the order of its sums.
    if (this.#size === 1) values[at + this.#classes[0]!] = 1;
    else for (let k = 0; k < this.#size; k++) values[at + this.#classes[k]!] = this.#total[k]! / this.#weight;
  }

  isPerfect(): boolean {
    return this.best.feature !== -1 && this.end - this.start === 2;
  }

  protected add(bins: Uint8Array): void {
    const histogram = this.#histogram;
    const binWeight = this.#binWeight;
    const number = this.#number;
    const size = this.#size;
    const { row, weight } = this.rows;
    for (let i = this.start; i < this.end; i++) {
      const bin = bins[row[i]!]!;
      const w = weight[i]!;
      binWeight[bin]! += w;
      histogram[bin * size + number[i]!]! += w;
    }
  }

  protected hasRows(bin: number): boolean {
    return this.#binWeight[bin]! > 0;
  }

  protected sweep(order: Uint8Array, size: number, only: number): boolean {
    const missing = this.hasRows(MISSING);
    const varies = this.#sweepSide(order, size, only, missing, false);
    if (missing) this.#sweepSide(order, size, only, missing, true);
    return varies;
  }

  #sweepSide(order: Uint8Array, size: number, only: number, missing: boolean, missingLeft: boolean): boolean {
    const { count, leastRows } = this;
    const binWeight = this.#binWeight;
    const n = this.end - this.start;
    this.#moveAllRight();
    let position = -1;
    let varies = false;
    let w = 0;
    let c = 0;
    if (missingLeft) {
      this.#moveLeft(MISSING);
      w = binWeight[MISSING]!;
      c = count[MISSING]!;
    }
    // Missing left of all others is the same cut as missing right of them, seen from the other side.
    const end = missingLeft ? size - 1 : size;
    for (let i = 0; i <= end; i++) {
      const bin = i < size ? order[i]! : MISSING;
      if (binWeight[bin] === 0) continue;
      if (position >= 0) {
        varies = true;
        if ((only < 0 || position === only) && c >= leastRows && n - c >= leastRows) {
          const score = this.#score(w);
          if (score > this.best.score) this.keep(score, { order, size, position, next: i, missing, missingLeft });
        }
      }
      w += binWeight[bin]!;
      c += count[bin]!;
      this.#moveLeft(bin);
      position = i;
    }
    return varies;
  }

  protected sweepKeys(nPresent: number): void {
    this.#sweepKeysSide(nPresent, false);
    if (nPresent < this.end - this.start) this.#sweepKeysSide(nPresent, true);
  }

  #sweepKeysSide(nPresent: number, missingLeft: boolean): void {
    const { keys, leastRows, start } = this;
    const { weight } = this.rows;
    const n = this.end - start;
    const missing = nPresent < n;
    this.#moveAllRight();
    let w = 0;
    let c = 0;
    const move = (i: number): void => {
      const at = start + (keys[i]! & 255);
      this.#move(this.#number[at]!, weight[at]!);
      w += weight[at]!;
      c++;
    };
    if (missingLeft) for (let i = nPresent; i < n; i++) move(i);
    const end = missingLeft ? nPresent : n;
    let last = -1;
    for (let i = 0; i < end; i++) {
      const bin = keys[i]! >> 8;
      if (bin !== last && last >= 0) {
        if (c >= leastRows && n - c >= leastRows) {
          const score = this.#score(w);
          if (score > this.best.score) {
            this.keepNumbers(score, last, i < nPresent ? bin : -1, missing, missingLeft);
          }
        }
        if (i === nPresent) break;
      }
      last = bin;
      move(i);
    }
  }

  #moveAllRight(): void {
    const size = this.#size;
    let parts = 0;
    for (let k = 0; k < size; k++) {
      this.#left[k] = 0;
      this.#right[k] = this.#total[k]!;
      parts += this.#part(this.#total[k]!);
    }
    this.#leftParts = 0;
    this.#rightParts = parts;
  }

  /** Moves the rows of a bin to the left side. */
  #moveLeft(bin: number): void {
    const size = this.#size;
    const base = bin * size;
    for (let k = 0; k < size; k++) {
      const w = this.#histogram[base + k]!;
      if (w > 0) this.#move(k, w);
    }
  }

  #move(k: number, w: number): void {
    const left = this.#left[k]!;
    const right = this.#right[k]!;
    this.#left[k] = left + w;
    this.#right[k] = right - w;
    if (this.#entropy) {
      this.#leftParts += xLog2(left + w) - xLog2(left);
      this.#rightParts += xLog2(right - w) - xLog2(right);
    } else {
      this.#leftParts += w * (2 * left + w);
      this.#rightParts -= w * (2 * right - w);
    }
  }

  /** Of a cut with weight `w` on its left side. */
  #score(w: number): number {
    const right = this.#weight - w;
    if (right <= 0) return Number.NEGATIVE_INFINITY;
    return this.#entropy
      ? this.#leftParts + this.#rightParts - xLog2(w) - xLog2(right)
      : this.#leftParts / w + this.#rightParts / right;
  }

  #part(w: number): number {
    return this.#entropy ? xLog2(w) : w * w;
  }

  /**
   * By the share of a class: of two classes some cut along that order is the best of all subsets; of more, one order for each of
   * the heaviest classes gives a good one.
   *
   * Source  Breiman et al. 1984, Classification and Regression Trees, section 4.2.2
   */
  protected sortCategories(occupied: Uint8Array, size: number, orders: Uint8Array[]): number {
    const width = this.#size;
    const total = this.#total;
    const heaviest = Array.from({ length: width }, (_, k) => k).sort((a, b) => total[b]! - total[a]! || a - b);
    // Of two classes the second order is the first one backwards.
    const nOrders = width === 2 ? 1 : Math.min(width, MOST_ORDERS);
    for (let i = 0; i < nOrders; i++) {
      for (let j = 0; j < size; j++) {
        const bin = occupied[j]!;
        this.#share[bin] = this.#histogram[bin * width + heaviest[i]!]! / this.#binWeight[bin]!;
      }
      sortBins(occupied, size, this.#share, orders[i]!);
    }
    return nOrders;
  }

  protected clear(nBins: number): void {
    const size = this.#size;
    this.#histogram.fill(0, 0, nBins * size);
    this.#histogram.fill(0, MISSING * size, 256 * size);
    this.#binWeight.fill(0);
    if (this.leastRows > 0) this.count.fill(0);
  }
}
