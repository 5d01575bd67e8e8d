import type { GrowingSet } from './growing-set.ts';
import type { NodeRows } from './node-rows.ts';
import { Splitter } from './splitter.ts';

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
  readonly #histogram: Float64Array;
  #weight = 0;
  #sum = 0;
  #perfectScore = 0;

  constructor(set: GrowingSet, rows: NodeRows, response: { outputs: 1 | 2; offset: number }) {
    super(set, rows);
    this.#outputs = response.outputs;
    this.#offset = response.offset;
    this.#histogram = new Float64Array(2 * this.capacity);
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

  leaf(values: Float64Array): void {
    const mean = this.#offset + this.#sum / this.#weight;
    if (this.#outputs === 1) values[0] = mean;
    else {
      values[0] = 1 - mean;
      values[1] = mean;
    }
  }

  protected add(bins: Uint8Array): void {
    const { row, weight, value } = this.rows;
    addRows(this.#histogram, bins, row, weight, value, this.start, this.end);
  }

  protected addFew(bins: Uint8Array, met: Int32Array): void {
    const { row, weight, value } = this.rows;
    const histogram = this.#histogram;
    for (let i = this.start; i < this.end; i++) {
      const bin = bins[row[i]!]!;
      const w = weight[i]!;
      met[bin >> 5]! |= 1 << bin;
      histogram[2 * bin]! += w;
      histogram[2 * bin + 1]! += w * value[i]!;
    }
  }

  protected addCategories(bins: Uint16Array): void {
    const { weight, value } = this.rows;
    const histogram = this.#histogram;
    for (let i = this.start; i < this.end; i++) {
      const bin = bins[i]!;
      const w = weight[i]!;
      histogram[2 * bin]! += w;
      histogram[2 * bin + 1]! += w * value[i]!;
    }
  }

  protected hasRows(bin: number): boolean {
    return this.#histogram[2 * bin]! > 0;
  }

  protected list(nBins: number, into: Uint16Array): number {
    const histogram = this.#histogram;
    let size = 0;
    for (let bin = 0; bin < nBins; bin++) if (histogram[2 * bin]! > 0) into[size++] = bin;
    return size;
  }

  protected clear(bins: Uint16Array, size: number): void {
    const histogram = this.#histogram;
    for (let i = 0; i < size; i++) {
      const bin = bins[i]!;
      histogram[2 * bin] = 0;
      histogram[2 * bin + 1] = 0;
    }
  }

  protected clearRange(from: number, end: number): void {
    this.#histogram.fill(0, 2 * from, 2 * end);
  }

  protected sweep(order: Uint16Array, from: number, first: number, end: number, missingLeft: boolean): number {
    const histogram = this.#histogram;
    const w = missingLeft ? histogram[2 * this.missingBin]! : 0;
    const s = missingLeft ? histogram[2 * this.missingBin + 1]! : 0;
    return bestCut(histogram, order, from, first, end, w, s, this.#weight, this.#sum, this.best.score);
  }

  protected get sweptScore(): number {
    return bestScore;
  }

  protected orderCount(): number {
    return 1;
  }

  /** By mean response: some cut along that order is the best of all subsets (Fisher 1958, JASA 53). */
  protected orderKeys(_order: number, bins: Uint16Array, size: number, keys: Float64Array): void {
    const histogram = this.#histogram;
    for (let i = 0; i < size; i++) {
      const bin = bins[i]!;
      keys[bin] = histogram[2 * bin + 1]! / histogram[2 * bin]!;
    }
  }
}

let bestScore = 0;

/** See `Splitter.sweep`; the score above `least` goes to `bestScore`. */
function bestCut(
  histogram: Float64Array,
  order: Uint16Array,
  from: number,
  first: number,
  end: number,
  leftWeight: number,
  leftSum: number,
  total: number,
  sum: number,
  least: number,
): number {
  let best = least;
  let at = -1;
  let w = leftWeight;
  let s = leftSum;
  let i = from;
  for (; i < first; i++) {
    const bin = order[i]! * 2;
    w += histogram[bin]!;
    s += histogram[bin + 1]!;
  }
  for (; i < end; i++) {
    const bin = order[i]! * 2;
    w += histogram[bin]!;
    s += histogram[bin + 1]!;
    const d = s * total - sum * w;
    const score = (d * d) / (w * (total - w));
    if (score > best && w < total) {
      best = score;
      at = i;
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
