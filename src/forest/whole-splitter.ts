import type { GrowingSet } from './growing-set.ts';
import type { NodeRows } from './node-rows.ts';
import type { WholeResponse } from './response.ts';
import { Splitter } from './splitter.ts';

/**
 * The cuts of `ScalarSplitter` where weights and responses are whole numbers, as they are for two classes and for counts: weight w
 * and weighted sum s of rows are one number, w × unit + s with s < unit. One addition instead of two, and every sum is exact.
 */
export class WholeSplitter extends Splitter {
  readonly #outputs: 1 | 2;
  readonly #offset: number;
  readonly #unit: number;
  /** By bin: weight × unit + sum. */
  readonly #histogram: Float64Array;
  #weight = 0;
  #sum = 0;
  #perfectScore = 0;

  constructor(set: GrowingSet, rows: NodeRows, { outputs, offset, unit }: WholeResponse) {
    super(set, rows);
    this.#outputs = outputs;
    this.#offset = offset;
    this.#unit = unit;
    this.#histogram = new Float64Array(this.capacity);
  }

  open(start: number, end: number): boolean {
    this.start = start;
    this.end = end;
    this.best.reset();
    const unit = this.#unit;
    // Powers of two: multiplying is exact, and cheaper than dividing.
    const perUnit = 1 / unit;
    const { value } = this.rows;
    const first = value[start]!;
    const firstWeight = Math.floor(first * perUnit);
    const firstSum = first - firstWeight * unit;
    let both = first;
    let i = start + 1;
    // While all responses so far are equal: s / w is.
    for (; i < end; i++) {
      const of = value[i]!;
      const weight = Math.floor(of * perUnit);
      if ((of - weight * unit) * firstWeight !== firstSum * weight) break;
      both += of;
    }
    const varies = i < end;
    for (; i < end; i++) both += value[i]!;
    this.#weight = Math.floor(both * perUnit);
    this.#sum = both - this.#weight * unit;
    // Two classes are told apart when all of one go left: w = s or s = 0.
    this.#perfectScore = this.#outputs === 2 ? this.#sum * (this.#weight - this.#sum) : Number.POSITIVE_INFINITY;
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
    const { row, value } = this.rows;
    addRows(this.#histogram, bins, row, value, this.start, this.end);
  }

  protected addFew(bins: Uint8Array, met: Int32Array): void {
    const { row, value } = this.rows;
    const histogram = this.#histogram;
    for (let i = this.start; i < this.end; i++) {
      const bin = bins[row[i]!]!;
      met[bin >> 5]! |= 1 << bin;
      histogram[bin]! += value[i]!;
    }
  }

  protected addCategories(bins: Uint16Array): void {
    const { value } = this.rows;
    const histogram = this.#histogram;
    for (let i = this.start; i < this.end; i++) histogram[bins[i]!]! += value[i]!;
  }

  protected hasRows(bin: number): boolean {
    return this.#histogram[bin]! > 0;
  }

  protected list(nBins: number, into: Uint16Array): number {
    const histogram = this.#histogram;
    let size = 0;
    for (let bin = 0; bin < nBins; bin++) if (histogram[bin]! > 0) into[size++] = bin;
    return size;
  }

  protected clear(bins: Uint16Array, size: number): void {
    const histogram = this.#histogram;
    for (let i = 0; i < size; i++) histogram[bins[i]!] = 0;
  }

  protected clearRange(from: number, end: number): void {
    this.#histogram.fill(0, from, end);
  }

  protected sweep(order: Uint16Array, from: number, first: number, end: number, missingLeft: boolean): number {
    const histogram = this.#histogram;
    const left = missingLeft ? histogram[this.missingBin]! : 0;
    return bestCut(histogram, this.#unit, order, from, first, end, left, this.#weight, this.#sum, this.best.score);
  }

  protected get sweptScore(): number {
    return bestScore;
  }

  protected orderCount(): number {
    return 1;
  }

  /** By mean response, as in `ScalarSplitter`. */
  protected orderKeys(_order: number, bins: Uint16Array, size: number, keys: Float64Array): void {
    const unit = this.#unit;
    for (let i = 0; i < size; i++) {
      const bin = bins[i]!;
      const both = this.#histogram[bin]!;
      const weight = Math.floor(both / unit);
      keys[bin] = (both - weight * unit) / weight;
    }
  }
}

let bestScore = 0;

/** See `Splitter.sweep`; the score above `least` goes to `bestScore`. */
function bestCut(
  histogram: Float64Array,
  unit: number,
  order: Uint16Array,
  from: number,
  first: number,
  end: number,
  left: number,
  total: number,
  sum: number,
  least: number,
): number {
  const perUnit = 1 / unit;
  let best = least;
  let at = -1;
  let both = left;
  let i = from;
  for (; i < first; i++) both += histogram[order[i]!]!;
  for (; i < end; i++) {
    both += histogram[order[i]!]!;
    const w = Math.floor(both * perUnit);
    const s = both - w * unit;
    const d = s * total - sum * w;
    const score = (d * d) / (w * (total - w));
    if (score > best) {
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
  value: Float64Array,
  start: number,
  end: number,
): void {
  let i = start;
  for (; i + 3 < end; i += 4) {
    const a = bins[row[i]!]!;
    const b = bins[row[i + 1]!]!;
    const c = bins[row[i + 2]!]!;
    const d = bins[row[i + 3]!]!;
    histogram[a]! += value[i]!;
    histogram[b]! += value[i + 1]!;
    histogram[c]! += value[i + 2]!;
    histogram[d]! += value[i + 3]!;
  }
  for (; i < end; i++) histogram[bins[row[i]!]!]! += value[i]!;
}
