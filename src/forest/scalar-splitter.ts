import { MISSING } from './bins.ts';
import type { GrowingSet } from './growing-set.ts';
import type { NodeRows } from './node-rows.ts';
import { ASCENDING, Splitter, sortBins } from './splitter.ts';

/**
 * Cuts that reduce the weighted squared error of one number a row (of two classes under gini: 0 and 1).
 *
 * With W and S the weight and the weighted sum of a node, w and s those of the left side, a cut reduces the error by
 * (s W - S w)² / (w (W - w) W): exact for whole numbers and never negative. The score of a cut is that times W.
 */
export class ScalarSplitter extends Splitter {
  readonly #outputs: 1 | 2;
  readonly #offset: number;
  /** By bin: weight, weighted sum. */
  readonly #histogram = new Float64Array(512);
  readonly #mean = new Float64Array(256);
  #weight = 0;
  #sum = 0;
  #perfectScore = 0;

  constructor(set: GrowingSet, rows: NodeRows, response: { outputs: 1 | 2; offset: number }) {
    super(set, rows);
    this.#outputs = response.outputs;
    this.#offset = response.offset;
  }

  open(start: number, end: number): boolean {
    this.start = start;
    this.end = end;
    this.best.reset();
    const { weight, value } = this.rows;
    const first = value[start]!;
    let varies = false;
    let w = 0;
    let s = 0;
    for (let i = start; i < end; i++) {
      const v = value[i]!;
      if (v !== first) varies = true;
      w += weight[i]!;
      s += weight[i]! * v;
    }
    this.#weight = w;
    this.#sum = s;
    // Two classes are told apart when all of one go left: w = s or s = 0.
    this.#perfectScore = this.#outputs === 2 ? s * (w - s) : Number.POSITIVE_INFINITY;
    return varies;
  }

  nodeWeight(): number {
    return this.#weight;
  }

  gain(): number {
    return this.best.score / this.#weight;
  }

  isPerfect(): boolean {
    return this.best.feature !== -1 && (this.end - this.start === 2 || this.best.score >= this.#perfectScore);
  }

  leaf(values: Float64Array, at: number): void {
    const mean = this.#offset + this.#sum / this.#weight;
    if (this.#outputs === 1) values[at] = mean;
    else {
      values[at] = 1 - mean;
      values[at + 1] = mean;
    }
  }

  protected add(bins: Uint8Array): void {
    const { row, weight, value } = this.rows;
    addRows(this.#histogram, bins, row, weight, value, this.start, this.end);
  }

  protected hasRows(bin: number): boolean {
    return this.#histogram[2 * bin]! > 0;
  }

  protected sweep(order: Uint8Array, size: number, only: number): boolean {
    const { count, leastRows } = this;
    const histogram = this.#histogram;
    if (order === ASCENDING && leastRows === 0 && histogram[2 * MISSING] === 0) return this.#sweepNumbers(size);
    const total = this.#weight;
    const sum = this.#sum;
    const n = this.end - this.start;
    const missingWeight = histogram[2 * MISSING]!;
    const missingSum = histogram[2 * MISSING + 1]!;
    const missingCount = count[MISSING]!;
    const missing = missingWeight > 0;
    let best = this.best.score;
    let position = -1;
    let varies = false;
    let w = 0;
    let s = 0;
    let c = 0;
    // Beyond the last bin only missing cells go right.
    for (let i = 0; i <= size; i++) {
      const bin = i < size ? order[i]! : MISSING;
      const binWeight = histogram[2 * bin]!;
      if (binWeight === 0) continue;
      if (position >= 0) {
        varies = true;
        if ((only < 0 || position === only) && c >= leastRows && n - c >= leastRows && w < total) {
          const d = s * total - sum * w;
          const score = (d * d) / (w * (total - w));
          if (score > best) {
            best = score;
            this.keep(score, { order, size, position, next: i, missing, missingLeft: false });
          }
        }
        if (missing && i < size && (only < 0 || position === only)) {
          const left = w + missingWeight;
          const leftCount = c + missingCount;
          if (leftCount >= leastRows && n - leftCount >= leastRows && left < total) {
            const d = (s + missingSum) * total - sum * left;
            const score = (d * d) / (left * (total - left));
            if (score > best) {
              best = score;
              this.keep(score, { order, size, position, next: i, missing, missingLeft: true });
            }
          }
        }
      }
      w += binWeight;
      s += histogram[2 * bin + 1]!;
      c += count[bin]!;
      position = i;
    }
    return varies;
  }

  /** `sweep` in its plainest and most frequent form: numbers, none missing, leaves of any size. */
  #sweepNumbers(nBins: number): boolean {
    const histogram = this.#histogram;
    let first = 0;
    while (histogram[2 * first] === 0) first++;
    let end = nBins - 1;
    while (histogram[2 * end] === 0) end--;
    if (first === end) return false;
    const at = bestCut(histogram, first, end, this.#weight, this.#sum, this.best.score);
    if (at === -1) return true;
    let next = at + 1;
    while (histogram[2 * next] === 0) next++;
    this.keepNumbers(bestScore, at, next, false, false);
    return true;
  }

  protected sweepKeys(nPresent: number): void {
    const { keys, leastRows, start } = this;
    const { weight, value } = this.rows;
    const total = this.#weight;
    const sum = this.#sum;
    const n = this.end - start;
    const missing = nPresent < n;
    let missingWeight = 0;
    let missingSum = 0;
    for (let i = nPresent; i < n; i++) {
      const at = start + (keys[i]! & 255);
      missingWeight += weight[at]!;
      missingSum += weight[at]! * value[at]!;
    }
    let best = this.best.score;
    let last = -1;
    let w = 0;
    let s = 0;
    for (let i = 0; i < n; i++) {
      const key = keys[i]!;
      const bin = key >> 8;
      if (bin !== last && last >= 0) {
        if (i >= leastRows && n - i >= leastRows && w < total) {
          const d = s * total - sum * w;
          const score = (d * d) / (w * (total - w));
          if (score > best) {
            best = score;
            this.keepNumbers(score, last, i < nPresent ? bin : -1, missing, false);
          }
        }
        if (i === nPresent) break;
        const leftCount = i + n - nPresent;
        const left = w + missingWeight;
        if (missing && leftCount >= leastRows && nPresent - i >= leastRows && left < total) {
          const d = (s + missingSum) * total - sum * left;
          const score = (d * d) / (left * (total - left));
          if (score > best) {
            best = score;
            this.keepNumbers(score, last, bin, missing, true);
          }
        }
      }
      last = bin;
      const at = start + (key & 255);
      w += weight[at]!;
      s += weight[at]! * value[at]!;
    }
  }

  /** By mean response: some cut along that order is the best of all subsets (Fisher 1958, JASA 53). */
  protected sortCategories(occupied: Uint8Array, size: number, orders: Uint8Array[]): number {
    const histogram = this.#histogram;
    for (let i = 0; i < size; i++) {
      const bin = occupied[i]!;
      this.#mean[bin] = histogram[2 * bin + 1]! / histogram[2 * bin]!;
    }
    sortBins(occupied, size, this.#mean, orders[0]!);
    return 1;
  }

  protected clear(nBins: number): void {
    this.#histogram.fill(0, 0, 2 * nBins);
    this.#histogram.fill(0, 2 * MISSING);
    if (this.leastRows > 0) this.count.fill(0);
  }
}

let bestScore = 0;

/**
 * The bin after which to cut for the greatest score above `least`, which goes to `bestScore`; -1: there is none. Empty bins cost
 * less than asking whether they are: a cut after one scores the same as the cut before it.
 */
function bestCut(
  histogram: Float64Array,
  first: number,
  end: number,
  total: number,
  sum: number,
  least: number,
): number {
  let best = least;
  let at = -1;
  let w = 0;
  let s = 0;
  for (let bin = first; bin < end; bin++) {
    w += histogram[2 * bin]!;
    s += histogram[2 * bin + 1]!;
    const d = s * total - sum * w;
    const score = (d * d) / (w * (total - w));
    if (score > best) {
      best = score;
      at = bin;
    }
  }
  bestScore = best;
  return at;
}

/** Four rows at a time: their bins are read before anything is written, so that reads need not wait for writes. */
function addRows(
  histogram: Float64Array,
  bins: Uint8Array,
  row: Int32Array,
  weight: Float64Array,
  value: Float64Array,
  start: number,
  end: number,
): void {
  let i = start;
  for (; i + 3 < end; i += 4) {
    const a = bins[row[i]!]! * 2;
    const b = bins[row[i + 1]!]! * 2;
    const c = bins[row[i + 2]!]! * 2;
    const d = bins[row[i + 3]!]! * 2;
    const wa = weight[i]!;
    const wb = weight[i + 1]!;
    const wc = weight[i + 2]!;
    const wd = weight[i + 3]!;
    const va = wa * value[i]!;
    const vb = wb * value[i + 1]!;
    const vc = wc * value[i + 2]!;
    const vd = wd * value[i + 3]!;
    histogram[a]! += wa;
    histogram[a + 1]! += va;
    histogram[b]! += wb;
    histogram[b + 1]! += vb;
    histogram[c]! += wc;
    histogram[c + 1]! += vc;
    histogram[d]! += wd;
    histogram[d + 1]! += vd;
  }
  for (; i < end; i++) {
    const bin = bins[row[i]!]! * 2;
    histogram[bin]! += weight[i]!;
    histogram[bin + 1]! += weight[i]! * value[i]!;
  }
}
