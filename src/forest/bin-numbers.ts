import { MISSING } from './binned-features.ts';

/** Buckets of a first, rough order of many numbers. */
const BUCKETS = 1 << 16;
/** Buckets with more numbers than these are sorted by themselves. */
const CROWDED = 32;

/**
 * Writes the bin of each number to `out`, the least and the greatest value of each bin to `low` and `high`.
 *
 * @param out the bin of each row, `MISSING` for NaN
 * @returns the number of bins
 */
export function binNumbers(
  values: Float64Array,
  maxBins: number,
  out: Uint8Array,
  low: Float64Array,
  high: Float64Array,
): number {
  const few = distinctValues(values, maxBins);
  if (few) {
    low.set(few);
    high.set(few);
    for (let row = 0; row < values.length; row++) out[row] = binOf(values[row]!, high, few.length);
    return few.length;
  }
  const order = new RoughOrder(values);
  const count = quantileBins(order.sorted(values), maxBins, low, high);
  order.writeBins(values, high, count, out);
  return count;
}

/** All different values, ascending; undefined when there are more than `most`. */
function distinctValues(values: Float64Array, most: number): Float64Array | undefined {
  const seen = new Set<number>();
  let last = Number.NaN;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value === last || Number.isNaN(value)) continue;
    last = value;
    seen.add(value);
    if (seen.size > most) return undefined;
  }
  return Float64Array.from(seen).sort();
}

/**
 * Numbers by buckets of equal width: sorted in time that grows with their count alone where they are spread, and each finds its bin
 * from that of its bucket.
 */
class RoughOrder {
  readonly #least: number;
  readonly #scale: number;
  /** Where each bucket ends in sorted order. */
  readonly #end = new Int32Array(BUCKETS + 1);

  constructor(values: Float64Array) {
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    // All in one bucket where their range is beyond what a number holds.
    const range = greatest - least;
    const spread = range < Number.POSITIVE_INFINITY && range > 1e-290;
    this.#least = spread ? least : 0;
    this.#scale = spread ? (BUCKETS - 1) / range : 0;
  }

  sorted(values: Float64Array): Float64Array {
    const least = this.#least;
    const scale = this.#scale;
    const end = this.#end;
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      if (!Number.isNaN(value)) end[1 + Math.floor((value - least) * scale)]!++;
    }
    for (let bucket = 0; bucket < BUCKETS; bucket++) end[bucket + 1]! += end[bucket]!;
    const sorted = new Float64Array(end[BUCKETS]!);
    // Each bucket is filled from its beginning, which ends as its end.
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      if (!Number.isNaN(value)) sorted[end[Math.floor((value - least) * scale)]!++] = value;
    }
    for (let bucket = 0, from = 0; bucket < BUCKETS; bucket++) {
      const to = end[bucket]!;
      if (to - from > CROWDED) sorted.subarray(from, to).sort();
      else insert(sorted, from, to);
      from = to;
    }
    return sorted;
  }

  writeBins(values: Float64Array, high: Float64Array, count: number, out: Uint8Array): void {
    const least = this.#least;
    const scale = this.#scale;
    // The bin of no value of the bucket is less.
    const first = new Uint8Array(BUCKETS);
    for (let bin = 0, bucket = 0; bin < count; bin++) {
      const last = Math.floor((high[bin]! - least) * scale);
      while (bucket <= last) first[bucket++] = bin;
    }
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      if (Number.isNaN(value)) {
        out[row] = MISSING;
        continue;
      }
      let bin = first[Math.floor((value - least) * scale)]!;
      while (high[bin]! < value) bin++;
      out[row] = bin;
    }
  }
}

function insert(values: Float64Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    let at = i;
    for (; at > from && values[at - 1]! > value; at--) values[at] = values[at - 1]!;
    values[at] = value;
  }
}

/** A value never lies in two bins; one that fills a share by itself has its own. */
function quantileBins(sorted: Float64Array, maxBins: number, low: Float64Array, high: Float64Array): number {
  let count = 0;
  let from = 0;
  while (from < sorted.length && count < maxBins) {
    const share = (sorted.length - from) / (maxBins - count);
    let to = count === maxBins - 1 ? sorted.length : Math.min(sorted.length, from + Math.max(1, Math.round(share)));
    let first = to - 1;
    while (first > from && sorted[first - 1] === sorted[to - 1]) first--;
    while (to < sorted.length && sorted[to] === sorted[to - 1]) to++;
    if (first > from && to - first >= share && count < maxBins - 1) to = first;
    low[count] = sorted[from]!;
    high[count] = sorted[to - 1]!;
    count++;
    from = to;
  }
  return count;
}

/** The first bin whose greatest value is not below the value. */
function binOf(value: number, high: Float64Array, count: number): number {
  if (Number.isNaN(value)) return MISSING;
  let from = 0;
  let to = count - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (high[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
